// Steps of training, run in every way that the backend has: all must end in the same bits.
#include <cmath>
#include <functional>
#include <string>

#include "backends/vulkan/vulkan_backend.h"
#include "framework/autograd/autograd.h"
#include "framework/nn/conv2d.h"
#include "framework/nn/conv_transpose2d.h"
#include "framework/nn/dropout.h"
#include "framework/nn/linear.h"
#include "framework/optim/adam.h"
#include "framework/program/capture.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "tests/backends/vulkan/testing.h"

using namespace varve;
using namespace varve::testing;

namespace {

constexpr int steps = 20;

using Bits = std::vector<std::vector<float>>;

/// A variational autoencoder in small: everything that a step of training is made of.
struct Model {
  Model(Tensors parameters, std::function<Tensor(const Tensor&)> loss_of)
      : loss(std::move(loss_of)), optimizer(parameters, {.learning_rate = 0.01}) {}

  Tensor step(const Tensor& x) {
    optimizer.zero_grad();
    const Tensor value = loss(x);
    backward(value);
    optimizer.step();
    return value;
  }

  std::function<Tensor(const Tensor&)> loss;
  Adam optimizer;
};

Tensor negative_elbo(const Tensor& logits, const Tensor& x, const Tensors& code) {
  return sum(bce_with_logits(logits, x)) + sum(gaussian_kl(code[0], code[1]));
}

Tensors join(const std::vector<Tensors>& parts) {
  Tensors all;
  for (const Tensors& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::unique_ptr<Model> mlp() {
  auto in =
      std::make_shared<Linear>(LinearConfig{.in = 50, .out = 32, .activation = Activation::relu});
  auto code = std::make_shared<Linear>(LinearConfig{.in = 32, .out = 14});
  auto out = std::make_shared<Linear>(LinearConfig{.in = 7, .out = 50});
  auto dropout = std::make_shared<Dropout>(DropoutConfig{.p = 0.3});
  const auto parameters = join({in->parameters(), code->parameters(), out->parameters()});
  return std::make_unique<Model>(parameters, [=](const Tensor& x) {
    const Tensors halves = (*code)((*dropout)((*in)(x))).chunk(2, 1);
    const Tensor z = reparameterize(halves[0], halves[1], randn(halves[0].shape()));
    return negative_elbo((*out)(z), x, halves);
  });
}

std::unique_ptr<Model> conv() {
  auto in = std::make_shared<Conv2d>(Conv2dConfig{
      .in = 1, .out = 6, .kernel = 4, .stride = 2, .padding = 1, .activation = Activation::relu});
  auto code = std::make_shared<Linear>(LinearConfig{.in = 96, .out = 10});
  auto back =
      std::make_shared<Linear>(LinearConfig{.in = 5, .out = 96, .activation = Activation::tanh});
  auto out = std::make_shared<ConvTranspose2d>(
      ConvTranspose2dConfig{.in = 6, .out = 1, .kernel = 4, .stride = 2, .padding = 1});
  const auto parameters =
      join({in->parameters(), code->parameters(), back->parameters(), out->parameters()});
  return std::make_unique<Model>(parameters, [=](const Tensor& x) {
    const Tensor image = x.reshape({x.shape()[0], 8, 8, 1});
    const Tensor features = (*in)(image).reshape({x.shape()[0], 96});
    const Tensors halves = (*code)(features).chunk(2, 1);
    const Tensor z = reparameterize(halves[0], halves[1], randn(halves[0].shape()));
    const Tensor logits = (*out)((*back)(z).reshape({x.shape()[0], 4, 4, 6}));
    return negative_elbo(logits, image, halves);
  });
}

/// Losses, and in the end weights and moments.
Bits train(const std::function<std::unique_ptr<Model>()>& make, std::int64_t features,
           bool replay) {
  manual_seed(21);
  const auto model = make();
  auto captured = capture([&](const Tensors& in) { return Tensors{model->step(in[0])}; });
  Bits out;
  Tensor x = Tensor::zeros({9, features});
  for (int i = 0; i < steps; ++i) {
    std::vector<float> values(static_cast<std::size_t>(9 * features));
    for (std::size_t k = 0; k < values.size(); ++k) {
      values[k] = static_cast<float>((k * 7 + static_cast<std::size_t>(i) * 13) % 11) / 10;
    }
    x.upload(std::span<const float>(values));
    model->optimizer.set_learning_rate(0.01 / (1 + i));
    default_device().generator().set_step(static_cast<std::uint64_t>(i));
    out.push_back((replay ? captured({x})[0] : model->step(x)).to_vector<float>());
  }
  CHECK(captured.compiled() == replay);
  out.push_back(model->optimizer.arena().values().to_vector<float>());
  for (const auto& [name, tensor] : model->optimizer.state()) {
    if (tensor.dtype() == DType::f32) out.push_back(tensor.to_vector<float>());
  }
  return out;
}

struct Way {
  const char* name;
  bool replay;
  std::function<void(vulkan::Options&)> set;
};

const std::vector<Way> ways{
    {"eager", false, [](vulkan::Options&) {}},
    {"replayed", true, [](vulkan::Options&) {}},
    {"replayed command by command", true, [](vulkan::Options& o) { o.replay = false; }},
    {"replayed without fusion", true, [](vulkan::Options& o) { o.fusion = false; }},
    {"eager with every barrier", false, [](vulkan::Options& o) { o.barrier_always = true; }},
    {"replayed with every barrier", true, [](vulkan::Options& o) { o.barrier_always = true; }},
    {"one by one", true, [](vulkan::Options& o) { o.serialize = true; }},
    {"with descriptor sets", true, [](vulkan::Options& o) { o.push_descriptors = false; }},
    {"with memory of its own", true, [](vulkan::Options& o) { o.host_memory = false; }},
};

/// What every way ends in, which must be what the first one does; empty without a device.
Bits check_ways(const std::function<std::unique_ptr<Model>()>& make, std::int64_t features) {
  const Device before = default_device();
  Bits first;
  for (const Way& way : ways) {
    CAPTURE(way.name);
    vulkan::Options options = vulkan::options_from_environment();
    way.set(options);
    auto backend = make_backend(options);
    if (!backend) return {};
    const long errors = vulkan::validation_counts().errors;
    set_default_device(Device(std::move(backend)));
    const Bits bits = train(make, features, way.replay);
    set_default_device(before);
    CHECK(vulkan::validation_counts().errors == errors);
    if (first.empty()) first = bits;
    REQUIRE(bits.size() == first.size());
    for (std::size_t i = 0; i < bits.size(); ++i) {
      CAPTURE(i);
      CHECK(bits[i] == first[i]);
    }
  }
  return first;
}

/// The same steps on the cpu backend: losses that agree as far as rounding lets them.
void check_against_cpu(const Bits& bits, const std::function<std::unique_ptr<Model>()>& make,
                       std::int64_t features) {
  if (bits.empty()) return;
  const Device before = default_device();
  set_default_device(Device::open("cpu"));
  const Bits want = train(make, features, true);
  set_default_device(before);
  for (int i = 0; i < steps; ++i) {
    const auto at = static_cast<std::size_t>(i);
    CHECK(std::isfinite(bits[at][0]));
    CHECK(bits[at][0] == doctest::Approx(want[at][0]).epsilon(1e-4));
  }
  CHECK(bits[steps - 1][0] < bits[0][0]);
}

}  // namespace

TEST_CASE("twenty steps of a dense model: every way to run them ends in the same bits") {
  check_against_cpu(check_ways(mlp, 50), mlp, 50);
}

TEST_CASE("twenty steps of a convolutional model: every way to run them ends in the same bits") {
  check_against_cpu(check_ways(conv, 64), conv, 64);
}
