#include <cmath>
#include <numbers>

#include "models/networks/mlp.h"
#include "models/vae/iwae.h"
#include "models/vae/vae.h"
#include "tests/models/support.h"

// The strongest oracle there is: with a linear decoder and Gaussian noise (probabilistic PCA) the
// likelihood is known, x ~ N(b, W W' + sigma^2 I), and so is the posterior.

using namespace varve;
using namespace varve::test;

namespace {

constexpr std::int64_t latent = 3;
constexpr std::int64_t pixels = 64;
constexpr double sigma = 0.4;

using Matrix = std::vector<std::vector<double>>;

Matrix zeros(std::size_t rows, std::size_t columns) {
  return Matrix(rows, std::vector<double>(columns, 0));
}

/// L with L L' = a.
Matrix cholesky(const Matrix& a) {
  Matrix l = zeros(a.size(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double rest = a[i][j];
      for (std::size_t k = 0; k < j; ++k) rest -= l[i][k] * l[j][k];
      l[i][j] = i == j ? std::sqrt(rest) : rest / l[j][j];
    }
  return l;
}

std::vector<double> solve_lower(const Matrix& l, std::vector<double> b) {
  for (std::size_t i = 0; i < b.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= l[i][k] * b[k];
    b[i] /= l[i][i];
  }
  return b;
}

Matrix inverse(const Matrix& a) {
  const Matrix l = cholesky(a);
  Matrix out = zeros(a.size(), a.size());
  Matrix columns;  // of L^-1
  for (std::size_t j = 0; j < a.size(); ++j) {
    std::vector<double> unit(a.size(), 0);
    unit[j] = 1;
    columns.push_back(solve_lower(l, unit));
  }
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < a.size(); ++j)
      for (std::size_t k = 0; k < a.size(); ++k) out[i][j] += columns[i][k] * columns[j][k];
  return out;
}

/// W [pixels][latent] and b that the decoders below have.
struct Decoder {
  Matrix weight = zeros(pixels, latent);
  std::vector<double> bias = std::vector<double>(pixels);

  Decoder() {
    PhiloxStream random(21, 0);
    for (auto& row : weight)
      for (auto& entry : row) entry = 0.4 * random.uniform() - 0.2;
    for (auto& entry : bias) entry = random.uniform();
  }
};

double exact_log_likelihood(const Decoder& decoder, const float* x) {
  Matrix covariance = zeros(pixels, pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    covariance[i][i] = sigma * sigma;
    for (std::size_t j = 0; j < pixels; ++j)
      for (std::size_t k = 0; k < latent; ++k)
        covariance[i][j] += decoder.weight[i][k] * decoder.weight[j][k];
  }
  const Matrix l = cholesky(covariance);
  std::vector<double> offset;
  for (std::size_t i = 0; i < pixels; ++i) offset.push_back(x[i] - decoder.bias[i]);
  double log_p = -0.5 * pixels * std::log(2 * std::numbers::pi);
  for (const double y : solve_lower(l, offset)) log_p -= 0.5 * y * y;
  for (std::size_t i = 0; i < pixels; ++i) log_p -= std::log(l[i][i]);
  return log_p;
}

/// No hidden layers: encoder and decoder are linear.
ModelParts linear() {
  return {.example = {8, 8, 1},
          .latent = latent,
          .likelihood = make_likelihood("gaussian", {.scale = sigma}),
          .networks = std::make_shared<Mlp>(MlpConfig{.hidden = {}}),
          .init = "fan-in"};  // small: posteriors near the prior, and means of few draws will do
}

void give(Model& model, const Decoder& decoder) {
  std::vector<float> weight, bias(decoder.bias.begin(), decoder.bias.end());
  for (const auto& row : decoder.weight) weight.insert(weight.end(), row.begin(), row.end());
  set(model, "decoder.0.weight", weight);
  set(model, "decoder.0.bias", bias);
}

/// Makes the encoder of a full covariance give p(z | x) = N(M^-1 W'(x - b) / sigma^2, M^-1),
/// M = I + W'W / sigma^2.
void give_exact_posterior(Model& model, const Decoder& decoder) {
  Matrix precision = zeros(latent, latent);
  for (std::size_t i = 0; i < latent; ++i) {
    precision[i][i] = 1;
    for (std::size_t j = 0; j < latent; ++j)
      for (std::size_t p = 0; p < pixels; ++p)
        precision[i][j] += decoder.weight[p][i] * decoder.weight[p][j] / (sigma * sigma);
  }
  const Matrix covariance = inverse(precision);
  const Matrix l = cholesky(covariance);
  const auto outputs = static_cast<std::size_t>(posterior_parameters(Covariance::full, latent));
  std::vector<float> weight(outputs * pixels, 0), bias(outputs, 0);
  for (std::size_t i = 0; i < latent; ++i) {
    double shift = 0;
    for (std::size_t p = 0; p < pixels; ++p) {
      double entry = 0;
      for (std::size_t k = 0; k < latent; ++k)
        entry += covariance[i][k] * decoder.weight[p][k] / (sigma * sigma);
      weight[i * pixels + p] = static_cast<float>(entry);
      shift -= entry * decoder.bias[p];
    }
    bias[i] = static_cast<float>(shift);
    bias[latent + i] = static_cast<float>(2 * std::log(l[i][i]));
  }
  std::size_t next = 2 * latent;
  for (std::size_t i = 0; i < latent; ++i)
    for (std::size_t j = 0; j < i; ++j) bias[next++] = static_cast<float>(l[i][j]);
  set(model, "encoder.1.weight", weight);
  set(model, "encoder.1.bias", bias);
}

/// The mean over images and groups of k draws of log 1/k sum w.
double bound(const Tensor& log_weights, std::int64_t k) {
  const Shape groups{log_weights.size(0), log_weights.size(1) / k, k};
  return mean(logsumexp(log_weights.reshape(groups), {2})).item() -
         std::log(static_cast<double>(k));
}

}  // namespace

