#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "backends/vulkan/context.h"
#include "backends/vulkan/memory.h"
#include "backends/vulkan/pipelines.h"
#include "framework/backend/backend.h"

namespace varve::vulkan {

/// A range of a block that a dispatch binds, and what the shader does with it.
struct Binding {
  VkBuffer block = VK_NULL_HANDLE;
  std::uint64_t offset = 0, range = 0;  ///< bytes
  enum class Access : std::uint8_t { read, write, update, flag } access = Access::read;
};

/// The bytes of a contiguous view.
Binding range_of(const View& view, Binding::Access access);

/// One run of a compute shader, put together by a kernel:
///
///     Dispatch d(encoder.traits(), shaders::gather_f32, command.op);
///     struct { std::uint32_t count, x, index, out; } push;
///     push.x = d.read(command.in[0]);        // binding 0; where in it the view's first element is
///     push.index = d.read(command.in[1]);    // binding 1
///     push.out = d.write(command.out[0]);    // binding 2
///     push.count = ...;
///     d.push(push).constants({256, 3});
///     encoder.run(d, {groups_for(push.count, 256)});
///
/// A binding covers exactly what the view reaches, aligned, so that hazards between parts of one
/// buffer are seen as the validation layers see them. Each call makes the next binding.
class Dispatch {
 public:
  Dispatch(const Traits& traits, const Shader& shader, Op op)
      : traits_(&traits), shader_(&shader), op_(op) {}

  /// Binds what a view reaches and returns the place of its first element (offset 0 of its indices)
  /// in the shader's array, in elements of its dtype. Strides may be negative: the place is that of
  /// index (0, 0, ...), not of the lowest address. A view of no elements binds the start of its
  /// buffer. Throws ErrorKind::memory if the view reaches over more than Traits::max_range bytes
  /// (see split.h).
  std::uint32_t read(const View& view) { return bind(view, Binding::Access::read); }
  std::uint32_t write(const View& view) { return bind(view, Binding::Access::write); }
  std::uint32_t update(const View& view) { return bind(view, Binding::Access::update); }
  /// The status words (see status.glsl), through which a shader reports an index out of range.
  void flag(const Buffer& status);

  template <class T>
  Dispatch& push(const T& constants) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 128 && sizeof(T) % 4 == 0);
    std::memcpy(push_.data(), &constants, sizeof(T));
    push_bytes_ = sizeof(T);
    return *this;
  }
  Dispatch& constants(Constants values) {
    constants_ = std::move(values);
    return *this;
  }

  const Shader& shader() const { return *shader_; }
  Op op() const { return op_; }
  const Constants& constants() const { return constants_; }
  std::span<const Binding> bindings() const { return {bindings_.data(), count_}; }
  std::span<const std::byte> push_bytes() const { return {push_.data(), push_bytes_}; }

 private:
  std::uint32_t bind(const View& view, Binding::Access access);

  const Traits* traits_;
  const Shader* shader_;
  Op op_;
  Constants constants_;
  std::array<Binding, max_bindings> bindings_{};
  std::size_t count_ = 0;
  std::array<std::byte, 128> push_{};
  std::size_t push_bytes_ = 0;
};

struct Groups {
  std::uint32_t x = 1, y = 1, z = 1;
};

/// Where kernels put their work: into the stream (eager), or into a program that is being recorded.
/// Barriers are its business: a dispatch starts after everything that it depends on, and may run
/// beside what it does not.
class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual const Traits& traits() const = 0;
  virtual void run(const Dispatch& dispatch, Groups groups) = 0;
  /// Sets every 32-bit word of a contiguous view whose bytes are a multiple of 4 and 4-aligned.
  virtual void fill_words(const View& out, std::uint32_t word) = 0;
  /// Copies bytes between contiguous views of one size and dtype.
  virtual void copy_bytes(const View& from, const View& to) = 0;
  /// Contiguous memory for what a kernel leaves for its own next dispatch. It may be used again as
  /// soon as the handle is dropped.
  virtual View scratch(Shape shape, DType dtype = DType::f32) = 0;
  /// i32 zeros by which the groups of one dispatch count each other, and which it leaves as zeros.
  virtual View counters(std::uint64_t count) = 0;
  /// For Dispatch::flag.
  virtual const Buffer& status() = 0;
};

/// Work groups for `count` items at `per_group` each, over x and then y, so that no axis passes the
/// limit: the shader takes gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x and leaves
/// early, before any barrier of its own, when that is past the end.
Groups groups_for(const Traits& traits, std::uint64_t count, std::uint32_t per_group);

constexpr std::uint32_t pieces(std::uint64_t count, std::uint64_t size) {
  return static_cast<std::uint32_t>((count + size - 1) / size);
}

}  // namespace varve::vulkan
