#include <cmath>
#include <numbers>

#include "models/vae/learned_prior_vae.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

namespace {

/// Two components in one dimension: 0.25 N(-1, 0.5^2) + 0.75 N(2, 1).
GaussianMixture two_bumps() {
  return {Tensor::from({-1, 2}).reshape({2, 1}),
          Tensor::from({static_cast<float>(2 * std::log(0.5)), 0}).reshape({2, 1}),
          Tensor::from({static_cast<float>(std::log(0.25)), static_cast<float>(std::log(0.75))})};
}

double by_hand(double z) {
  const double scale = 1 / std::sqrt(2 * std::numbers::pi);
  return 0.25 * scale / 0.5 * std::exp(-0.5 * (z + 1) * (z + 1) / 0.25) +
         0.75 * scale * std::exp(-0.5 * (z - 2) * (z - 2));
}

}  // namespace

TEST_CASE("a mixture's density is the sum of its parts, and integrates to 1") {
  const double step = 0.01;
  const Tensor z = Tensor::arange(2000, -8, step).unsqueeze(1);
  const auto log_p = two_bumps().log_prob(z).to_vector<float>();
  double integral = 0;
  for (std::size_t i = 0; i < log_p.size(); ++i) {
    CHECK(std::exp(log_p[i]) ==
          doctest::Approx(by_hand(-8 + step * static_cast<double>(i))).epsilon(1e-3).scale(1e-4));
    integral += std::exp(log_p[i]) * step;
  }
  CHECK(integral == doctest::Approx(1).epsilon(1e-3));
}

TEST_CASE("draws from a mixture have its mean, variance and weights") {
  manual_seed(3);
  const Tensor z = two_bumps().sample(20000);
  CHECK(z.shape() == Shape{20000, 1});
  const double first = -0.25 + 0.75 * 2, second = 0.25 * (1 + 0.25) + 0.75 * (4 + 1);
  CHECK(mean(z).item() == doctest::Approx(first).epsilon(0.03));
  CHECK(variance(z).item() == doctest::Approx(second - first * first).epsilon(0.03));
  const auto values = z.to_vector<float>();
  const auto left = std::count_if(values.begin(), values.end(), [](float v) { return v < 0; });
  // P(z < 0) of the parts: 0.97725 and 0.02275.
  CHECK(static_cast<double>(left) / 20000 ==
        doctest::Approx(0.25 * 0.97725 + 0.75 * 0.02275).epsilon(0.04));
}

TEST_CASE("the VampPrior is the mean of the posteriors of its pseudo-inputs") {
  manual_seed(4);
  VampPriorVae vamp({.inputs = 5}, {.example = {8, 8, 1}, .latent = 3});
  const Tensor u = vamp.pseudo_inputs();
  CHECK(u.shape() == Shape{5, 8, 8, 1});
  CHECK(min(u).item() > 0);
  CHECK(max(u).item() < 1);
  const Posterior q = vamp.posterior(u);
  const Tensor z = randn({7, 3});
  Tensor sum_of = Tensor::zeros({7});
  for (std::int64_t k = 0; k < 5; ++k) {
    const Posterior one(q.mean().slice(0, k, k + 1), q.logvar().slice(0, k, k + 1));
    sum_of = sum_of + exp(one.log_prob(z)) / 5.0;
  }
  CHECK(max(abs(vamp.log_prior(z) - log(sum_of))).item() < 1e-5);
  const VampPriorVae unbounded(
      {.inputs = 5}, {.example = {8, 8, 1}, .likelihood = make_likelihood("gaussian")});
  CHECK(min(unbounded.pseudo_inputs()).item() < 0);
}

TEST_CASE("the loss is minus the ELBO with the prior's own density") {
  const auto x = pictures(6);
  for (const std::string name : {"mixture-prior-vae", "vamp-prior-vae"}) {
    CAPTURE(name);
    manual_seed(5);
    const auto model = make_model(name, small_for(find_model(name)));
    CHECK(model->prior() == PriorKind::learned);
    // One draw with weight log p(x|z) + log p(z) - log q(z|x), at the same noise.
    default_device().generator().set_step(3);
    const auto terms = model->loss(x, x);
    default_device().generator().set_step(3);
    const double elbo = mean(model->log_importance_weights(x, 1)).item();
    CHECK(terms[0].value.item() == doctest::Approx(-elbo).epsilon(1e-5));
    CHECK(terms[0].value.item() ==
          doctest::Approx(term(terms, "reconstruction").item() + term(terms, "kl").item()));
  }
}

TEST_CASE("a mixture of one standard component is the VAE's prior") {
  auto options = small();
  options.own["components"] = std::int64_t{1};
  const auto model = make_model("mixture-prior-vae", options);
  set(*model, "prior_mean", {0, 0, 0});
  const auto vae = make_model("vae", small());
  const Tensor z = randn({5, 3});
  CHECK(max(abs(model->log_prior(z) - vae->log_prior(z))).item() < 1e-5);
}

TEST_CASE("a trained prior moves to the codes") {
  for (const std::string name : {"mixture-prior-vae", "vamp-prior-vae"}) {
    CAPTURE(name);
    const auto& info = find_model(name);
    Training training(info, small_for(info), {.epochs = 40});
    const State before = bits(*training.model);
    training.run();
    CHECK(difference(before, bits(*training.model)) != "");
    training.train.start(0);
    const Tensor x = Tensor::from(training.train.next()->input);
    const Tensor codes = training.model->sample_posterior(x);
    const Tensor own = training.model->log_prior(codes);
    const Tensor far = training.model->log_prior(codes + 4);
    CHECK(mean(own).item() > mean(far).item() + 2);
  }
}
