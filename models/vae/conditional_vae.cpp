#include "models/vae/conditional_vae.h"

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

std::int64_t checked_classes(const ModelOptions& options) {
  if (options.classes < 2)
    fail(ErrorKind::usage,
         "[conditional-vae] needs data with labels of at least 2 classes, and there are {}: take "
         "labelled data or the model 'vae'",
         options.classes);
  return options.classes;
}

/// The image that the encoder is built for.
Shape encoder_image(const ModelOptions& options) {
  const Shape& image = options.image;
  const std::int64_t classes = checked_classes(options);
  return options.arch == "conv" ? Shape{image[0], image[1], image[2] + classes}
                                : Shape{1, 1, image.numel() + classes};
}

}  // namespace

ConditionalVae::ConditionalVae(const ModelOptions& options)
    : Vae(options, {encoder_image(options), options.latent + options.classes}),
      classes_(options.classes),
      planes_(options.arch == "conv") {}

/// [N, classes]; zeros for an unknown class.
Tensor ConditionalVae::encoded(const Tensor& labels, DType dtype) const {
  if (!labels.defined())
    fail(ErrorKind::usage, "[conditional-vae] needs the labels of the images, i32 of one axis");
  const auto number = [&](double value) {
    return Tensor::full({}, value, labels.dtype(), labels.device());
  };
  const Tensor known = less(number(-1), labels).unsqueeze(-1);
  return one_hot(maximum(labels, number(0)), classes_, dtype) * known;
}

Tensor ConditionalVae::encoder_input(const Tensor& images, const Tensor& labels) {
  const Tensor y = encoded(labels, images.dtype());
  if (!planes_) return concat({images.flatten(1), y}, 1);
  Shape planes = images.shape();
  planes[3] = classes_;
  return concat({images, y.unsqueeze(1).unsqueeze(1).expand(planes)}, 3);
}

Tensor ConditionalVae::decoder_input(const Tensor& codes, const Tensor& labels) {
  return concat({codes, encoded(labels, codes.dtype())}, 1);
}

}  // namespace varve
