#include <cmath>
#include <numbers>

#include "framework/distributions/normal.h"
#include "models/vae/aggregate_posterior.h"
#include "models/vae/factor_vae.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

namespace {

/// A data set that can be counted out: N posteriors in two dimensions.
struct Toy {
  std::vector<double> mean0, mean1;
  double deviation;

  std::size_t size() const { return mean0.size(); }
  double log_density(double z0, double z1) const {
    double p = 0;
    for (std::size_t n = 0; n < size(); ++n) p += one(z0 - mean0[n]) * one(z1 - mean1[n]);
    return std::log(p / static_cast<double>(size()));
  }
  double log_marginals(double z0, double z1) const {
    double p0 = 0, p1 = 0;
    for (std::size_t n = 0; n < size(); ++n) {
      p0 += one(z0 - mean0[n]);
      p1 += one(z1 - mean1[n]);
    }
    const auto count = static_cast<double>(size());
    return std::log(p0 / count) + std::log(p1 / count);
  }
  /// E_q(z)[log q(z) - log q(z_0) q(z_1)], by quadrature on a square.
  double total_correlation() const {
    constexpr double step = 0.05, edge = 6;
    double tc = 0;
    for (double z0 = -edge; z0 <= edge; z0 += step)
      for (double z1 = -edge; z1 <= edge; z1 += step) {
        const double log_q = log_density(z0, z1);
        tc += std::exp(log_q) * (log_q - log_marginals(z0, z1)) * step * step;
      }
    return tc;
  }

 private:
  double one(double offset) const {
    const double scaled = offset / deviation;
    return std::exp(-0.5 * scaled * scaled) / (deviation * std::sqrt(2 * std::numbers::pi));
  }
};

/// Means on a line: the dimensions tell the same.
Toy correlated(std::size_t count) {
  Toy toy{{}, {}, 0.4};
  for (std::size_t n = 0; n < count; ++n) {
    const double place = 4 * static_cast<double>(n) / static_cast<double>(count - 1) - 2;
    toy.mean0.push_back(place);
    toy.mean1.push_back(0.8 * place);
  }
  return toy;
}

/// Means on a full grid: q(z) = q(z_0) q(z_1).
Toy independent(std::size_t side) {
  Toy toy{{}, {}, 0.4};
  for (std::size_t i = 0; i < side; ++i)
    for (std::size_t j = 0; j < side; ++j) {
      toy.mean0.push_back(static_cast<double>(i) - 2);
      toy.mean1.push_back(static_cast<double>(j) - 2);
    }
  return toy;
}

Posterior batch_of(const Toy& toy, const std::vector<std::size_t>& indices) {
  std::vector<float> means;
  for (const auto n : indices) {
    means.push_back(static_cast<float>(toy.mean0[n]));
    means.push_back(static_cast<float>(toy.mean1[n]));
  }
  const auto count = static_cast<std::int64_t>(indices.size());
  return {Tensor::from(std::span<const float>(means), {count, 2}),
          Tensor::full({count, 2}, 2 * std::log(toy.deviation))};
}

/// `size` different examples at random.
std::vector<std::size_t> drawn(PhiloxStream& random, std::size_t from, std::size_t size) {
  std::vector<std::size_t> all(from);
  for (std::size_t i = 0; i < from; ++i) all[i] = i;
  for (std::size_t i = 0; i < size; ++i)
    std::swap(all[i], all[i + random.below(static_cast<std::uint32_t>(from - i))]);
  all.resize(size);
  return all;
}

/// The estimate of the total correlation, a mean over batches.
double estimated(const Toy& toy, std::size_t batch, int batches) {
  PhiloxStream random(4, 0);
  manual_seed(12);
  double tc = 0;
  for (int b = 0; b < batches; ++b) {
    const Posterior q = batch_of(toy, drawn(random, toy.size(), batch));
    const auto [joint, marginals] =
        aggregate_density(q.sample(), q, static_cast<std::int64_t>(toy.size()));
    tc += mean(joint - sum(marginals, {1})).item() / batches;
  }
  return tc;
}

}  // namespace

