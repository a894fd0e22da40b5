#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "framework/backend/backend.h"
#include "framework/backend/device.h"

namespace varve {

/// Forwards everything to another backend, owned or not. What cuts across all ops derives from it.
class Decorator : public Backend {
 public:
  explicit Decorator(Backend& inner) : inner_(&inner) {}

  std::string_view name() const override { return inner_->name(); }
  Buffer allocate(std::size_t bytes) override { return inner_->allocate(bytes); }
  Buffer promise(std::size_t bytes) override { return inner_->promise(bytes); }
  void fulfil(const Buffer& buffer) override { inner_->fulfil(buffer); }
  void upload(const Buffer& b, std::size_t at, std::span<const std::byte> from) override {
    inner_->upload(b, at, from);
  }
  void download(const Buffer& b, std::size_t at, std::span<std::byte> to) override {
    inner_->download(b, at, to);
  }
  std::unique_ptr<Reading> start_reading(const Buffer& b, std::size_t at,
                                         std::size_t bytes) override {
    return inner_->start_reading(b, at, bytes);
  }
  bool asynchronous() const override { return inner_->asynchronous(); }
  bool supports(Op op, const Signature& s) const override { return inner_->supports(op, s); }
  void execute(const Command& command) override { inner_->execute(command); }
  void synchronize() override { inner_->synchronize(); }
  std::optional<double> busy_us() override { return inner_->busy_us(); }

 protected:
  Backend& inner() const { return *inner_; }

 private:
  Backend* inner_;
};

/// Measures each op, waiting for it to end: by the device's own clock where it has one.
class Trace : public Decorator {
 public:
  struct Entry {
    Op op;
    double start_us;
    double duration_us;
    std::string detail;  ///< shapes
  };
  explicit Trace(Backend& inner);
  void execute(const Command& command) override;
  const std::vector<Entry>& entries() const { return entries_; }
  /// A table: op, calls, total and mean time, share; slowest first.
  std::string summary() const;
  /// The Trace Event Format that chrome://tracing and Perfetto read.
  std::string chrome_json() const;

 private:
  std::vector<Entry> entries_;
  std::chrono::steady_clock::time_point origin_;
};

/// Checks every command: views inside their buffers, outputs apart from what is read, inputs and
/// outputs written, floating-point results finite where the inputs were. Throws
/// ErrorKind::non_finite or usage naming the op, shapes and the place.
class Check : public Decorator {
 public:
  using Decorator::Decorator;
  Buffer allocate(std::size_t bytes) override;
  Buffer promise(std::size_t bytes) override { return allocate(bytes); }
  void execute(const Command& command) override;
};

/// Runs every command on a second backend as well, in f64 where that one can, by its kernels or by
/// decomposition, and compares within the tolerance of the op table. Throws ErrorKind::non_finite
/// naming the op, the place and both values when they differ.
class Verify : public Decorator {
 public:
  Verify(Backend& inner, std::unique_ptr<Backend> oracle);
  void execute(const Command& command) override;
  std::int64_t compared() const { return compared_; }

 private:
  DType widened(DType dtype) const;

  Device oracle_;
  bool wide_;  ///< the oracle computes in f64
  std::int64_t compared_ = 0;
};

/// Shapes only: allocates nothing, computes nothing, reads back zeros. Proves that the framework
/// stands alone, and infers shapes.
std::unique_ptr<Backend> make_null_backend();

}  // namespace varve
