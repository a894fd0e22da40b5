#include "framework/core/array.h"

#include "framework/core/error.h"

namespace varve {

Array Array::zeros(Shape shape, DType dtype) {
  const auto count = static_cast<std::size_t>(shape.numel());
  return {dtype, shape, std::vector<std::byte>(count * size_of(dtype))};
}

void Array::require(DType wanted) const {
  if (dtype != wanted)
    fail(ErrorKind::usage, "[array] holds {} and was read as {}", name(dtype), name(wanted));
}

}  // namespace varve
