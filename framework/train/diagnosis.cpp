#include "framework/train/diagnosis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "framework/autograd/autograd.h"
#include "framework/tensor/random.h"
#include "framework/train/batch_program.h"

namespace varve {
namespace {

template <class T>
std::optional<std::size_t> position(std::span<const T> values) {
  const auto at =
      std::find_if(values.begin(), values.end(), [](T value) { return !std::isfinite(value); });
  return at == values.end() ? std::nullopt
                            : std::optional(static_cast<std::size_t>(at - values.begin()));
}

bool finite(const Tensor& tensor) {
  const Array array = tensor.to_array();
  if (array.dtype == DType::f32) return !position(array.as<float>());
  if (array.dtype == DType::f64) return !position(array.as<double>());
  return true;
}

/// Which example of the data set holds a value that is not finite.
std::optional<std::int64_t> bad_example(const Batch& batch) {
  for (const Array* array : {&batch.input, &batch.target}) {
    const auto values = array->as<float>();
    if (const auto at = position(std::span<const float>(values)))
      return batch.indices[*at / (values.size() / batch.indices.size())];
  }
  return {};
}

}  // namespace

std::string non_finite_terms(const Metrics& terms) {
  std::string text;
  for (const auto& [name, value] : terms)
    if (!std::isfinite(value))
      text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name,
                          std::isnan(value) ? std::abs(value) : value);
  return text;
}

std::string first_non_finite(Module& module, const LossFunction& loss, const Batch& batch,
                             std::int64_t step) {
  if (const auto index = bad_example(batch))
    return fmt::format("example {} of the data, after its transforms", *index);
  const auto parameters = module.named_parameters();
  for (const auto& [path, tensor] : parameters)
    if (!finite(tensor)) return "the parameter " + path;

  for (auto [path, tensor] : parameters) tensor.zero_grad();
  const Device device = parameters[0].tensor.device();
  device.generator().set_step(static_cast<std::uint64_t>(step));
  BatchTensors tensors(batch, device);
  tensors.upload(batch);
  backward(loss(tensors.input, tensors.target, tensors.labels)[0].value);
  for (auto entry = parameters.rbegin(); entry != parameters.rend(); ++entry) {
    const Tensor gradient = entry->tensor.grad();
    if (gradient.defined() && !finite(gradient)) return "the gradient of " + entry->path;
  }
  return "a value of the forward pass (data, parameters and gradients are finite)";
}

}  // namespace varve
