#include "framework/nn/upsample.h"

#include <fmt/format.h>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {

Upsample::Upsample(UpsampleConfig config) : config_(config) {
  if (config_.factor < 1)
    fail(ErrorKind::usage, "[Upsample] factor = {}: it must be positive", config_.factor);
}

Tensor Upsample::forward(const Tensor& x) {
  return config_.bilinear ? upsample_bilinear(x, config_.factor)
                          : upsample_nearest(x, config_.factor);
}

std::string Upsample::describe() const {
  return fmt::format("Upsample({}{})", config_.factor, config_.bilinear ? ", bilinear" : "");
}

}  // namespace varve
