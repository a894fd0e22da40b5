#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "framework/backend/backend.h"

namespace varve {

/// The elements of a view in host memory, by their place in row-major order whatever the strides
/// are: `x[i]`, or by coordinates: `x(n, h, w, c)`. Made for clarity; a division a dimension is
/// what a strided element costs.
template <class T>
class Elements {
 public:
  explicit Elements(const View& view) : Elements(view.data<T>(), view.shape, view.strides) {}
  Elements(T* first, const Shape& shape, const Strides& strides)
      : first_(first),
        shape_(shape),
        strides_(strides),
        count_(shape.numel()),
        dense_(strides == contiguous_strides(shape)) {}

  std::int64_t count() const { return count_; }

  T& operator[](std::int64_t i) const { return first_[dense_ ? i : offset(i)]; }

  template <class... Index>
  T& operator()(Index... index) const {
    const std::array<std::int64_t, sizeof...(index)> at{index...};
    std::int64_t offset = 0;
    for (std::size_t d = 0; d < at.size(); ++d) offset += at[d] * strides_[d];
    return first_[offset];
  }

 private:
  std::int64_t offset(std::int64_t i) const {
    std::int64_t offset = 0;
    for (std::size_t d = shape_.size(); d-- > 0; i /= shape_[d])
      offset += i % shape_[d] * strides_[d];
    return offset;
  }

  T* first_;
  Shape shape_;
  Strides strides_;
  std::int64_t count_;
  bool dense_;
};

}  // namespace varve
