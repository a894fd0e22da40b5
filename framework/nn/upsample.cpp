#include "framework/nn/upsample.h"

#include <fmt/format.h>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {

Upsample::Upsample(UpsampleConfig config) : factor_(config.factor) {
  if (factor_ < 1) fail(ErrorKind::usage, "[Upsample] factor = {}: it must be positive", factor_);
}

Tensor Upsample::forward(const Tensor& x) { return upsample_nearest(x, factor_); }

std::string Upsample::describe() const { return fmt::format("Upsample({})", factor_); }

}  // namespace varve
