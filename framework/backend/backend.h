#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "framework/core/buffer.h"
#include "framework/core/few.h"
#include "framework/ops/op.h"

namespace varve {

/// A tensor as a backend sees it: memory and a layout. Strides and offset count elements; a stride
/// of 0 broadcasts, a negative one runs backwards.
struct View {
  Buffer buffer;
  Shape shape;
  Strides strides;
  std::int64_t offset = 0;
  DType dtype = DType::f32;

  bool contiguous() const;
  /// The first element; only for buffers that the host can address.
  template <class T>
  T* data() const {
    return reinterpret_cast<T*>(buffer.host()) + offset;
  }
};

/// One piece of work. An output of an elementwise op or of adam_step may be the very same view as
/// an input (in place); any other overlap is not allowed.
struct Command {
  Op op;
  Few<View, 3> in;
  Few<View, 3> out;
  Attributes attributes;
};

/// Shape and dtype of a value that may not exist yet.
struct Spec {
  Shape shape;
  DType dtype = DType::f32;
  friend bool operator==(const Spec&, const Spec&) = default;
};

using Specs = Few<Spec, 4>;

/// What `supports` is asked about.
struct Signature {
  Specs in;
  Specs out;
  Attributes attributes;
};

/// A list of commands made ready to run many times. Values that change between runs live in the
/// buffers that the commands read.
class Program {
 public:
  virtual ~Program() = default;
  virtual void run() = 0;
};

/// A recorded step: the commands in order, and what became of the buffers that it allocated.
struct Recording {
  std::vector<Command> commands;
  std::vector<Command> constants;   ///< written once, from nothing, and done already: not repeated
  std::vector<Buffer> temporaries;  ///< held by nothing else, and promised only (see promise())
  std::vector<Buffer> kept;         ///< results and constants: they have memory
};

/// Bytes on their way from a device to the host.
class Reading {
 public:
  virtual ~Reading() = default;
  /// Waits for them. Throws what the device has found wrong with the work before them.
  virtual std::vector<std::byte> wait() = 0;
};

/// The whole contract between the framework and a backend. Commands arrive checked (shapes, dtypes,
/// bounds) and in order; execution may be asynchronous, and only download, Reading::wait and
/// synchronize wait.
///
/// Threads: every function may be called by several threads at once, and so may Program::run of
/// different programs; what a thread has called is done in its order. No two commands that run at
/// once write the same memory, nor does one read what the other writes: that is the callers' duty.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual std::string_view name() const = 0;
  /// Throws ErrorKind::memory when there is not enough. The content is undefined.
  virtual Buffer allocate(std::size_t bytes) = 0;
  /// A buffer that may get its memory later, by fulfil(), before any command or copy touches it, or
  /// never: a step is recorded before it is known which of its buffers need memory of their own.
  /// By default it has its memory at once.
  virtual Buffer promise(std::size_t bytes) { return allocate(bytes); }
  /// Gives a promised buffer its memory, if it has none. Errors as allocate.
  virtual void fulfil(const Buffer&) {}
  virtual void upload(const Buffer&, std::size_t offset, std::span<const std::byte>) = 0;
  virtual void download(const Buffer&, std::size_t offset, std::span<std::byte>) = 0;
  /// A download that need not be waited for: of what commands before it leave, whatever comes after
  /// it. By default it is done at once.
  virtual std::unique_ptr<Reading> start_reading(const Buffer&, std::size_t offset,
                                                 std::size_t bytes);
  /// Whether the device works by itself while the host goes on.
  virtual bool asynchronous() const { return false; }
  /// Whether `execute` takes this command. For required ops: always true for f32 and for the
  /// integer dtypes that the table names.
  virtual bool supports(Op, const Signature&) const = 0;
  virtual void execute(const Command&) = 0;
  /// The same for a command that the caller no longer needs. By default execute().
  virtual void submit(Command&& command) { execute(command); }
  virtual void synchronize() {}
  /// Waits, and says for how many microseconds the device worked since the last call, by its own
  /// clock (which may start to run with the first call); nothing if only the host has a clock.
  virtual std::optional<double> busy_us() { return {}; }
  /// Prepares a recording for replay. By default a loop over execute(), which gives every temporary
  /// memory of its own.
  virtual std::unique_ptr<Program> compile(Recording recording);
};

}  // namespace varve