TEST_CASE("the stratified weights: 1/N on the diagonal, rows that sum to 1") {
  const Tensor like = Tensor::zeros({});
  const auto weights = exp(stratified_log_weights(5, 100, like)).to_vector<float>();
  for (std::size_t i = 0; i < 5; ++i) {
    double row = 0;
    int rest = 0, stratum = 0;
    for (std::size_t j = 0; j < 5; ++j) {
      const double w = weights[i * 5 + j];
      row += w;
      if (i == j) {
        CHECK(w == doctest::Approx(1.0 / 100));
      } else {
        rest += w == doctest::Approx(1.0 / 4) ? 1 : 0;
        stratum += w == doctest::Approx((100.0 - 4) / (100 * 4)) ? 1 : 0;
      }
    }
    CHECK(row == doctest::Approx(1));
    CHECK(rest == 3);
    CHECK(stratum == 1);
  }
  CHECK(stratified_log_weights(1, 100, like).item() == 0);
  // A data set cannot be smaller than a batch of it.
  for (const float w : exp(sum(exp(stratified_log_weights(4, 0, like)), {1})).to_vector<float>())
    CHECK(std::log(w) == doctest::Approx(1));
}

TEST_CASE("over all batches there are, the estimate of q(z) has no bias") {
  const Toy toy = correlated(6);
  const Tensor z = Tensor::from({0.3F, -0.2F}).reshape({1, 2});
  const std::size_t self = 2;
  // Wherever in the batch the example stands that z was drawn from.
  for (std::int64_t row = 0; row < 4; ++row) {
    CAPTURE(row);
    double sum_of = 0;
    int count = 0;
    for (std::size_t a = 0; a < 6; ++a)
      for (std::size_t b = 0; b < 6; ++b)
        for (std::size_t c = 0; c < 6; ++c) {
          if (a == b || b == c || a == c || a == self || b == self || c == self) continue;
          std::vector<std::size_t> batch{a, b, c};
          batch.insert(batch.begin() + row, self);
          const auto [joint, marginals] =
              aggregate_density(z.expand({4, 2}), batch_of(toy, batch), 6);
          sum_of += std::exp(joint[row].item());
          ++count;
        }
    CHECK(count == 60);
    CHECK(std::log(sum_of / count) == doctest::Approx(toy.log_density(0.3F, -0.2F)).epsilon(1e-5));
  }
}

TEST_CASE("the total correlation converges to the exact value as the batch grows") {
  const Toy toy = correlated(120);
  const double exact = toy.total_correlation();
  CHECK(exact > 0.5);
  const double few = std::abs(estimated(toy, 8, 300) - exact);
  const double more = std::abs(estimated(toy, 30, 120) - exact);
  const double all = std::abs(estimated(toy, 120, 40) - exact);
  CHECK(few < 0.15);
  CHECK(more < few / 2);
  CHECK(all < 0.02);
}

TEST_CASE("independent dimensions have no total correlation, and none is found") {
  const Toy toy = independent(7);
  CHECK(std::abs(toy.total_correlation()) < 1e-6);
  CHECK(std::abs(estimated(toy, 49, 60)) < 0.05);
  CHECK(estimated(correlated(49), 49, 60) > 0.4);
}

