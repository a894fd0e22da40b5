#include "tests/conformance/host_state.h"

#include <fmt/format.h>

#include <bit>
#include <memory>
#include <random>
#include <vector>

#include "framework/autograd/autograd.h"
#include "framework/nn/batch_norm.h"
#include "framework/nn/dropout.h"
#include "framework/optim/adam.h"
#include "framework/optim/clip.h"
#include "framework/optim/rmsprop.h"
#include "framework/optim/sgd.h"
#include "framework/program/capture.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"

namespace varve::conformance {
namespace {

constexpr int calls = 12;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed * 0x9e3779b97f4a7c15ULL + 1) {}
  int below(int bound) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(bound)); }
  bool one_in(int bound) { return below(bound) == 0; }
  float number() { return static_cast<float>(below(2001)) / 1000 - 1; }
  Tensor tensor(Shape shape, const Device& device) {
    std::vector<float> values(static_cast<std::size_t>(shape.numel()));
    for (auto& value : values) value = number();
    return Tensor::from(std::span<const float>(values), shape, device);
  }

 private:
  std::mt19937_64 engine_;
};

using Bits = std::vector<std::uint32_t>;

/// The program's state, on the host and on the device.
class Program {
 public:
  Program(std::uint64_t seed, const Device& device) : Program(seed, device, Dice(seed)) {}

 private:
  Program(std::uint64_t seed, const Device& device, Dice dice)
      : seed_(seed),
        device_(device),
        width_(2 + dice.below(5)),
        dropout_({.p = 0.3}),
        norm_({.features = width_}) {
    state_ = dice.tensor({width_}, device);
    carried_ = dice.tensor({width_}, device);
    for (const Shape& shape : {Shape{width_, width_}, Shape{width_}, Shape{width_}})
      parameters_.push_back(dice.tensor(shape, device).set_requires_grad());
    for (const auto& parameter : norm_.parameters()) parameters_.push_back(parameter);
    structure_ = static_cast<std::uint64_t>(dice.below(1 << 30));
    step_inside_ = dice.one_in(2);
    make_optimizer(dice);
    device.generator().seed(seed);
  }

 public:
  /// What the host does between two calls.
  void between(int call) {
    Dice dice(seed_ * 1000 + static_cast<std::uint64_t>(call));
    if (dice.one_in(2)) weight_ = dice.number() * 2;
    if (dice.one_in(4)) train(!dropout_.is_training());
    if (dice.one_in(4)) branch_ = !branch_;
    if (dice.one_in(3)) rows_ = 2 + dice.below(3);
    if (dice.one_in(4)) limit_ = 0.1 + 0.2 * dice.below(4);
    if (dice.one_in(4)) {
      auto& parameter = parameters_[static_cast<std::size_t>(dice.below(3))];
      parameter.set_requires_grad(!parameter.requires_grad());
    }
    if (dice.one_in(6)) step_inside_ = !step_inside_;
    if (dice.one_in(8)) make_optimizer(dice);
    if (dice.one_in(4)) optimizer_->set_learning_rate(0.01 * (1 + dice.below(3)));
    if (dice.one_in(12)) optimizer_->zero_grad();
    if (dice.one_in(8) && parameters_[1].grad().defined()) kept_.push_back(parameters_[1].grad());
    if (dice.one_in(12)) parameters_[2].set_grad(dice.tensor({width_}, device_));
    zero_grad_ = !dice.one_in(5);
    input_ = dice.tensor({rows_, width_}, device_);
  }

  const Tensor& input() const { return input_; }

  Tensors body(const Tensor& x) {
    if (zero_grad_) optimizer_->zero_grad();
    Tensor y = matmul(x, parameters_[0]) + parameters_[1];
    Dice dice(structure_);
    for (int i = 1 + dice.below(6); i > 0; --i) y = layer(dice.below(12), y);
    const Tensor loss = mean(square(y + parameters_[2])) * (1.0 + weight_ * weight_);
    if (loss.requires_grad()) backward(loss);
    if (branch_) clip_by_norm(optimizer_->arena(), limit_);
    if (step_inside_) optimizer_->step();
    return {loss, y, x};
  }
  void after() {
    if (!step_inside_) optimizer_->step();
  }

  void note(const Tensors& results, Bits& bits) const {
    const auto add = [&](const Tensor& tensor) {
      for (const float value : tensor.to_vector<float>())
        bits.push_back(std::bit_cast<std::uint32_t>(value));
    };
    for (const auto& result : results) add(result);
    for (const auto& parameter : parameters_) {
      add(parameter);
      bits.push_back(parameter.grad().defined());
      if (parameter.grad().defined()) add(parameter.grad());
    }
    for (const auto& buffer : norm_.named_buffers()) add(buffer.tensor);
    for (const auto& kept : kept_) add(kept);
    for (const auto& moment : optimizer_->state())
      if (moment.tensor.dtype() == DType::f32) add(moment.tensor);
    add(state_);
    add(carried_);
  }

