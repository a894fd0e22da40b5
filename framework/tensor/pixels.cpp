#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/operands.h"

namespace varve {
namespace {

void require_images(const char* op, const Tensor& x, std::int64_t factor) {
  if (x.rank() != 4 || factor < 1)
    fail(ErrorKind::usage, "[{}] needs (N, H, W, C) and a factor of at least 1, got {} and {}", op,
         x.shape().str(), factor);
}

/// `factor` values for each along an axis, on lines between neighbours.
Tensor interpolated(const Tensor& x, std::int64_t axis, std::int64_t factor) {
  const auto n = x.size(axis);
  Dims edge = Dims::filled(x.rank(), 0);
  edge[static_cast<std::size_t>(axis)] = 1;
  const auto wide = pad(x, edge, edge, PadMode::replicate);
  Tensors phases;
  for (std::int64_t i = 0; i < factor; ++i) {
    // From the centre of the old pixel to that of the new one.
    const double offset = (static_cast<double>(i) + 0.5) / static_cast<double>(factor) - 0.5;
    const std::int64_t left = offset < 0 ? 0 : 1;
    const double along = offset < 0 ? 1 + offset : offset;
    const auto from = wide.slice(axis, left, left + n);
    const auto to = wide.slice(axis, left + 1, left + 1 + n);
    phases.push_back(2 * i + 1 == factor ? from : from * (1 - along) + to * along);
  }
  Shape shape = x.shape();
  shape[static_cast<std::size_t>(axis)] = n * factor;
  return stack(phases, axis + 1).reshape(shape);
}

}  // namespace

Tensor upsample_nearest(const Tensor& x, std::int64_t factor) {
  require_images("upsample_nearest", x, factor);
  const auto& s = x.shape();
  return x.reshape({s[0], s[1], 1, s[2], 1, s[3]})
      .expand({s[0], s[1], factor, s[2], factor, s[3]})
      .reshape({s[0], s[1] * factor, s[2] * factor, s[3]});
}

Tensor upsample_bilinear(const Tensor& x, std::int64_t factor) {
  require_images("upsample_bilinear", x, factor);
  return interpolated(interpolated(operands::floating(x), 1, factor), 2, factor);
}

Tensor pixel_shuffle(const Tensor& x, std::int64_t factor) {
  require_images("pixel_shuffle", x, factor);
  const auto& s = x.shape();
  if (s[3] % (factor * factor) != 0)
    fail(ErrorKind::usage, "[pixel_shuffle] {} channels are no multiple of {} x {}", s[3], factor,
         factor);
  return x.reshape({s[0], s[1], s[2], s[3] / (factor * factor), factor, factor})
      .permute({0, 1, 4, 2, 5, 3})
      .reshape({s[0], s[1] * factor, s[2] * factor, s[3] / (factor * factor)});
}

Tensor pixel_unshuffle(const Tensor& x, std::int64_t factor) {
  require_images("pixel_unshuffle", x, factor);
  const auto& s = x.shape();
  if (s[1] % factor != 0 || s[2] % factor != 0)
    fail(ErrorKind::usage, "[pixel_unshuffle] {} x {} pixels are no multiple of {}", s[1], s[2],
         factor);
  return x.reshape({s[0], s[1] / factor, factor, s[2] / factor, factor, s[3]})
      .permute({0, 1, 3, 5, 2, 4})
      .reshape({s[0], s[1] / factor, s[2] / factor, s[3] * factor * factor});
}

}  // namespace varve
