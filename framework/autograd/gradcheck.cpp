#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/core/philox.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

Tensor random_like(const Tensor& x, std::uint64_t stream) {
  PhiloxStream random(0, stream);
  std::vector<double> values(static_cast<std::size_t>(x.numel()));
  for (auto& value : values) value = 0.5 + double{random.uniform()};
  return Tensor::from(std::span<const double>(values), x.shape(), x.device());
}

/// A fixed random projection, so that every element of the result counts.
Tensor projected(const std::function<Tensor(const Tensors&)>& function, const Tensors& inputs) {
  const auto y = function(inputs);
  return sum(y * random_like(y, 1));
}

GradcheckResult compare(const std::function<Tensor(const Tensors&)>& function,
                        const Tensors& inputs, const GradcheckOptions& options) {
  const auto y = projected(function, inputs);
  Tensors analytic;
  if (y.requires_grad()) {
    analytic = grad(y, inputs);
  } else {  // a result that does not depend on the inputs: a gradient that is constant, say
    for (const auto& x : inputs)
      analytic.push_back(Tensor::zeros(x.shape(), x.dtype(), x.device()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto base = inputs[i].to_vector<double>();
    const auto got = analytic[i].to_vector<double>();
    for (std::size_t e = 0; e < base.size(); ++e) {
      const auto value_at = [&](double shift) {
        auto moved = base;
        moved[e] += shift;
        Tensors shifted = inputs;
        shifted[i] =
            Tensor::from(std::span<const double>(moved), inputs[i].shape(), inputs[i].device());
        shifted[i].set_requires_grad();
        return projected(function, shifted).item();
      };
      const auto want = (value_at(options.step) - value_at(-options.step)) / (2 * options.step);
      if (!(std::abs(got[e] - want) <= options.absolute + options.relative * std::abs(want)))
        return {false, fmt::format("input {} {} element {}: gradient {:.9g}, by differences {:.9g}",
                                   i, inputs[i].shape().str(), e, got[e], want)};
    }
  }
  return {};
}

}  // namespace

GradcheckResult gradcheck(const std::function<Tensor(const Tensors&)>& function,
                          const Tensors& inputs, const GradcheckOptions& options) {
  for (const auto& input : inputs)
    if (input.dtype() != DType::f64 || !input.requires_grad())
      fail(ErrorKind::usage, "[gradcheck] inputs must be f64 and require gradients");
  auto result = compare(function, inputs, options);
  if (!result || !options.second_order) return result;
  // The gradient as a function: all of it, flattened and joined.
  const auto gradient = [&](const Tensors& at) {
    Tensors parts;
    for (const auto& part : grad(projected(function, at), at, true))
      parts.push_back(part.reshape({-1}));
    return concat(parts, 0);
  };
  result = compare(gradient, inputs, options);
  if (!result) result.message = "second order, " + result.message;
  return result;
}

}  // namespace varve
