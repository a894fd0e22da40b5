#pragma once

#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xeval.hpp>

#include "framework/tensor/tensor.h"

namespace varve {

/// The values of an xtensor expression as a new tensor. The expression is evaluated here,
/// row-major; nothing of it is referred to afterwards.
template <class E>
Tensor from_xtensor(const xt::xexpression<E>& expression, const Device& device = default_device()) {
  using Value = typename E::value_type;
  const xt::xarray<Value, xt::layout_type::row_major> values = expression.derived_cast();
  Shape shape;
  for (const auto size : values.shape()) shape.push_back(static_cast<std::int64_t>(size));
  return Tensor::from(std::span<const Value>(values.data(), values.size()), shape, device);
}

/// The values of a tensor as an array of its own, of the element type T (others are cast).
template <class T>
xt::xarray<T> to_xarray(const Tensor& tensor) {
  const Array array = (tensor.dtype() == dtype_of<T> ? tensor : tensor.to(dtype_of<T>)).to_array();
  std::vector<std::size_t> shape;
  for (const auto size : array.shape) shape.push_back(static_cast<std::size_t>(size));
  xt::xarray<T> out = xt::xarray<T>::from_shape(shape);
  const auto values = array.as<T>();
  std::copy(values.begin(), values.end(), out.data());
  return out;
}

}  // namespace varve
