#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "framework/core/dtype.h"
#include "framework/core/shape.h"

namespace varve {

/// The bytes of packed elements. Throws ErrorKind::usage if they are more than 2^63 - 1.
std::size_t byte_size(const Shape& shape, DType dtype);

/// A plain array in host memory, row-major: what readers produce and writers take. It knows no
/// backend; `Tensor::from(array)` moves it to a device and `Tensor::to_array()` brings one back.
struct Array {
  DType dtype = DType::f32;
  Shape shape;
  std::vector<std::byte> bytes;  ///< shape.numel() * size_of(dtype) of them

  /// A zero-filled array. Throws ErrorKind::memory if it does not fit.
  static Array zeros(Shape shape, DType dtype);
  /// A copy of the values, one an element (checked, ErrorKind::usage).
  template <class T>
  static Array of(Shape shape, std::span<const T> values);

  std::int64_t numel() const { return shape.numel(); }
  /// The elements; T must be the C++ type of `dtype` (checked, ErrorKind::usage).
  template <class T>
  std::span<T> as();
  template <class T>
  std::span<const T> as() const;

  /// Throws ErrorKind::usage, naming the caller, unless `bytes` are as many as `shape` needs.
  void require_whole(const char* caller) const;

 private:
  void require(DType wanted) const;
};

template <class T>
Array Array::of(Shape shape, std::span<const T> values) {
  Array out{dtype_of<T>, shape, {}};
  const auto bytes = std::as_bytes(values);
  out.bytes.assign(bytes.begin(), bytes.end());
  out.require_whole("array");
  return out;
}

template <class T>
std::span<T> Array::as() {
  require(dtype_of<T>);
  return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
}

template <class T>
std::span<const T> Array::as() const {
  require(dtype_of<T>);
  return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
}

}  // namespace varve
