#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <type_traits>

#include "framework/backend/backend.h"
#include "framework/backend/elements.h"
#include "framework/core/error.h"

namespace varve::reference {

/// What runs one op; empty for an op that the backend has no kernel for.
using Kernel = std::function<void(const Command&)>;
using KernelTable = std::array<Kernel, op_count>;

inline Kernel& at(KernelTable& table, Op op) { return table[static_cast<std::size_t>(op)]; }

// One file a family: each enters its kernels.
void add_creation(KernelTable& table);
void add_elementwise(KernelTable& table);
void add_reductions(KernelTable& table);
void add_matmul(KernelTable& table);
void add_indexing(KernelTable& table);
void add_windows(KernelTable& table);

[[noreturn]] inline void fail_dtype(const Command& command, DType dtype) {
  fail(ErrorKind::usage, "[{}] the reference backend does not compute it in {}", name(command.op),
       name(dtype));
}

// Calls f(T{}) with the C++ type of a dtype, which must be one that the op takes.

template <class F>
void for_float(const Command& command, DType dtype, F f) {
  switch (dtype) {
    case DType::f32:
      return f(float{});
    case DType::f64:
      return f(double{});
    default:
      fail_dtype(command, dtype);
  }
}

template <class F>
void for_number(const Command& command, DType dtype, F f) {
  switch (dtype) {
    case DType::i32:
      return f(std::int32_t{});
    case DType::i64:
      return f(std::int64_t{});
    case DType::u8:
      return f(std::uint8_t{});
    default:
      for_float(command, dtype, f);
  }
}

template <class F>
void for_any(const Command& command, DType dtype, F f) {
  if (dtype == DType::boolean) return f(bool{});
  for_number(command, dtype, f);
}

/// What sums of T are kept in: f32 sums in double, and integers wrap around, as on every device
/// (signed overflow would be undefined in C++).
template <class T>
using Wide = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;

}  // namespace varve::reference
