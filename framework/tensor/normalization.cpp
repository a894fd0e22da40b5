#include <limits>

#include "framework/core/error.h"
#include "framework/ops/table.h"
#include "framework/tensor/functional.h"

namespace varve {

Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon) {
  Attributes attributes;
  attributes.epsilon = epsilon;
  const Shape features{x.size(-1)};
  return apply1(Op::layer_norm,
                {x, weight.defined() ? weight : Tensor::ones(features, x.dtype(), x.device()),
                 bias.defined() ? bias : Tensor::zeros(features, x.dtype(), x.device())},
                attributes);
}

BatchNormResult batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias,
                           double epsilon) {
  Attributes attributes;
  attributes.epsilon = epsilon;
  const Shape features{x.size(-1)};
  auto out = apply(Op::batch_norm,
                   {x, weight.defined() ? weight : Tensor::ones(features, x.dtype(), x.device()),
                    bias.defined() ? bias : Tensor::zeros(features, x.dtype(), x.device())},
                   attributes);
  return {out[0], out[1], out[2]};
}

Tensor rms_norm(const Tensor& x, const Tensor& weight, std::optional<double> epsilon) {
  if (!is_floating(x.dtype()) || x.rank() == 0 ||
      (weight.defined() && !(weight.spec() == Spec{{x.size(-1)}, x.dtype()})))
    fail(ErrorKind::usage, "[rms_norm] needs f32 or f64 and a weight of the last size, got {} {}{}",
         x.shape().str(), name(x.dtype()),
         weight.defined() ? " and " + weight.shape().str() + " " + std::string(name(weight.dtype()))
                          : "");
  const double machine = x.dtype() == DType::f64 ? std::numeric_limits<double>::epsilon()
                                                 : std::numeric_limits<float>::epsilon();
  const auto y = x / sqrt(mean(square(x), {-1}, true) + epsilon.value_or(machine));
  return weight.defined() ? y * weight : y;
}

Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight, const Tensor& bias,
                  double epsilon) {
  if (!is_floating(x.dtype()) || x.rank() < 2 || groups < 1 || x.size(-1) % groups != 0)
    fail(ErrorKind::usage,
         "[group_norm] needs f32 or f64 of (N, ..., C) with C a multiple of {} groups, got {} {}",
         groups, x.shape().str(), name(x.dtype()));
  const auto channels = x.size(-1);
  for (const auto& parameter : {weight, bias})
    if (parameter.defined() && !(parameter.spec() == Spec{{channels}, x.dtype()}))
      fail(ErrorKind::usage, "[group_norm] weight and bias of {} must be ({}) {}, got {} {}",
           x.shape().str(), channels, name(x.dtype()), parameter.shape().str(),
           name(parameter.dtype()));
  std::int64_t places = 1;
  for (std::size_t i = 1; i + 1 < x.rank(); ++i) places *= x.shape()[i];
  const auto grouped = x.reshape({x.size(0), places, groups, channels / groups});
  const auto centred = grouped - mean(grouped, {1, 3}, true);
  const auto deviation = sqrt(mean(square(centred), {1, 3}, true) + epsilon);
  const auto y = (centred / deviation).reshape(x.shape());
  const auto scaled = weight.defined() ? y * weight : y;
  return bias.defined() ? scaled + bias : scaled;
}

}  // namespace varve
