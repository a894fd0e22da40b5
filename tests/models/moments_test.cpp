#include <cmath>

#include "framework/core/error.h"
#include "framework/losses/mmd.h"
#include "models/vae/dip_vae.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

namespace {

using Own = std::map<std::string, OptionValue, std::less<>>;

Terms terms_of(const std::string& name, Own own, const Tensor& x) {
  manual_seed(5);
  auto options = small();
  options.own = std::move(own);
  const auto model = make_model(name, options);
  default_device().generator().set_step(3);
  return model->loss(x, x);
}

double value(const Terms& terms, std::string_view name) { return term(terms, name).item(); }

}  // namespace

TEST_CASE("the covariance is over the batch, by definition") {
  const Tensor x = Tensor::from({1, 2, 3, 0, 5, 4}).reshape({3, 2});
  // Means 3 and 2; squares and products of the differences (-2, 0), (0, -2), (2, 2), over 3.
  const auto covariance = batch_covariance(x).to_vector<float>();
  const std::vector<double> want{8.0 / 3, 4.0 / 3, 4.0 / 3, 8.0 / 3};
  for (std::size_t i = 0; i < 4; ++i) CHECK(covariance[i] == doctest::Approx(want[i]));
}

TEST_CASE("DIP-VAE: the penalty on means (I) or on the aggregate posterior (II)") {
  const auto x = pictures(6);
  manual_seed(5);
  const auto vae = make_model("vae", small());
  const auto [mean_code, variance_of] = vae->posterior_moments(x);
  const auto means = mean_code.to_vector<float>(), variances = variance_of.to_vector<float>();
  for (const std::string variant : {"i", "ii"}) {
    CAPTURE(variant);
    double off = 0, on = 0;
    for (std::size_t a = 0; a < 3; ++a)
      for (std::size_t b = 0; b < 3; ++b) {
        double ma = 0, mb = 0, entry = 0;
        for (std::size_t n = 0; n < 6; ++n) {
          ma += means[n * 3 + a] / 6;
          mb += means[n * 3 + b] / 6;
        }
        for (std::size_t n = 0; n < 6; ++n)
          entry += (means[n * 3 + a] - ma) * (means[n * 3 + b] - mb) / 6;
        if (variant == "ii" && a == b)
          for (std::size_t n = 0; n < 6; ++n) entry += variances[n * 3 + a] / 6;
        (a == b ? on : off) += std::pow(a == b ? entry - 1 : entry, 2);
      }
    const auto terms = terms_of("dip-vae", {{"variant", variant}, {"lambda-od", 5.0}}, x);
    // The paper's choice: lambda_d = 10 lambda_od (I), lambda_od (II).
    const double want = 5 * off + (variant == "i" ? 50 : 5) * on;
    CHECK(value(terms, "covariance_penalty") == doctest::Approx(want).epsilon(1e-4));
    CHECK(value(terms, "loss") ==
          doctest::Approx(value(terms, "reconstruction") + value(terms, "kl") + want));
    const auto own =
        terms_of("dip-vae", {{"variant", variant}, {"lambda-od", 5.0}, {"lambda-d", 0.0}}, x);
    CHECK(value(own, "covariance_penalty") == doctest::Approx(5 * off).epsilon(1e-4));
  }
}

TEST_CASE("InfoVAE with alpha = 0 and lambda = 1 is the VAE; alpha = 1 drops the KL") {
  const auto x = pictures(6);
  manual_seed(5);
  const auto vae = make_model("vae", small());
  default_device().generator().set_step(3);
  CHECK(value(terms_of("info-vae", {{"alpha", 0.0}, {"lambda", 1.0}}, x), "loss") ==
        doctest::Approx(vae->loss(x, x)[0].value.item()).epsilon(1e-6));
  const auto mmd_vae = terms_of("info-vae", {{"alpha", 1.0}, {"lambda", 20.0}}, x);
  CHECK(value(mmd_vae, "loss") ==
        doctest::Approx(value(mmd_vae, "reconstruction") + 20 * value(mmd_vae, "mmd")));
  const auto both = terms_of("info-vae", {{"alpha", -1.0}, {"lambda", 20.0}}, x);
  CHECK(value(both, "loss") == doctest::Approx(value(both, "reconstruction") +
                                               2 * value(both, "kl") + 18 * value(both, "mmd")));
  CHECK_THROWS_WITH_AS(terms_of("info-vae", {{"alpha", -5.0}, {"lambda", 2.0}}, x),
                       doctest::Contains("at least 1"), Error);
}

TEST_CASE("WAE: a deterministic code, pulled towards the prior as a whole") {
  const auto x = pictures(6);
  const auto terms = terms_of("wae-mmd", {{"lambda", 3.0}}, x);
  CHECK(value(terms, "loss") ==
        doctest::Approx(value(terms, "reconstruction") + 3 * value(terms, "mmd")));
  const auto model = make_model("wae-mmd", small());
  CHECK(model->encode(x).to_vector<float>() == model->sample_posterior(x).to_vector<float>());

  // The pull shows: the codes of trained models are nearer to N(0, I) with it than without.
  const auto& info = find_model("wae-mmd");
  std::vector<double> discrepancies;
  for (const double lambda : {0.0, 100.0}) {
    auto options = small();
    options.own["lambda"] = lambda;
    Training training(info, options, {.epochs = 30});
    training.run();
    training.train.start(0);
    const Tensor codes = training.model->encode(Tensor::from(training.train.next()->input));
    double total = 0;
    for (int i = 0; i < 50; ++i)
      total += mmd(Kernel::imq, codes, training.model->sample_prior(codes.size(0))).item() / 50;
    discrepancies.push_back(total);
  }
  CHECK(discrepancies[1] < 0.5 * discrepancies[0]);
}
