#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "apps/studio/commands/bench.h"
#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/ops/table.h"
#include "framework/tensor/functional.h"

namespace varve::studio {
namespace {

using Clock = std::chrono::steady_clock;

/// One op at a size that training meets.
struct Sample {
  Op op;
  std::vector<Shape> inputs;
  Attributes attributes = {};
};

Attributes along(std::int64_t axis) {
  Attributes out;
  out.axes = {axis};
  return out;
}

Attributes activated(Activation activation) {
  Attributes out;
  out.activation = activation;
  return out;
}

Attributes with_epsilon() {
  Attributes out;
  out.epsilon = 1e-5;
  return out;
}

/// 4 x 4 windows with stride 2, as in the network of Burgess et al.; `height` of the result where
/// the op cannot tell.
Attributes windowed(std::int64_t height) {
  Attributes out;
  out.window = {{4, 4}, {2, 2}, {1, 1}};
  out.shape = {height, height};
  out.activation = Activation::relu;
  return out;
}

Attributes sliced() {
  Attributes out;
  out.shape = {128, 40};
  out.start = {0, 20};
  out.stop = {128, 40};
  out.stride = {1, 1};
  return out;
}

Attributes dropped() {
  Attributes out;
  out.probability = 0.5;
  return out;
}

Attributes adam() {
  Attributes out;
  out.beta1 = 0.9;
  out.beta2 = 0.999;
  out.epsilon = 1e-8;
  return out;
}

std::vector<Sample> samples() {
  const Shape image{128, 784};
  const Shape code{128, 20};
  Attributes gradient = windowed(0);
  gradient.activation = Activation::identity;
  std::vector<Sample> out{
      {Op::sigmoid, {image}},
      {Op::softplus, {image}},
      {Op::square, {image}},
      {Op::reciprocal, {image}},
      {Op::activation_gradient, {image, image}, activated(Activation::relu)},
      {Op::concat, {code, code}, along(1)},
      {Op::slice_scatter, {code}, sliced()},
      {Op::diagonal_embed, {code}},
      {Op::softmax, {image}, along(1)},
      {Op::log_softmax, {image}, along(1)},
      {Op::linear, {image, {400, 784}, {400}}, activated(Activation::relu)},
      {Op::layer_norm, {image, {784}, {784}}, with_epsilon()},
      {Op::batch_norm, {image, {784}, {784}}, with_epsilon()},
      {Op::conv2d, {{64, 32, 32, 32}, {32, 4, 4, 32}, {32}}, windowed(0)},
      {Op::conv_transpose2d, {{64, 16, 16, 32}, {32, 4, 4, 32}, {32}}, windowed(32)},
      {Op::conv2d_weight_gradient, {{64, 32, 32, 32}, {64, 16, 16, 32}}, gradient},
      {Op::dropout, {image, image}, dropped()},
      {Op::reparameterize, {code, code, code}},
      {Op::bce_with_logits, {image, image}},
      {Op::bce_with_logits_gradient, {image, image, image}},
      {Op::gaussian_kl, {code, code}},
      {Op::solve_triangular, {{128, 20, 20}, {128, 20, 1}}},
      {Op::adam_step, {{652824}, {652824}, {652824}, {652824}, {}, {}}, adam()},
      {Op::global_norm, {{652824}}},
      {Op::cumsum, {image}, along(1)},
      {Op::argsort, {image}, along(1)},
  };
  // The elementwise ones that nobody has listed.
  for (const auto& op : op_table()) {
    const auto is_it = [&](const Sample& sample) { return sample.op == op.op; };
    if (op.decomposition && op.traits.elementwise && std::ranges::none_of(out, is_it))
      out.push_back({op.op, std::vector<Shape>(static_cast<std::size_t>(op.min_arity), image)});
  }
  return out;
}

Tensors make_inputs(const Sample& sample) {
  Tensors inputs;
  for (const auto& shape : sample.inputs) inputs.push_back(rand(shape) + 0.5);
  if (sample.op == Op::adam_step) inputs.back() = Tensor::ones({}, DType::i32);
  return inputs;
}

/// Median time of a call in microseconds; calls are repeated for a twentieth of a second.
double median_us(const Device& device, const std::function<void()>& call) {
  constexpr int least = 5;
  constexpr auto budget = std::chrono::milliseconds(50);
  const auto timed = [&] {
    const auto start = Clock::now();
    call();
    device.backend().synchronize();
    return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
  };
  timed();  // the first call allocates
  std::vector<double> times;
  for (const auto start = Clock::now(); times.size() < least || Clock::now() - start < budget;)
    times.push_back(timed());
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

std::string shapes_of(const Sample& sample) {
  std::string out;
  for (const auto& shape : sample.inputs) out += (out.empty() ? "" : " ") + shape.str();
  return out;
}

bool has_kernel(const Sample& sample, const Tensors& inputs) {
  Specs specs;
  for (const auto& input : inputs) specs.push_back(input.spec());
  Attributes attributes = sample.attributes;
  auto results = row(sample.op).shapes(specs, attributes);
  return inputs[0].device().backend().supports(sample.op, {specs, results, attributes});
}

}  // namespace

void bench_ops(const BenchOptions& options, const OpenDevice& device) {
  const NoGrad no_grad;
  auto list = nlohmann::json::array();
  if (!options.json)
    fmt::print("{:<26}{:>12}{:>15}{:>9}  {}\n", "op (f32, " + device.backend() + ")", "fused us",
               "decomposed us", "gain", "shapes");
  for (const auto& sample : samples()) {
    const Tensors inputs = make_inputs(sample);
    const Device& where = inputs[0].device();
    const bool fused = has_kernel(sample, inputs);
    const double decomposed =
        median_us(where, [&] { row(sample.op).decomposition(inputs, sample.attributes); });
    const std::string op(name(sample.op));
    nlohmann::json entry{{"op", op}, {"shapes", shapes_of(sample)}, {"decomposed_us", decomposed}};
    std::string own = "-";
    std::string gain = "-";
    if (fused) {
      const double time = median_us(where, [&] { apply(sample.op, inputs, sample.attributes); });
      entry["fused_us"] = time;
      own = fmt::format("{:.1f}", time);
      gain = fmt::format("{:.2f}", decomposed / time);
    }
    list.push_back(entry);
    if (!options.json)
      fmt::print("{:<26}{:>12}{:>15.1f}{:>9}  {}\n", op, own, decomposed, gain, shapes_of(sample));
  }
  if (options.json) fmt::print("{}\n", list.dump());
}

}  // namespace varve::studio
