#include "framework/nn/reshape.h"

#include "framework/core/error.h"

namespace varve {

Tensor Reshape::forward(const Tensor& x) {
  if (x.rank() == 0) fail(ErrorKind::usage, "[Reshape] a scalar has no batch axis");
  Shape shape = shape_;
  shape.insert(0, x.size(0));
  return x.reshape(shape);
}

}  // namespace varve
