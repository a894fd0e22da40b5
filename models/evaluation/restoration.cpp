#include "models/evaluation/restoration.h"

#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "models/evaluation/codes.h"

namespace varve::evaluation {
namespace {

double squared_difference(const Tensor& a, const Tensor& b) { return sum(square(a - b)).item(); }

}  // namespace

Restoration restoration(Model& model, Model& spoiler, Loader& images) {
  const Looking looking(model);
  const Looking looking_too(spoiler);
  const Device device = device_of(model);
  Restoration out;
  double values = 0;
  images.start(0);
  while (const Batch* batch = images.next()) {
    const Tensor clean = Tensor::from(batch->input, device);
    const Tensor labels = Tensor::from(batch->labels, device);
    set_noise(device, Purpose::corruption, batch->number);
    const Tensor spoilt = spoiler.corrupt(clean);
    out.spoilt += squared_difference(spoilt, clean);
    if (out.spoilt == 0)
      fail(
          ErrorKind::usage,
          "[restoration] this model sees images as they are, and there is nothing to restore: take "
          "--spoilt-by RUN, a run of denoising-autoencoder or inpainting-autoencoder");
    out.restored += squared_difference(model.reconstruct(spoilt, labels), clean);
    out.clean += squared_difference(model.reconstruct(clean, labels), clean);
    out.images += batch->size();
    values += static_cast<double>(clean.numel());
  }
  for (double* total : {&out.spoilt, &out.restored, &out.clean}) *total /= values;
  return out;
}

}  // namespace varve::evaluation
