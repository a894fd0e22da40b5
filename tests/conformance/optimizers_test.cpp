#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "framework/autograd/autograd.h"
#include "framework/optim/adam.h"
#include "framework/optim/clip.h"
#include "framework/optim/rmsprop.h"
#include "framework/optim/sgd.h"
#include "framework/program/capture.h"
#include "framework/tensor/functional.h"
#include "tests/conformance/harness.h"

namespace {

using namespace varve;

using Make = std::function<std::unique_ptr<Optimizer>(const Tensors&)>;

struct Row {
  const char* name;
  Make make;
  std::vector<double> want;  ///< of PyTorch 2.13, f64
};

template <class Any, class Config>
Make make(Config config) {
  return [=](const Tensors& p) { return std::make_unique<Any>(p, config); };
}
/// The second parameter has a group of its own, with another rate and without decay.
template <class Any, class Config>
Make grouped(Config config) {
  return [=](const Tensors& p) -> std::unique_ptr<Optimizer> {
    return std::unique_ptr<Optimizer>(new Any(
        {{.parameters = {p[0]}}, {.parameters = {p[1]}, .learning_rate = 0.2, .weight_decay = 0}},
        config));
  };
}

constexpr double few = 1 - 1e-7;  // a beta2 whose bias correction must not cancel

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"sgd",
       make<Sgd>(SgdConfig{.learning_rate = .05, .weight_decay = .1}),
       {0.549318076637, -0.642672917183, 0.088033753411, 2.47094640138, -0.345916521212}},
      {"momentum",
       make<Sgd>(SgdConfig{.learning_rate = .05, .momentum = .9, .weight_decay = .1}),
       {-0.244645511558, 1.06526263133, -0.478421446895, 1.86074716819, 0.5065155943}},
      {"nesterov",
       make<Sgd>(
           SgdConfig{.learning_rate = .05, .momentum = .9, .nesterov = true, .weight_decay = .1}),
       {-0.265936865164, 0.797452003829, -0.142392464604, 1.55196785211, 0.475053701291}},
      {"rmsprop",
       make<Rmsprop>(
           RmspropConfig{.learning_rate = .05, .decay = .9, .epsilon = 1e-3, .weight_decay = .1}),
       {0.55364766784, -1.48962790661, 0.122134786742, 2.5515728132, -0.591169358718}},
      {"rmsprop with momentum",
       make<Rmsprop>(RmspropConfig{
           .learning_rate = .05, .decay = .9, .epsilon = 1e-3, .momentum = .9, .weight_decay = .1}),
       {-0.323889576339, -0.589411489116, -0.498848817376, 1.93151228345, 0.0124392709164}},
      {"adam",
       make<Adam>(AdamConfig{.learning_rate = .05}),
       {0.7563391641, -1.75111291731, 0.256541718417, 2.80159418431, -0.801338628558}},
      {"adam, decay",
       make<Adam>(AdamConfig{.learning_rate = .05, .epsilon = 1e-3, .weight_decay = .1}),
       {0.756071325995, -1.75112134796, 0.256543089745, 2.8013614128, -0.801359699916}},
      {"adamw",
       make<AdamW>(AdamConfig{.learning_rate = .05, .weight_decay = .1}),
       {0.734280729424, -1.70424740996, 0.246924366605, 2.7436265283, -0.783074602705}},
      {"adam, epsilon 1",
       make<Adam>(AdamConfig{.learning_rate = .05, .epsilon = 1}),
       {0.829766422923, -1.78031961859, 0.314288781847, 2.85946364319, -0.837655313757}},
      {"adam, beta2 almost 1",
       make<Adam>(AdamConfig{.learning_rate = .05, .beta2 = few}),
       {0.756343326423, -1.75111899398, 0.256556673867, 2.80159484666, -0.801344139563}},
      {"amsgrad",
       make<Adam>(AdamConfig{
           .learning_rate = .05, .beta1 = .5, .beta2 = .6, .weight_decay = .1, .amsgrad = true}),
       {0.774969814919, -1.75068623546, 0.276977280431, 2.80083115938, -0.805901043606}},
      {"amsgrad, decoupled decay",
       make<AdamW>(AdamConfig{
           .learning_rate = .05, .beta1 = .5, .beta2 = .6, .weight_decay = .1, .amsgrad = true}),
       {0.754258902879, -1.70383524166, 0.268029260336, 2.74312099428, -0.78795782711}},
      {"amsgrad, beta2 almost 1",
       make<Adam>(AdamConfig{.learning_rate = .05, .beta2 = few, .amsgrad = true}),
       {0.756343326423, -1.75111899398, 0.256556673867, 2.80159484666, -0.801344139563}},
      {"groups, momentum",
       grouped<Sgd>(SgdConfig{.learning_rate = .05, .momentum = .9, .weight_decay = .1}),
       {-0.244645511558, 1.06526263133, -0.478421446895, -0.212052574728, 0.503232834903}},
      {"groups, rmsprop",
       grouped<Rmsprop>(RmspropConfig{.learning_rate = .05, .momentum = .9, .weight_decay = .1}),
       {-1.41138192376, 1.19727844374, -0.119893570681, -1.27868177694, -0.81548084122}},
      {"groups, adam",
       grouped<Adam>(AdamConfig{.learning_rate = .05, .weight_decay = .1}),
       {0.755968883509, -1.75108899724, 0.256467009983, 2.2114380284, -0.225733072228}},
      {"groups, adamw",
       grouped<AdamW>(AdamConfig{.learning_rate = .05, .weight_decay = .1}),
       {0.734280729424, -1.70424740996, 0.246924366605, 2.2114380284, -0.225733072228}},
      {"groups, amsgrad",
       grouped<AdamW>(AdamConfig{
           .learning_rate = .05, .beta1 = .5, .beta2 = .6, .weight_decay = .1, .amsgrad = true}),
       {0.754258902879, -1.70383524166, 0.268029260336, 2.20960611197, -0.284422425935}},
  };
  return all;
}