TEST_CASE("beta = alpha = gamma = 1 is the VAE; each weight adds its own part") {
  const auto x = pictures(8);
  const auto at_step = [] { default_device().generator().set_step(3); };
  const auto terms_of = [&](double alpha, double beta, double gamma) {
    manual_seed(5);
    auto options = small();
    options.own = {{"alpha", alpha}, {"beta", beta}, {"gamma", gamma}};
    const auto model = make_model("beta-tcvae", options);
    at_step();
    return model->loss(x, x);
  };
  const auto plain = terms_of(1, 1, 1);
  manual_seed(5);
  const auto vae = make_model("vae", small());
  at_step();
  CHECK(plain[0].value.item() == doctest::Approx(vae->loss(x, x)[0].value.item()).epsilon(1e-6));
  const double rest = plain[0].value.item();
  for (const auto& [weights, name] : {std::pair{std::array{3.0, 1.0, 1.0}, "mutual_information"},
                                      {std::array{1.0, 3.0, 1.0}, "total_correlation"},
                                      {std::array{1.0, 1.0, 3.0}, "dimension_wise_kl"}}) {
    CAPTURE(name);
    const auto terms = terms_of(weights[0], weights[1], weights[2]);
    CHECK(terms[0].value.item() ==
          doctest::Approx(rest + 2 * term(terms, name).item()).epsilon(1e-5));
  }
  // The three parts are the KL, in expectation over z.
  const auto model = make_model("beta-tcvae", small());
  double parts = 0;
  for (std::uint64_t step = 0; step < 400; ++step) {
    default_device().generator().set_step(step);
    const auto terms = model->loss(x, x);
    for (const auto* name : {"mutual_information", "total_correlation", "dimension_wise_kl"})
      parts += term(terms, name).item() / 400;
  }
  CHECK(parts == doctest::Approx(term(model->loss(x, x), "kl").item()).epsilon(0.1));
}

TEST_CASE("permuted dimensions keep each dimension's values and forget their company") {
  manual_seed(6);
  const Tensor column = Tensor::arange(500).unsqueeze(1);
  const Tensor z = column.expand({500, 3});
  const Tensor shuffled = permuted_dimensions(z);
  std::vector<std::vector<float>> columns;
  for (std::int64_t j = 0; j < 3; ++j) {
    columns.push_back(shuffled.select(1, j).to_vector<float>());
    auto sorted = columns.back();
    CHECK_FALSE(std::is_sorted(sorted.begin(), sorted.end()));
    std::sort(sorted.begin(), sorted.end());
    CHECK(sorted == column.squeeze(1).to_vector<float>());
  }
  const Tensor centred = (shuffled - 249.5) / std::sqrt((500.0 * 500 - 1) / 12);
  const double correlation = mean(centred.select(1, 0) * centred.select(1, 1)).item();
  CHECK(std::abs(correlation) < 0.15);
  CHECK(columns[0] != columns[1]);
  CHECK(columns[1] != columns[2]);
}

TEST_CASE("a discriminator that knows nothing finds no total correlation and loses log 2") {
  const auto& info = find_model("factor-vae");
  const auto model = make_model("factor-vae", small_for(info));
  const auto x = pictures(9);
  for (auto [path, tensor] : model->named_parameters())
    if (path == "discriminator.4.weight" || path == "discriminator.4.bias")
      tensor.upload(
          std::span<const float>(std::vector<float>(static_cast<std::size_t>(tensor.numel()), 0)));
  const auto terms = model->loss(x, x);
  CHECK(term(terms, "total_correlation").item() == 0);
  CHECK(model->adversary_loss(x, x)[0].value.item() == doctest::Approx(std::log(2.0)));
  // A constant log ratio of 0.7 is what the estimate says, gamma times in the loss.
  set(*model, "discriminator.4.bias", {0.5F, -0.2F});
  const auto biased = model->loss(x, x);
  CHECK(term(biased, "total_correlation").item() == doctest::Approx(0.7));
  CHECK(biased[0].value.item() == doctest::Approx(term(biased, "reconstruction").item() +
                                                  term(biased, "kl").item() + 2 * 0.7));
  const double d = 1 / (1 + std::exp(-0.7));
  CHECK(model->adversary_loss(x, x)[0].value.item() ==
        doctest::Approx(-0.5 * (std::log(d) + std::log(1 - d))));
}
