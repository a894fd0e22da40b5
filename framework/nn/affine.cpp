#include "framework/nn/affine.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/error.h"
#include "framework/nn/init.h"

namespace varve {

Affine::Affine(const Sizes& sizes, const char* layer) : sizes_(sizes) {
  for (std::size_t i = 0; i < sizes_.weight.size(); ++i)
    if (const bool inferred = i == sizes_.input_axis; sizes_.weight[i] < (inferred ? 0 : 1))
      fail(ErrorKind::usage,
           "[{}] a weight of {} has a size that is not positive; give each size, `in` may be 0 "
           "(inferred)",
           layer, sizes_.weight.str());
  if (!is_floating(sizes_.dtype))
    fail(ErrorKind::usage, "[{}] weights are f32 or f64, got {}", layer, varve::name(sizes_.dtype));
  auto& in = sizes_.weight[sizes_.input_axis];
  if (sizes_.groups < 1 || in % sizes_.groups != 0 || sizes_.out % sizes_.groups != 0)
    fail(ErrorKind::usage, "[{}] {} -> {} channels are no multiples of {} groups", layer, in,
         sizes_.out, sizes_.groups);
  in /= sizes_.groups;
  if (in > 0) {
    materialize(default_device());
  } else {
    parameter("weight", {}, sizes_.torch);
    if (sizes_.bias) parameter("bias", {});
    if (sizes_.spectral) {
      buffer("weight_u", {});
      buffer("weight_v", {});
    }
  }
}

void Affine::materialize(const Device& device) {
  weight_ = parameter("weight", Tensor::empty(sizes_.weight, sizes_.dtype, device), sizes_.torch);
  const auto fan_in = init::fan(sizes_.weight).in;
  init::fan_in_uniform(weight_, fan_in);
  if (sizes_.spectral) {
    spectral_ = SpectralNorm::make(weight_, sizes_.out_axis);
    buffer("weight_u", spectral_->u());
    buffer("weight_v", spectral_->v());
  }
  if (!sizes_.bias) return;
  bias_ = parameter("bias", Tensor::empty({sizes_.out}, sizes_.dtype, device));
  init::fan_in_uniform(bias_, fan_in);
}

void Affine::ready(const Tensor& x) {
  if (weight_.defined()) return;
  if (x.rank() == 0 || x.size(-1) == 0)
    fail(ErrorKind::usage, "[{}] cannot infer its input size from an input of {}", describe(),
         x.shape().str());
  if (x.size(-1) % sizes_.groups != 0)
    fail(ErrorKind::usage, "[{}] the channels of {} are no multiple of {} groups", describe(),
         x.shape().str(), sizes_.groups);
  sizes_.weight[sizes_.input_axis] = x.size(-1) / sizes_.groups;
  materialize(x.device());
}

Tensor Affine::used_weight() const {
  return spectral_ ? (*spectral_)(weight_, is_training()) : weight_;
}

std::string Affine::sizes() const {
  const auto in = sizes_.weight[sizes_.input_axis] * sizes_.groups;
  return fmt::format("{} -> {}", in > 0 ? fmt::to_string(in) : "?", sizes_.out);
}

std::string Affine::extras(Activation activation) const {
  std::string text = sizes_.groups > 1 ? fmt::format(", {} groups", sizes_.groups) : "";
  if (!sizes_.bias) text += ", no bias";
  if (sizes_.spectral) text += ", spectral norm";
  if (activation != Activation::identity) text += fmt::format(", {}", name(activation));
  return text;
}

}  // namespace varve