/// Six steps on two parameters: the first has no gradient in step 4, the second none before step 2.
class Training {
 public:
  Training(const Row& row, const Device& device)
      : dtype_(device.name() == "vulkan" ? DType::f32 : DType::f64),
        device_(device),
        a_(tensor({1, -2, 0.5}).set_requires_grad()),
        b_(tensor({3, -1}).set_requires_grad()),
        bend_a_(tensor({1, 2, 3})),
        bend_b_(tensor({0.5, 2})),
        optimizer_(row.make({a_, b_})) {}

  Tensors step(int i) {
    optimizer_->zero_grad();
    const auto bowl = [&](const Tensor& w, const Tensor& bend, double slope) {
      return sum(w * w * bend + w * slope);
    };
    Tensor loss = Tensor::zeros({}, dtype_, device_);
    if (i != 4) loss = loss + bowl(a_, bend_a_, std::sin(i));
    if (i >= 2) loss = loss + bowl(b_, bend_b_, std::cos(i));
    backward(loss);
    if (non_finite.defined())
      optimizer_->step_unless(non_finite);
    else
      optimizer_->step();
    return {};
  }

  /// All that a step may move.
  std::vector<double> state() const {
    auto all = values();
    for (const auto& [name, tensor] : optimizer_->state())
      for (const double value : tensor.to_vector<double>()) all.push_back(value);
    return all;
  }

  Tensor non_finite;  ///< for step_unless()

  std::vector<double> values() const {
    std::vector<double> all;
    for (const auto& parameter : {a_, b_}) {
      const auto add = [&](const auto& values) {
        all.insert(all.end(), values.begin(), values.end());
      };
      if (dtype_ == DType::f64)
        add(parameter.to_vector<double>());
      else
        add(parameter.to_vector<float>());
    }
    return all;
  }

