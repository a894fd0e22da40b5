#include "models/evaluation/restoration.h"

#include <algorithm>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "models/evaluation/codes.h"

namespace varve::evaluation {
namespace {

double squared_difference(const Tensor& a, const Tensor& b) { return sum(square(a - b)).item(); }

}  // namespace

Restoration restoration(Model& model, Model& spoiler, Loader& images, std::int64_t limit) {
  const Looking looking(model);
  const Looking looking_too(spoiler);
  const Device device = device_of(model);
  Restoration out;
  double values = 0;
  std::int64_t batches = 0;
  const std::int64_t all = images.dataset().size();
  const std::int64_t wanted = limit > 0 ? std::min(limit, all) : all;
  images.start(0);
  while (out.images < wanted) {
    const Batch& batch = *images.next();
    const std::int64_t now = std::min(batch.size(), wanted - out.images);
    const Tensor clean = Tensor::from(batch.input, device).slice(0, 0, now);
    const Tensor labels = Tensor::from(batch.labels, device).slice(0, 0, now);
    set_noise(device, Purpose::corruption, batches++);
    const Tensor spoilt = spoiler.corrupt(clean);
    out.spoilt += squared_difference(spoilt, clean);
    if (out.spoilt == 0)
      fail(
          ErrorKind::usage,
          "[restoration] this model sees images as they are, and there is nothing to restore: take "
          "--spoilt-by RUN, a run of denoising-autoencoder or inpainting-autoencoder");
    out.restored += squared_difference(model.reconstruct(spoilt, labels), clean);
    out.clean += squared_difference(model.reconstruct(clean, labels), clean);
    out.images += now;
    values += static_cast<double>(clean.numel());
  }
  for (double* total : {&out.spoilt, &out.restored, &out.clean}) *total /= values;
  return out;
}

}  // namespace varve::evaluation
