#include "framework/nn/init.h"

#include <cmath>

#include "framework/core/error.h"
#include "framework/tensor/random.h"

namespace varve::init {
namespace {

template <class T, class Draw>
void fill(Tensor& tensor, Draw&& draw) {
  Array array = Array::zeros(tensor.shape(), tensor.dtype());
  for (T& value : array.as<T>()) value = static_cast<T>(draw());
  tensor.upload(array);
}

/// Overwrites the tensor with draw(stream) for each element, in row-major order.
template <class Draw>
void draw_into(Tensor& tensor, Draw&& draw) {
  PhiloxStream stream = tensor.device().generator().host_stream();
  const auto next = [&] { return draw(stream); };
  switch (tensor.dtype()) {
    case DType::f32:
      return fill<float>(tensor, next);
    case DType::f64:
      return fill<double>(tensor, next);
    default:
      fail(ErrorKind::usage, "[init] weights are f32 or f64, got {}", name(tensor.dtype()));
  }
}

double checked(double gain) {
  if (!(gain >= 0) || std::isinf(gain))
    fail(ErrorKind::usage, "[init] gain = {}: it must be finite and at least 0", gain);
  return gain;
}

}  // namespace

Fan fan(const Shape& weight) {
  if (weight.size() < 2 || weight.numel() == 0)
    fail(ErrorKind::usage, "[init] a weight of {} has no fan: it needs two dimensions or more",
         weight.str());
  return {weight.numel() / weight[0], weight.numel() / weight.back()};
}

void constant(Tensor tensor, double value) {
  tensor.assign(Tensor::full({}, value, tensor.dtype(), tensor.device()));
}

void uniform(Tensor tensor, double low, double high) {
  if (!(low <= high) || !std::isfinite(high - low))
    fail(ErrorKind::usage, "[init] uniform from {} to {}: two finite bounds in order are needed",
         low, high);
  draw_into(tensor, [=](PhiloxStream& stream) {
    return low + (high - low) * static_cast<double>(stream.uniform());
  });
}

void normal(Tensor tensor, double mean, double standard_deviation) {
  if (!std::isfinite(mean) || !(standard_deviation >= 0) || std::isinf(standard_deviation))
    fail(ErrorKind::usage,
         "[init] normal with mean {} and standard deviation {}: a finite mean and a finite "
         "deviation of at least 0 are needed",
         mean, standard_deviation);
  draw_into(tensor, [=](PhiloxStream& stream) {
    return mean + standard_deviation * static_cast<double>(stream.normal());
  });
}

void kaiming_uniform(Tensor tensor, double gain) {
  const double bound = checked(gain) * std::sqrt(3.0 / static_cast<double>(fan(tensor.shape()).in));
  uniform(tensor, -bound, bound);
}

void xavier_uniform(Tensor tensor, double gain) {
  const auto [in, out] = fan(tensor.shape());
  const double bound = checked(gain) * std::sqrt(6.0 / static_cast<double>(in + out));
  uniform(tensor, -bound, bound);
}

void xavier_normal(Tensor tensor, double gain) {
  const auto [in, out] = fan(tensor.shape());
  normal(tensor, 0, checked(gain) * std::sqrt(2.0 / static_cast<double>(in + out)));
}

void fan_in_uniform(Tensor tensor, std::int64_t fan_in) {
  if (fan_in < 1) fail(ErrorKind::usage, "[init] fan_in = {}: it must be positive", fan_in);
  const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in));
  uniform(tensor, -bound, bound);
}

}  // namespace varve::init