TEST_CASE("ELBO <= IWAE-5 <= IWAE-50 <= log p(x), and the bound converges to it") {
  const Decoder decoder;
  const auto x = pictures(6);
  double exact = 0;
  const auto values = x.to_vector<float>();
  for (std::size_t i = 0; i < 6; ++i)
    exact += exact_log_likelihood(decoder, values.data() + i * pixels) / 6;

  manual_seed(2);
  Vae made({}, linear());
  Model& model = made;
  give(model, decoder);
  const Tensor weights = model.log_importance_weights(x, 20000);
  const double elbo = bound(weights, 1), five = bound(weights, 5), fifty = bound(weights, 50);
  CHECK(elbo < five - 0.1);
  CHECK(five < fifty - 0.1);
  CHECK(fifty < exact - 0.01);
  CHECK(bound(weights, 1000) < exact + 0.02);
  CHECK(bound(weights, 20000) == doctest::Approx(exact).epsilon(0.05 / std::abs(exact)));

  // The loss of a VAE is minus that ELBO.
  default_device().generator().set_step(1);
  Vae averaged({.samples = 4000}, linear());
  averaged.load_state(bits(model));
  CHECK(-averaged.loss(x, x, {})[0].value.item() == doctest::Approx(elbo).epsilon(0.002));
}

TEST_CASE("the IWAE's loss is the bound, and one draw is the VAE's") {
  const Decoder decoder;
  const auto x = pictures(6);
  manual_seed(2);
  Iwae one({.samples = 1}, linear());
  Iwae fifty({.samples = 50}, linear());
  give(one, decoder);
  fifty.load_state(bits(one));
  const auto mean_loss = [&](Iwae& model) {
    double sum_of = 0;
    for (std::uint64_t step = 0; step < 200; ++step) {
      default_device().generator().set_step(step);
      sum_of += model.loss(x, x, {})[0].value.item() / 200;
    }
    return sum_of;
  };
  const Tensor weights = one.log_importance_weights(x, 20000, {});
  CHECK(-mean_loss(one) == doctest::Approx(bound(weights, 1)).epsilon(0.01));
  CHECK(-mean_loss(fifty) == doctest::Approx(bound(weights, 50)).epsilon(0.003));

  // The parts are those of the ordinary bound: their sum is minus the ELBO.
  const auto terms = fifty.loss(x, x, {});
  CHECK(-(term(terms, "reconstruction").item() + term(terms, "kl").item()) ==
        doctest::Approx(bound(weights, 1)).epsilon(0.05));
  CHECK(terms[0].value.item() < term(terms, "reconstruction").item() + term(terms, "kl").item());
}

TEST_CASE("with the exact posterior, which a full covariance holds, every weight is log p(x)") {
  const Decoder decoder;
  const auto x = pictures(6);
  manual_seed(2);
  Vae made({.posterior = Covariance::full}, linear());
  Model& model = made;
  give(model, decoder);
  give_exact_posterior(model, decoder);
  const auto weights = model.log_importance_weights(x, 20).to_vector<float>();
  const auto values = x.to_vector<float>();
  double exact_mean = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    const double exact = exact_log_likelihood(decoder, values.data() + i * pixels);
    exact_mean += exact / 6;
    for (std::size_t k = 0; k < 20; ++k)
      CHECK(weights[i * 20 + k] == doctest::Approx(exact).epsilon(1e-4));
  }
  // Then the ELBO is tight. Its one draw is noisy, its expectation is not.
  double elbo = 0;
  for (std::uint64_t step = 0; step < 400; ++step) {
    default_device().generator().set_step(step);
    elbo -= model.loss(x, x)[0].value.item() / 400;
  }
  CHECK(elbo == doctest::Approx(exact_mean).epsilon(0.005));
}
