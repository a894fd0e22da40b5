#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "models/vae/vae.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

namespace {

using Own = std::map<std::string, OptionValue, std::less<>>;

std::unique_ptr<Model> made(const std::string& name, Own own = {}) {
  manual_seed(5);
  auto options = small();
  options.own = std::move(own);
  return make_model(name, options);
}

double value(const Terms& terms, std::string_view name) { return term(terms, name).item(); }

Terms loss_at(Model& model, const Tensor& x, std::uint64_t step, const Tensor& labels = {}) {
  default_device().generator().set_step(step);
  return model.loss(x, x, labels);
}

}  // namespace

TEST_CASE("the loss is reconstruction plus beta KL, by the closed forms") {
  const auto model = made("vae", {{"beta", 2.5}});
  const auto x = pictures(4);
  const auto terms = model->loss(x, x);
  REQUIRE(terms.size() == 3);
  CHECK(value(terms, "loss") ==
        doctest::Approx(value(terms, "reconstruction") + 2.5 * value(terms, "kl")).epsilon(1e-5));
  // KL per dimension sums to the KL term.
  CHECK(sum(model->kl_per_dimension(x)).item() ==
        doctest::Approx(value(terms, "kl")).epsilon(1e-5));
  const auto [mean_code, variance_of] = model->posterior_moments(x);
  const Tensor by_hand = 0.5 * (variance_of + square(mean_code) - 1 - log(variance_of));
  CHECK(value(terms, "kl") == doctest::Approx(sum(by_hand).item() / 4).epsilon(1e-5));
}

TEST_CASE("beta = 1 is the VAE bit for bit, and the gradient by beta is the KL") {
  const auto x = pictures(4);
  std::vector<State> trained;
  for (const bool plain : {true, false}) {
    const auto model = plain ? made("vae") : made("beta-vae", {{"beta", 1.0}});
    Adam adam(model->parameters(), {});
    for (int step = 0; step < 3; ++step) {
      adam.zero_grad();
      backward(model->loss(x, x)[0].value);
      adam.step();
    }
    trained.push_back(bits(*model));
  }
  CHECK(difference(trained[0], trained[1]) == "");

  const auto model = made("beta-vae");
  auto beta = model->scheduled_values()[0].target;
  CHECK(beta.item() == 4);
  beta.set_requires_grad();
  const auto terms = model->loss(x, x);
  CHECK(grad(terms[0].value, {beta})[0].item() == doctest::Approx(value(terms, "kl")));
}

TEST_CASE("L draws of z estimate the same reconstruction with less variance") {
  const auto x = pictures(6);
  const auto spread_of = [&](std::int64_t samples, double& mean_of) {
    const auto model = made("vae", {{"samples", samples}});
    std::vector<double> values;
    for (std::uint64_t step = 0; step < 200; ++step)
      values.push_back(value(loss_at(*model, x, step), "reconstruction"));
    mean_of = 0;
    for (const double v : values) mean_of += v / 200;
    double squares = 0;
    for (const double v : values) squares += (v - mean_of) * (v - mean_of) / 199;
    return squares;
  };
  double mean1 = 0, mean8 = 0;
  const double variance1 = spread_of(1, mean1), variance8 = spread_of(8, mean8);
  CHECK(mean8 == doctest::Approx(mean1).epsilon(4 * std::sqrt(variance1 / 200) / mean1));
  CHECK(variance8 * 8 / variance1 == doctest::Approx(1).epsilon(0.5));
}

TEST_CASE("reconstruction alone, KL alone, both") {
  const auto x = pictures(4);
  const auto only_reconstruction = made("vae", {{"beta", 0.0}});
  auto terms = loss_at(*only_reconstruction, x, 0);
  CHECK(value(terms, "loss") == value(terms, "reconstruction"));

  const auto only_kl = made("vae", {{"reconstruction-weight", 0.0}});
  terms = loss_at(*only_kl, x, 0);
  CHECK(value(terms, "loss") == value(terms, "kl"));
  backward(terms[0].value);
  for (const auto& [path, tensor] : only_kl->named_parameters())
    if (path.starts_with("decoder")) CHECK(max(abs(tensor.grad())).item() == 0);

  const auto both = made("vae");
  terms = loss_at(*both, x, 0);
  CHECK(value(terms, "loss") ==
        doctest::Approx(value(terms, "reconstruction") + value(terms, "kl")));
  // The KL term alone leads to the prior: the loss that nothing else can reach is 0.
  Adam adam(only_kl->parameters(), {.learning_rate = 3e-2});
  for (int step = 0; step < 300; ++step) {
    adam.zero_grad();
    backward(only_kl->loss(x, x)[0].value);
    adam.step();
  }
  CHECK(value(only_kl->loss(x, x), "kl") < 1e-3);
}

