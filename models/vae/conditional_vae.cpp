#include "models/vae/conditional_vae.h"

#include <utility>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

std::int64_t checked_classes(const ModelParts& parts) {
  if (parts.classes < 2)
    fail(ErrorKind::usage,
         "[conditional-vae] needs data with labels of at least 2 classes, and there are {}: take "
         "labelled data or the model 'vae'",
         parts.classes);
  return parts.classes;
}

}  // namespace

ConditionalVae::ConditionalVae(VaeConfig config, ModelParts parts)
    : Vae(std::move(config), std::move(parts), [](const ModelParts& given) -> Inputs {
        const std::int64_t classes = checked_classes(given);
        Shape shape = given.example;
        if (given.networks->looks_at_places() && !shape.empty())
          shape[shape.size() - 1] += classes;
        else if (!shape.empty())
          shape = {shape.numel() + classes};
        return {shape, given.latent > 0 ? given.latent + classes : 0};
      }) {}

/// [N, classes]; zeros for an unknown class.
Tensor ConditionalVae::one_hot_of(const Tensor& labels, DType dtype) const {
  if (!labels.defined())
    fail(ErrorKind::usage, "[conditional-vae] needs the labels of the images, i32 of one axis");
  const auto number = [&](double value) {
    return Tensor::full({}, value, labels.dtype(), labels.device());
  };
  const Tensor known = less(number(-1), labels).unsqueeze(-1);
  return one_hot(maximum(labels, number(0)), classes(), dtype) * known;
}

Tensor ConditionalVae::encoder_input(const Tensor& images, const Tensor& labels) {
  Tensor y = one_hot_of(labels, images.dtype());
  if (!takes_planes(images)) return concat({images.flatten(1), y}, 1);
  Shape planes = images.shape();
  planes[planes.size() - 1] = classes();
  while (y.rank() < images.rank()) y = y.unsqueeze(1);
  return concat({images, y.expand(planes)}, -1);
}

Tensor ConditionalVae::decoder_input(const Tensor& codes, const Tensor& labels) {
  return concat({codes, one_hot_of(labels, codes.dtype())}, 1);
}

}  // namespace varve
