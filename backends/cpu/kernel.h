#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "backends/cpu/layout.h"
#include "backends/cpu/thread_pool.h"
#include "framework/backend/backend.h"
#include "framework/core/error.h"

namespace varve::cpu {

/// Runs one command. Kernels have no state: everything is in the command, so eager execution and
/// replay are the same call.
using Kernel = void (*)(const Command& command, ThreadPool& pool);

// One table a family; nullptr for an op that is not of it.
Kernel reduce_kernel(Op op);
Kernel matmul_kernel(Op op);
Kernel index_kernel(Op op);
Kernel ordering_kernel(Op op);
Kernel window_kernel(Op op);
Kernel conv_kernel(Op op);
Kernel random_kernel(Op op);
Kernel rows_kernel(Op op);
Kernel optim_kernel(Op op);

/// The kernel of any op, elementwise ones included; nullptr if the backend has none.
Kernel find_kernel(Op op);

/// How many pieces of `size` it takes to hold `count`.
constexpr std::int64_t pieces(std::int64_t count, std::int64_t size) {
  return (count + size - 1) / size;
}

/// Temporary memory from a stack that each thread keeps, aligned to 64 bytes. Other threads may use
/// it while it lives.
class Scratch {
 public:
  explicit Scratch(std::size_t bytes);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  template <class T = std::byte>
  T* as() const {
    return reinterpret_cast<T*>(data_);
  }

 private:
  std::byte* data_;
};

/// An input in packed row-major memory: its own if it is contiguous, else a copy.
class Packed {
 public:
  Packed(const View& view, ThreadPool& pool);
  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(data_);
  }

 private:
  std::optional<Scratch> copy_;
  const std::byte* data_;
};

/// Packed memory for an output: its own if it is contiguous, else a copy that is written to the
/// view at the end.
class PackedResult {
 public:
  PackedResult(const View& view, ThreadPool& pool);
  ~PackedResult();
  PackedResult(const PackedResult&) = delete;
  PackedResult& operator=(const PackedResult&) = delete;
  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data_);
  }

 private:
  Walk walk_;
  ThreadPool& pool_;
  std::optional<Scratch> copy_;
  std::byte* data_;
};

/// Calls f.operator()<T>() with the C++ type of a floating dtype. Throws ErrorKind::usage for
/// others.
template <class F>
void dispatch_floating(DType dtype, const F& f) {
  switch (dtype) {
    case DType::f32:
      return f.template operator()<float>();
    case DType::f64:
      return f.template operator()<double>();
    default:
      fail(ErrorKind::usage, "[cpu] this op needs f32 or f64, got {}", name(dtype));
  }
}

/// The same for every dtype.
template <class F>
void dispatch(DType dtype, const F& f) {
  switch (dtype) {
    case DType::f32:
      return f.template operator()<float>();
    case DType::f64:
      return f.template operator()<double>();
    case DType::i32:
      return f.template operator()<std::int32_t>();
    case DType::i64:
      return f.template operator()<std::int64_t>();
    case DType::u8:
      return f.template operator()<std::uint8_t>();
    case DType::boolean:
      return f.template operator()<bool>();
  }
}

}  // namespace varve::cpu