TEST_CASE("free bits: a dimension below its allowance costs the allowance and feels nothing") {
  const auto x = pictures(4);
  const auto plain = made("vae");
  const Tensor spent = plain->kl_per_dimension(x);
  const auto each = spent.to_vector<float>();
  const double allowance = 0.5 * (*std::min_element(each.begin(), each.end()) +
                                  *std::max_element(each.begin(), each.end()));
  const auto model = made("vae", {{"free-bits", allowance}});
  const auto terms = loss_at(*model, x, 0);
  double price = 0;
  for (const float kl : each) price += std::max<double>(kl, allowance);
  CHECK(value(terms, "loss") ==
        doctest::Approx(value(terms, "reconstruction") + price).epsilon(1e-5));
  CHECK(value(terms, "kl") == doctest::Approx(sum(spent).item()).epsilon(1e-5));

  const auto generous = made("vae", {{"free-bits", 100.0}, {"reconstruction-weight", 0.0}});
  backward(loss_at(*generous, x, 0)[0].value);
  for (const auto& parameter : generous->parameters())
    if (parameter.grad().defined()) CHECK(max(abs(parameter.grad())).item() == 0);

  CHECK_THROWS_WITH_AS(made("vae", {{"free-bits", 1.0}, {"posterior", std::string("full")}}),
                       doctest::Contains("isotropic"), Error);
}

TEST_CASE("a capacity is met by the mean of the batch, not by each example") {
  const auto x = pictures(4);
  const auto model = made("capacity-beta-vae", {{"gamma", 100.0}, {"capacity", 7.0}});
  auto terms = loss_at(*model, x, 0);
  const double kl = value(terms, "kl");
  CHECK(value(terms, "capacity") == 7);
  CHECK(value(terms, "loss") ==
        doctest::Approx(value(terms, "reconstruction") + 100 * std::abs(kl - 7)).epsilon(1e-5));

  // At C = mean KL nothing is left of the second term, though no single example has that KL.
  auto capacity = model->scheduled_values()[0];
  CHECK(capacity.name == "capacity");
  const auto exact = static_cast<float>(kl);
  capacity.target.upload(std::span<const float>(&exact, 1));
  terms = loss_at(*model, x, 0);
  CHECK(value(terms, "loss") == doctest::Approx(value(terms, "reconstruction")).epsilon(1e-6));
  const auto first = model->kl_per_dimension(x.slice(0, 0, 1));
  CHECK(std::abs(sum(first).item() - kl) > 1e-4);

  // The default schedule begins at 0 nats.
  CHECK(made("capacity-beta-vae")->scheduled_values()[0].target.item() == 0);
}

TEST_CASE("a conditional VAE tells its networks the class") {
  for (const std::string arch : {"mlp", "conv"}) {
    CAPTURE(arch);
    manual_seed(5);
    const auto model = make_model("conditional-vae", small({9, 8, 2}, arch));
    CHECK(model->classes() == classes);
    const auto x = pictures(3, {9, 8, 2});
    const auto codes = model->encode(x, labels_of(3)).to_vector<float>();
    const std::vector<std::int32_t> others{1, 2, 0};
    const auto other = Tensor::from(std::span<const std::int32_t>(others), {3});
    CHECK(model->encode(x, other).to_vector<float>() != codes);
    const Tensor z = model->sample_prior(3);
    CHECK(model->decode(z, other).to_vector<float>() !=
          model->decode(z, labels_of(3)).to_vector<float>());
    // An unknown class is nobody's: all zeros.
    const std::vector<std::int32_t> unknown{-1, -1, -1};
    CHECK(model->decode(z, Tensor::from(std::span<const std::int32_t>(unknown), {3})).shape() ==
          x.shape());
    CHECK_THROWS_WITH_AS(model->encode(x), doctest::Contains("labels"), Error);
    CHECK_THROWS_WITH_AS(model->loss(x, x), doctest::Contains("labels"), Error);
  }
  auto unlabelled = small();
  unlabelled.classes = 0;
  CHECK_THROWS_WITH_AS(make_model("conditional-vae", unlabelled), doctest::Contains("labelled"),
                       Error);
  CHECK(make_model("vae", unlabelled)->classes() == 0);
}

TEST_CASE("a class moves into the decoder, so that the code need not hold it") {
  const auto& info = find_model("conditional-vae");
  Training conditional(info, small(), {.epochs = 30});
  conditional.run();
  Training plain(find_model("vae"), small(), {.epochs = 30});
  plain.run();
  CHECK(conditional.evaluated() < plain.evaluated());
  // The same code, another class: another square.
  const Tensor z = Tensor::zeros({3, 3});
  const Tensor images = conditional.model->decode(z, labels_of(3));
  CHECK(images[0].select(0, 0).select(0, 0).item() > images[2].select(0, 0).select(0, 0).item());
  CHECK(images[0].select(0, 5).select(0, 0).item() < images[2].select(0, 5).select(0, 0).item());
}