 private:
  void train(bool on) {
    dropout_.train(on);
    norm_.train(on);
  }

  void make_optimizer(Dice& dice) {
    Tensors wanted;
    for (const auto& parameter : parameters_)
      if (parameter.requires_grad() || dice.one_in(2)) wanted.push_back(parameter);
    if (dice.one_in(3)) std::swap(wanted.front(), wanted.back());
    std::vector<ParameterGroup> groups(1);
    for (const auto& parameter : wanted) {
      if (dice.one_in(4))
        groups.push_back({.learning_rate = 0.01 * dice.below(4), .weight_decay = 0.02});
      groups.back().parameters.push_back(parameter);
    }
    const double rate = 0.02;
    switch (dice.below(5)) {
      case 0:
        optimizer_ = std::make_unique<Sgd>(
            groups, SgdConfig{.learning_rate = rate, .momentum = 0.9, .weight_decay = 0.01});
        break;
      case 1:
        optimizer_ = std::make_unique<Rmsprop>(groups, RmspropConfig{.learning_rate = rate});
        break;
      case 2:
        optimizer_ = std::make_unique<Adam>(groups, AdamConfig{.learning_rate = rate});
        break;
      case 3:
        optimizer_ =
            std::make_unique<Adam>(groups, AdamConfig{.learning_rate = rate, .amsgrad = true});
        break;
      default:
        optimizer_ = std::make_unique<AdamW>(
            groups, AdamConfig{.learning_rate = rate, .weight_decay = 0.01});
    }
  }

  Tensor layer(int kind, const Tensor& y) {
    switch (kind) {
      case 0:
        return tanh(y * weight_);
      case 1:
        return dropout_(y);
      case 2:
        return norm_(y);
      case 3:
        return branch_ ? sigmoid(y) : y + 0.5;
      case 4: {
        const NoGrad guard;
        state_.assign(state_ * 0.5 + mean(y, {0}));
        return y;
      }
      case 5:
        carried_ = tanh(carried_ * 0.5 + mean(y, {0}).detach());  // another tensor every call
        return y + carried_;
      case 6:
        return y + randn(y.shape(), DType::f32, device_) * 0.1;
      case 7:
        return softmax(y);
      case 8:
        return branch_ ? y.flip(0) : y.slice(0, 0, 1) + y;
      case 9:
        return matmul(y, parameters_[0].transpose());
      case 10:
        return layer_norm(y, {}, {});
      default:
        return y * state_.clone();  // it may be overwritten before backward()
    }
  }

  std::uint64_t seed_, structure_ = 0;
  Device device_;
  std::int64_t width_, rows_ = 3;
  double weight_ = 1, limit_ = 0.5;
  bool branch_ = false, step_inside_ = true, zero_grad_ = true;
  Dropout dropout_;
  BatchNorm norm_;
  Tensors parameters_, kept_;
  Tensor state_, carried_, input_;
  std::unique_ptr<Optimizer> optimizer_;
};

/// The bits after each call.
std::vector<Bits> run(std::uint64_t seed, const Device& device, bool replay, int& replays) {
  Program program(seed, device);
  auto step = capture([&](const Tensors& in) { return program.body(in[0]); }, device);
  std::vector<Bits> all;
  for (int call = 0; call < calls; ++call) {
    if (call % 3 == 0) program.between(call);
    all.emplace_back();
    const auto results = replay ? step({program.input()}) : program.body(program.input());
    replays += replay && step.compiled();
    program.note(results, all.back());
    program.after();
    program.note({}, all.back());
  }
  return all;
}

/// ": 3 of 40 numbers, the first 0.25 where eager gives 0.24999999".
std::string first_difference(const Bits& eager, const Bits& captured) {
  if (eager.size() != captured.size()) return ": in the number of its results";
  int count = 0;
  std::size_t first = 0;
  for (std::size_t i = eager.size(); i-- > 0;)
    if (eager[i] != captured[i]) ++count, first = i;
  return fmt::format(": {} of {} numbers, number {} first, {} where eager gives {}", count,
                     eager.size(), first, std::bit_cast<float>(captured[first]),
                     std::bit_cast<float>(eager[first]));
}

}  // namespace

std::string differ(std::uint64_t seed, const Device& device, int& replays) {
  int none = 0;
  const auto eager = run(seed, device, false, none);
  const auto captured = run(seed, device, true, replays);
  for (std::size_t call = 0; call < eager.size(); ++call)
    if (eager[call] != captured[call])
      return fmt::format("{}: program {} differs after call {}{}", device.name(), seed, call,
                         first_difference(eager[call], captured[call]));
  return "";
}

}  // namespace varve::conformance
