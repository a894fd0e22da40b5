#include "framework/nn/pixel_shuffle.h"

#include <fmt/format.h>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

std::int64_t positive(std::int64_t factor, const char* layer) {
  if (factor < 1) fail(ErrorKind::usage, "[{}] factor = {}: it must be positive", layer, factor);
  return factor;
}

}  // namespace

PixelShuffle::PixelShuffle(PixelShuffleConfig config)
    : factor_(positive(config.factor, "PixelShuffle")) {}
Tensor PixelShuffle::forward(const Tensor& x) { return pixel_shuffle(x, factor_); }
std::string PixelShuffle::describe() const { return fmt::format("PixelShuffle({})", factor_); }

PixelUnshuffle::PixelUnshuffle(PixelShuffleConfig config)
    : factor_(positive(config.factor, "PixelUnshuffle")) {}
Tensor PixelUnshuffle::forward(const Tensor& x) { return pixel_unshuffle(x, factor_); }
std::string PixelUnshuffle::describe() const { return fmt::format("PixelUnshuffle({})", factor_); }

}  // namespace varve
