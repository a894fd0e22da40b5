#include "framework/backend/compare.h"

#include <algorithm>
#include <cmath>

#include "framework/backend/host.h"
#include "framework/tensor/functional.h"

namespace varve {

Tensors magnitudes(Op op, const Tensors& inputs, const Attributes& attributes) {
  Tensors absolute;
  for (const auto& input : inputs)
    absolute.push_back(is_floating(input.dtype()) ? abs(input) : input);
  Attributes linear = attributes;
  linear.activation = Activation::identity;  // none of them makes an error larger
  return apply(op, absolute, linear);
}

std::optional<Difference> first_difference(const Array& got, std::span<const double> want,
                                           std::span<const double> magnitude,
                                           const Tolerance& tolerance) {
  const auto values = to_doubles(got);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double expected =
        got.dtype == DType::f32 ? static_cast<double>(static_cast<float>(want[i])) : want[i];
    if (values[i] == expected || (std::isnan(values[i]) && std::isnan(expected))) continue;
    const double scale = std::max(std::abs(expected), magnitude.empty() ? 0.0 : magnitude[i]);
    const double error = std::abs(values[i] - expected);
    if (std::isfinite(expected) && error <= tolerance.absolute + tolerance.relative * scale)
      continue;
    return Difference{static_cast<std::int64_t>(i), values[i], expected};
  }
  return std::nullopt;
}

}  // namespace varve
