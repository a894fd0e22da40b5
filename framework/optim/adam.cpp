#include "framework/optim/adam.h"

#include <cmath>

#include "framework/core/error.h"
#include "framework/ops/table.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

constexpr auto skipped_steps = "skipped_steps";

Attributes attributes_of(const AdamConfig& config, bool decoupled) {
  const auto fraction = [](double beta) { return beta >= 0 && beta < 1; };
  if (!fraction(config.beta1) || !fraction(config.beta2) || !(config.epsilon > 0))
    fail(ErrorKind::usage,
         "[Adam] beta1 = {}, beta2 = {}, epsilon = {}: needed [0, 1), [0, 1), positive",
         config.beta1, config.beta2, config.epsilon);
  Attributes attributes;
  attributes.beta1 = config.beta1;
  attributes.beta2 = config.beta2;
  attributes.epsilon = config.epsilon;
  attributes.decoupled = decoupled;
  return attributes;
}

/// 1 - beta^t, which may be almost 0.
Tensor bias_correction(double beta, const Tensor& t) { return -expm1(t * std::log(beta)); }

}  // namespace

Adam::Adam(const ParameterGroups& parameters, AdamConfig config)
    : Adam(parameters, config, false) {}

Adam::Adam(const ParameterGroups& parameters, const AdamConfig& config, bool decoupled)
    : Optimizer(parameters, config.learning_rate, config.weight_decay),
      attributes_(attributes_of(config, decoupled)),
      first_(moment("first_moment")),
      second_(moment("second_moment")),
      greatest_(config.amsgrad ? moment("greatest_second_moment") : Tensor()),
      counts_(arena(), remember("step", Tensor::zeros({}, DType::i32, arena().device()))) {}

void Adam::update(const ParameterArena::Run& run, const Group& group) {
  const auto stop = run.first + run.count;
  for (std::size_t first = run.first, end = first; first < stop; first = end) {
    end = counts_.alike(first, stop);
    const auto alike = arena().part(first, end - first);
    if (greatest_.defined())
      move_amsgrad(alike, group, counts_.of(first));
    else
      move(alike, group, counts_.of(first));
  }
}

void Adam::move(const ParameterArena::Run& run, const Group& group, const Tensor& count) {
  const Tensor first = part(first_, run), second = part(second_, run);
  Attributes attributes = attributes_;
  attributes.weight_decay = group.weight_decay;
  Tensors in{run.values, run.gradients, first, second, group.rate, count};
  if (non_finite().defined()) in.push_back(non_finite().to(run.values.dtype()));
  apply_into(Op::adam_step, in, {run.values, first, second}, attributes);
}

void Adam::move_amsgrad(const ParameterArena::Run& run, const Group& group, const Tensor& count) {
  const auto& a = attributes_;
  Tensor gradient = run.gradients, old = run.values;
  if (group.weight_decay > 0 && a.decoupled)
    old = old * (1.0 - group.rate * group.weight_decay);
  else if (group.weight_decay > 0)
    gradient = gradient + old * group.weight_decay;
  Tensor first = part(first_, run), second = part(second_, run), greatest = part(greatest_, run);
  put(first, first * a.beta1 + gradient * (1 - a.beta1));
  put(second, second * a.beta2 + square(gradient) * (1 - a.beta2));
  put(greatest, maximum(greatest, second));
  const Tensor t = count.to(run.values.dtype());
  const Tensor denominator = sqrt(greatest / bias_correction(a.beta2, t)) + a.epsilon;
  const Tensor rate = group.rate / bias_correction(a.beta1, t);
  put(run.values, Op::sub, {old, rate * first / denominator});
}

NamedTensors Adam::state() const {
  auto all = Optimizer::state();
  const auto skipped = counts_.skipped();
  if (!skipped.empty())
    all.push_back({skipped_steps,
                   Tensor::from(std::span(skipped), {static_cast<std::int64_t>(skipped.size())},
                                first_.device())});
  return all;
}

void Adam::load_state(const State& saved) {
  auto all = Optimizer::state();
  const auto count = static_cast<std::int64_t>(arena().parameters().size());
  const auto skipped = Tensor::zeros({count}, DType::i32, arena().device());
  if (saved.contains(skipped_steps)) all.push_back({skipped_steps, skipped});
  load_tensors(all, saved, "optimizer");
  counts_.set_skipped(skipped.to_vector<std::int32_t>());
}

AdamW::AdamW(const ParameterGroups& parameters, AdamConfig config)
    : Adam(parameters, config, true) {}

}  // namespace varve
