#include "models/evaluation/disentanglement.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "framework/statistics/gradient_boosting.h"
#include "framework/statistics/information.h"
#include "framework/statistics/linear_classifier.h"

namespace varve::evaluation {
namespace {

/// Each score draws from a stream of its own.
enum class Stream : std::uint64_t { split = 1, beta_vae, factor_vae };

PhiloxStream stream_of(const ScoreOptions& options, Stream stream) {
  return {options.seed, static_cast<std::uint64_t>(stream)};
}

/// Examples in two disjoint parts, drawn at random.
struct Parts {
  std::vector<std::size_t> train, test;
};

Parts split(const FactorCodes& codes, const ScoreOptions& options) {
  std::vector<std::size_t> order(codes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  PhiloxStream rng = stream_of(options, Stream::split);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[rng.below(static_cast<std::uint32_t>(i))]);
  auto train = static_cast<std::size_t>(options.train);
  auto test = static_cast<std::size_t>(options.test);
  if (train + test > order.size()) {
    train = std::max<std::size_t>(1, order.size() * train / (train + test));
    test = order.size() - train;
  }
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(train);
  return {{order.begin(), middle}, {middle, middle + static_cast<std::ptrdiff_t>(test)}};
}

std::vector<int> values_at(const std::vector<int>& values, std::span<const std::size_t> indices) {
  std::vector<int> out;
  for (const auto index : indices) out.push_back(values[index]);
  return out;
}

int kinds_of(const std::vector<int>& values) { return *std::ranges::max_element(values) + 1; }

/// The greatest of the values less the second greatest; 0 in the place of one that is missing.
double gap(std::vector<double> values) {
  std::ranges::sort(values, std::greater{});
  return values[0] - (values.size() > 1 ? values[1] : 0);
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Score score_of(std::vector<double> by_factor) { return {mean_of(by_factor), std::move(by_factor)}; }

/// 1 - H(p) / log n of n weights made to sum to 1; 1 when there is but one.
double concentration(std::span<const double> weights) {
  constexpr double tiny = 1e-11;
  if (weights.size() < 2) return 1;
  double total = 0;
  for (const double w : weights) total += w + tiny;
  double nats = 0;
  for (const double w : weights) {
    const double p = (w + tiny) / total;
    nats -= p * std::log(p);
  }
  return 1 - nats / std::log(static_cast<double>(weights.size()));
}

/// Accuracy on the votes for each factor, and on all.
Score score_of_votes(std::span<const int> predicted, std::span<const int> truth,
                     std::size_t factors) {
  std::vector<double> right(factors, 0), all(factors, 0);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    ++all[static_cast<std::size_t>(truth[i])];
    if (predicted[i] == truth[i]) ++right[static_cast<std::size_t>(truth[i])];
  }
  for (std::size_t f = 0; f < factors; ++f) right[f] = all[f] > 0 ? right[f] / all[f] : 0;
  return {accuracy(predicted, truth), std::move(right)};
}

/// Votes of the FactorVAE score: the dimension that varies least, by the factor that was fixed.
struct Votes {
  std::vector<int> dimension, factor;
};

/// `variance` is that of each dimension over all examples; 0 for those that do not vote.
Votes draw_votes(const FactorCodes& codes, std::span<const double> variance,
                 const FactorSampler& sampler, std::int64_t count, std::int64_t batch,
                 PhiloxStream& rng) {
  Votes votes;
  Matrix drawn(static_cast<std::size_t>(batch), codes.codes.columns);
  for (std::int64_t vote = 0; vote < count; ++vote) {
    const auto factor = rng.below(static_cast<std::uint32_t>(codes.factors.size()));
    const std::size_t like = sampler.any(rng);
    for (std::size_t i = 0; i < drawn.rows; ++i)
      std::ranges::copy(codes.codes.row(sampler.alike(factor, like, rng)), drawn.row(i).begin());
    const auto local = column_variances(drawn, true);
    std::size_t least = 0;
    double least_share = HUGE_VAL;
    for (std::size_t d = 0; d < local.size(); ++d) {
      if (variance[d] == 0 || local[d] / variance[d] >= least_share) continue;
      least = d;
      least_share = local[d] / variance[d];
    }
    votes.dimension.push_back(static_cast<int>(least));
    votes.factor.push_back(static_cast<int>(factor));
  }
  return votes;
}

/// Features of the BetaVAE score, and the factors that were fixed.
struct Differences {
  Matrix features;
  std::vector<int> factor;
};

Differences draw_differences(const FactorCodes& codes, const FactorSampler& sampler,
                             std::int64_t count, std::int64_t batch, PhiloxStream& rng) {
  Differences out{Matrix(static_cast<std::size_t>(count), codes.codes.columns), {}};
  for (std::size_t vote = 0; vote < out.features.rows; ++vote) {
    const auto factor = rng.below(static_cast<std::uint32_t>(codes.factors.size()));
    const auto feature = out.features.row(vote);
    for (std::int64_t pair = 0; pair < batch; ++pair) {
      const std::size_t one = sampler.any(rng);
      const auto a = codes.codes.row(one);
      const auto b = codes.codes.row(sampler.alike(factor, one, rng));
      for (std::size_t d = 0; d < feature.size(); ++d)
        feature[d] += std::abs(a[d] - b[d]) / static_cast<double>(batch);
    }
    out.factor.push_back(static_cast<int>(factor));
  }
  return out;
}

}  // namespace

Score mutual_information_gap(const FactorCodes& codes, const ScoreOptions& options) {
  ScoreOptions points = options;
  points.test = 0;
  const auto chosen = split(codes, points).train;
  std::vector<std::vector<int>> binned;
  for (std::size_t d = 0; d < codes.codes.columns; ++d)
    binned.push_back(histogram_bins(codes.codes.rows_at(chosen).column(d), options.bins));
  std::vector<double> by_factor;
  for (const auto& all : codes.values) {
    const auto values = values_at(all, chosen);
    std::vector<double> information;
    for (const auto& dimension : binned)
      information.push_back(mutual_information(dimension, values));
    const double nats = entropy(values);
    by_factor.push_back(nats > 0 ? gap(information) / nats : 0);
  }
  return score_of(std::move(by_factor));
}

Score separated_attribute_predictability(const FactorCodes& codes, const ScoreOptions& options) {
  const auto [train, test] = split(codes, options);
  const Matrix train_codes = codes.codes.rows_at(train);
  const Matrix test_codes = codes.codes.rows_at(test);
  std::vector<double> by_factor;
  for (const auto& all : codes.values) {
    const auto train_values = values_at(all, train);
    const auto test_values = values_at(all, test);
    std::vector<double> accuracies;
    for (std::size_t d = 0; d < train_codes.columns; ++d) {
      const std::vector<std::size_t> one{d};
      const auto machine = fit_linear_svm(train_codes.columns_at(one), train_values, kinds_of(all),
                                          options.svm_cost, true);
      accuracies.push_back(accuracy(machine.predict(test_codes.columns_at(one)), test_values));
    }
    by_factor.push_back(gap(std::move(accuracies)));
  }
  return score_of(std::move(by_factor));
}

Dci dci_of_importance(Matrix importance) {
  Dci out;
  double total = 0;
  for (const double weight : importance.values) total += weight;
  for (std::size_t d = 0; d < importance.rows && total > 0; ++d) {
    const auto row = importance.row(d);
    const double share = std::accumulate(row.begin(), row.end(), 0.0) / total;
    out.disentanglement += share * concentration(row);
  }
  for (std::size_t f = 0; f < importance.columns && total > 0; ++f) {
    const auto column = importance.column(f);
    const double share = std::accumulate(column.begin(), column.end(), 0.0) / total;
    out.completeness += share * concentration(column);
  }
  out.importance = std::move(importance);
  return out;
}

Dci dci(const FactorCodes& codes, const ScoreOptions& options) {
  const auto [train, test] = split(codes, options);
  const Matrix train_codes = codes.codes.rows_at(train);
  const Matrix test_codes = codes.codes.rows_at(test);
  Matrix importance(codes.codes.columns, codes.factors.size());
  std::vector<double> accuracies;
  for (std::size_t f = 0; f < codes.factors.size(); ++f) {
    const auto& all = codes.values[f];
    const GradientBoosting trees(train_codes, values_at(all, train), kinds_of(all));
    accuracies.push_back(accuracy(trees.predict(test_codes), values_at(all, test)));
    for (std::size_t d = 0; d < importance.rows; ++d) importance(d, f) = trees.importance()[d];
  }
  Dci out = dci_of_importance(std::move(importance));
  out.informativeness = mean_of(accuracies);
  out.accuracy = std::move(accuracies);
  return out;
}

Score beta_vae_score(const FactorCodes& codes, const ScoreOptions& options) {
  const FactorSampler sampler(codes);
  PhiloxStream rng = stream_of(options, Stream::beta_vae);
  const auto train = draw_differences(codes, sampler, options.train, options.batch, rng);
  const auto test = draw_differences(codes, sampler, options.test, options.batch, rng);
  const auto factors = codes.factors.size();
  const auto fitted =
      fit_logistic_regression(train.features, train.factor, static_cast<int>(factors));
  return score_of_votes(fitted.predict(test.features), test.factor, factors);
}

Score factor_vae_score(const FactorCodes& codes, const ScoreOptions& options) {
  const std::size_t factors = codes.factors.size();
  auto variance = column_variances(codes.codes, true);
  bool any = false;
  for (auto& value : variance) {
    if (std::sqrt(value) < options.prune) value = 0;
    any = any || value > 0;
  }
  if (!any) return {0, std::vector<double>(factors, 0)};
  const FactorSampler sampler(codes);
  PhiloxStream rng = stream_of(options, Stream::factor_vae);
  const auto train = draw_votes(codes, variance, sampler, options.train, options.batch, rng);
  const auto test = draw_votes(codes, variance, sampler, options.test, options.batch, rng);

  Matrix counts(codes.codes.columns, factors);
  for (std::size_t i = 0; i < train.factor.size(); ++i)
    ++counts(static_cast<std::size_t>(train.dimension[i]),
             static_cast<std::size_t>(train.factor[i]));
  std::vector<int> predicted;
  for (const int dimension : test.dimension) {
    const auto row = counts.row(static_cast<std::size_t>(dimension));
    predicted.push_back(static_cast<int>(std::ranges::max_element(row) - row.begin()));
  }
  return score_of_votes(predicted, test.factor, factors);
}

}  // namespace varve::evaluation
