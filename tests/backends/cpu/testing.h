#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "backends/cpu/cpu_backend.h"
#include "framework/core/philox.h"

namespace varve::testing {

/// A packed view on fresh memory.
inline View make_view(Backend& backend, Shape shape, DType dtype = DType::f32) {
  const auto bytes = static_cast<std::size_t>(shape.numel()) * size_of(dtype);
  return {backend.allocate(bytes), shape, contiguous_strides(shape), 0, dtype};
}

template <class T>
View view_of(Backend& backend, Shape shape, const std::vector<T>& values) {
  View view = make_view(backend, shape, dtype_of<T>);
  backend.upload(view.buffer, 0, std::as_bytes(std::span(values)));
  return view;
}

/// Fixed numbers between -1 and 1.
template <class T = float>
View noise(Backend& backend, Shape shape, std::uint64_t stream = 1) {
  PhiloxStream random(7, stream);
  std::vector<T> values(static_cast<std::size_t>(shape.numel()));
  for (T& value : values) value = static_cast<T>(random.uniform(-1, 1));
  return view_of(backend, shape, values);
}

/// The elements of a packed view.
template <class T = float>
std::vector<T> values_of(const View& view) {
  const T* data = view.data<T>();
  return {data, data + view.shape.numel()};
}

inline std::vector<std::byte> bytes_of(const View& view) {
  const std::byte* data = view.buffer.host();
  return {data, data + view.buffer.bytes()};
}

/// One element, seen everywhere in `shape`.
inline View expand(View scalar, Shape shape) {
  scalar.shape = shape;
  scalar.strides = Dims::filled(shape.size(), 0);
  return scalar;
}

inline View transpose(View view) {
  std::swap(view.shape[0], view.shape[1]);
  std::swap(view.strides[0], view.strides[1]);
  return view;
}

/// A packed part of a packed view.
inline View part(View view, std::int64_t offset, Shape shape) {
  view.offset += offset;
  view.shape = shape;
  view.strides = contiguous_strides(shape);
  return view;
}

inline Attributes with_axes(Axes axes) {
  Attributes attributes;
  attributes.axes = axes;
  return attributes;
}

inline Attributes with_activation(Activation activation) {
  Attributes attributes;
  attributes.activation = activation;
  return attributes;
}

}  // namespace varve::testing