 private:
  Tensor tensor(const std::vector<double>& values) const {
    const auto count = static_cast<std::int64_t>(values.size());
    const auto host = Array::of<double>({count}, std::span(values));
    const std::vector<float> single(values.begin(), values.end());
    return dtype_ == DType::f64
               ? Tensor::from(host, device_)
               : Tensor::from(Array::of<float>({count}, std::span(single)), device_);
  }

  DType dtype_;
  Device device_;
  Tensor a_, b_, bend_a_, bend_b_;
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace

TEST_CASE("optimizers: PyTorch's values, with gradients that come late or not at all") {
  for (const auto& device : conformance::devices())
    for (const auto& row : rows())
      for (const bool captured : {false, true}) {
        CAPTURE(device.name());
        CAPTURE(std::string(row.name));
        CAPTURE(captured);
        Training training(row, device);
        int i = 0;
        auto step = capture([&](const Tensors&) { return training.step(i); }, device);
        for (i = 0; i < 6; ++i)
          if (captured)
            step({});
          else
            training.step(i);
        const auto got = training.values();
        const double tolerance = device.name() == "vulkan" ? 2e-6 : 1e-11;
        for (std::size_t k = 0; k < got.size(); ++k) {
          CAPTURE(k);
          CHECK(got[k] == doctest::Approx(row.want[k]).epsilon(tolerance));
        }
      }
}

TEST_CASE("optimizers: a step is skipped where the device finds it not finite") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const auto& device : conformance::devices())
    for (const auto& row : rows())
      for (const bool captured : {false, true}) {
        CAPTURE(device.name());
        CAPTURE(std::string(row.name));
        CAPTURE(captured);
        Training always(row, device), sometimes(row, device);
        sometimes.non_finite = Tensor::zeros({}, DType::f32, device);
        int i = 0;
        auto recorded = capture([&](const Tensors&) { return sometimes.step(i); }, device);
        const auto step = [&] { captured ? recorded({}) : sometimes.step(i); };
        for (i = 0; i < 4; ++i) {
          always.step(i);
          step();
        }
        const auto before = always.state();
        CHECK(sometimes.state() == before);
        for (const float bad : {std::nanf(""), infinity, 1.0F}) {
          sometimes.non_finite.upload(std::span(&bad, 1));
          step();
          CHECK(sometimes.state() == before);
        }
        const float good = 0;
        sometimes.non_finite.upload(std::span(&good, 1));
        always.step(i);
        step();
        CHECK(sometimes.state() == always.state());
      }
}

TEST_CASE("norms whose squares leave f32, and clipping by them") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> many(20'000, 1e25F);
  struct Norm {
    std::vector<float> gradient;
    double norm, first;  ///< of the gradients after clipping to 1
  };
  const std::vector<Norm> norms{{{3e25F, 4e25F}, 5e25, 0.6},
                                {{3e-30F, 4e-30F}, 5e-30, 3e-30},
                                {{0, 0}, 0, 0},
                                {{1, infinity}, infinity, 0},
                                {{1, std::nanf("")}, std::nan(""), 1},
                                {many, 1e25 * std::sqrt(20'000), std::sqrt(1.0 / 20'000)}};
  for (const auto& device : conformance::devices())
    for (const auto& [gradient, want, first] : norms) {
      CAPTURE(device.name());
      CAPTURE(want);
      const Shape shape{static_cast<std::int64_t>(gradient.size())};
      Tensor w = Tensor::zeros(shape, DType::f32, device);
      ParameterArena arena({w.set_requires_grad()});
      w.set_grad(Tensor::from(std::span(gradient), shape, device));
      const double norm = clip_by_norm(arena, 1).item();
      CHECK(
          (std::isnan(want) ? std::isnan(norm) : norm == want || std::abs(norm / want - 1) < 1e-5));
      const double got = w.grad().to_vector<float>()[0];
      CHECK((got == first || std::abs(got / first - 1) < 1e-5));
    }
}
