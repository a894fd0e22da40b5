#include <algorithm>
#include <cmath>

#include "framework/autograd/autograd.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

namespace {

/// Compares the gradient of a loss in f64 with central differences, at up to `each` elements of
/// every parameter, the noise being held.
void check_gradients(const std::function<Tensor()>& loss, const NamedTensors& parameters) {
  constexpr std::size_t each = 4;
  constexpr double step = 1e-5;
  const auto held = [&] {
    default_device().generator().set_step(9);
    return loss();
  };
  for (auto [path, tensor] : parameters) tensor.zero_grad();
  backward(held());
  for (auto [path, tensor] : parameters) {
    CAPTURE(path);
    const auto base = tensor.to_vector<double>();
    const bool reached = tensor.grad().defined();
    const auto analytic =
        reached ? tensor.grad().to_vector<double>() : std::vector<double>(base.size(), 0);
    const std::size_t stride = std::max<std::size_t>(1, base.size() / each);
    for (std::size_t e = 0; e < base.size(); e += stride) {
      CAPTURE(e);
      const auto value_at = [&](double shift) {
        auto moved = base;
        moved[e] += shift;
        tensor.upload(std::span<const double>(moved));
        return held().item();
      };
      const double numeric = (value_at(step) - value_at(-step)) / (2 * step);
      tensor.upload(std::span<const double>(base));
      CHECK(analytic[e] == doctest::Approx(numeric).epsilon(1e-5).scale(0.01));
    }
  }
}

NamedTensors of_part(const Model& model, std::string_view part, bool inside) {
  NamedTensors out;
  for (const auto& named : model.named_parameters())
    if (named.path.starts_with(part) == inside) out.push_back(named);
  return out;
}

ModelOptions smooth(const ModelInfo& info) {
  auto options = small_for(info);
  options.hidden = {5};
  options.activation = "tanh";
  options.dtype = DType::f64;
  return options;
}

}  // namespace

TEST_CASE("the gradient of every objective is its derivative") {
  const auto x = pictures(6, {8, 8, 1}, DType::f64);
  const auto y = labels_of(6);
  for (const auto& info : model_registry()) {
    if (info.name == "vq-vae") continue;  // straight through: by intention not the derivative
    CAPTURE(info.name);
    manual_seed(5);
    const auto model = make_model(info.name, smooth(info));
    check_gradients([&] { return model->loss(x, x, y)[0].value; },
                    of_part(*model, "discriminator", false));
    if (model->adversary())
      check_gradients([&] { return model->adversary_loss(x, x, y)[0].value; },
                      of_part(*model, "discriminator", true));
  }
}

TEST_CASE("and with every choice that an objective has") {
  const auto x = pictures(6, {8, 8, 1}, DType::f64);
  const std::vector<std::pair<std::string, std::map<std::string, OptionValue, std::less<>>>>
      choices{
          {"vae", {{"posterior", std::string("isotropic")}, {"free-bits", 0.01}}},
          {"vae", {{"posterior", std::string("full")}, {"samples", std::int64_t{3}}}},
          {"vae", {{"beta", 2.0}, {"reconstruction-weight", 0.3}}},
          {"beta-tcvae", {{"alpha", 2.0}, {"beta", 3.0}, {"gamma", 0.5}}},
          {"dip-vae", {{"variant", std::string("ii")}, {"lambda-d", 3.0}}},
          {"info-vae", {{"alpha", 0.5}, {"kernel", std::string("imq")}}},
          {"wae-mmd", {{"kernel", std::string("rbf")}}},
          {"inpainting-autoencoder", {{"mask", std::string("half")}}},
      };
  for (const auto& [name, own] : choices) {
    CAPTURE(name);
    manual_seed(5);
    auto options = smooth(find_model(name));
    for (const auto& [option, value] : own) options.own[option] = value;
    const auto model = make_model(name, options);
    check_gradients([&] { return model->loss(x, x)[0].value; }, model->named_parameters());
  }
}

TEST_CASE("and with every network that has one") {
  const auto x = pictures(4, {8, 8, 1}, DType::f64);
  auto gated = smooth(find_model("vae"));
  gated.activation = "gated";
  manual_seed(5);
  const auto model = make_model("vae", gated);
  // Each hidden layer of 5 has 5 more gates.
  CHECK(model->parameter_count() == 65 * 10 + 6 * 6 + 4 * 10 + 6 * 64);
  check_gradients([&] { return model->loss(x, x)[0].value; }, model->named_parameters());
}

TEST_CASE("no gradient of an adversary's loss reaches the model that it watches") {
  const auto model = make_model("factor-vae", small_for(find_model("factor-vae")));
  const auto x = pictures(6);
  backward(model->adversary_loss(x, x)[0].value);
  for (const auto& [path, tensor] : of_part(*model, "discriminator", false)) {
    CAPTURE(path);
    CHECK_FALSE(tensor.grad().defined());
  }
  CHECK(model->main_parameters().size() == of_part(*model, "discriminator", false).size());
}
