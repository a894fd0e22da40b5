#include "models/evaluation/latent.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "framework/core/error.h"
#include "framework/core/philox.h"

namespace varve::evaluation {
namespace {

constexpr double used_share = 0.01;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// The q-quantile: the least value that at least that share of the values does not exceed.
double quantile_of(std::span<const double> values, double q) {
  std::vector<double> sorted(values.begin(), values.end());
  const auto place =
      static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())) - 1);
  const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(place, sorted.size() - 1));
  std::nth_element(sorted.begin(), at, sorted.end());
  return *at;
}

std::vector<double> lengths(const Matrix& from, const Matrix& to) {
  std::vector<double> out(from.rows);
  for (std::size_t r = 0; r < from.rows; ++r) {
    double squares = 0;
    for (std::size_t c = 0; c < from.columns; ++c) {
      const double d = to(r, c) - from(r, c);
      squares += d * d;
    }
    out[r] = std::sqrt(squares);
  }
  return out;
}

/// Of each row of `points`, the distance to the nearest row of `reference`.
std::vector<double> nearest_distances(const Matrix& points, const Matrix& reference) {
  std::vector<double> out(points.rows);
  for (std::size_t p = 0; p < points.rows; ++p) {
    double nearest = std::numeric_limits<double>::infinity();
    const auto point = points.row(p);
    for (std::size_t r = 0; r < reference.rows; ++r) {
      const auto other = reference.row(r);
      double squares = 0;
      for (std::size_t c = 0; c < point.size() && squares < nearest; ++c)
        squares += (point[c] - other[c]) * (point[c] - other[c]);
      nearest = std::min(nearest, squares);
    }
    out[p] = std::sqrt(nearest);
  }
  return out;
}

/// Brings codes to the dimensions in use, each in units of its spread.
class Scale {
 public:
  Scale(const Matrix& mean, const Matrix& draws) : used_(used_dimensions(mean)) {
    const auto variance = column_variances(draws);
    for (const auto dimension : used_)
      deviation_.push_back(variance[dimension] > 0 ? std::sqrt(variance[dimension]) : 1);
  }
  Matrix operator()(const Matrix& codes) const {
    Matrix out = codes.columns_at(used_);
    for (std::size_t r = 0; r < out.rows; ++r)
      for (std::size_t c = 0; c < out.columns; ++c) out(r, c) /= deviation_[c];
    return out;
  }
  std::size_t used() const { return used_.size(); }

 private:
  std::vector<std::size_t> used_;
  std::vector<double> deviation_;
};

/// Rows [first, first + count).
Matrix part(const Matrix& x, std::size_t first, std::size_t count) {
  std::vector<std::size_t> indices(std::min(count, x.rows - first));
  std::iota(indices.begin(), indices.end(), first);
  return x.rows_at(indices);
}

/// The codes in random order: data often come by class, or along a grid of factors.
Codes shuffled(const Codes& codes) {
  std::vector<std::size_t> order(codes.mean.rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  PhiloxStream rng(0, 0);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[rng.below(static_cast<std::uint32_t>(i))]);
  Codes out{codes.mean.rows_at(order), codes.draw.rows_at(order), {}, {}};
  if (codes.variance.rows > 0) out.variance = codes.variance.rows_at(order);
  for (const auto i : order)
    if (!codes.labels.empty()) out.labels.push_back(codes.labels[i]);
  return out;
}

/// log det of a covariance, by Cholesky's factor; minus infinity if it is singular.
double log_determinant(Matrix a) {
  double sum = 0;
  for (std::size_t k = 0; k < a.rows; ++k) {
    double pivot = a(k, k);
    for (std::size_t c = 0; c < k; ++c) pivot -= a(k, c) * a(k, c);
    if (!(pivot > 0)) return -std::numeric_limits<double>::infinity();
    sum += std::log(pivot);
    a(k, k) = std::sqrt(pivot);
    for (std::size_t r = k + 1; r < a.rows; ++r) {
      for (std::size_t c = 0; c < k; ++c) a(r, k) -= a(r, c) * a(k, c);
      a(r, k) /= a(k, k);
    }
  }
  return sum;
}

void describe_range(const Matrix& mean, LatentFigures& figures) {
  figures.mean = column_means(mean);
  figures.deviation = column_variances(mean);
  for (auto& value : figures.deviation) value = std::sqrt(value);
  for (std::size_t c = 0; c < mean.columns; ++c) {
    const auto [low, high] = std::ranges::minmax(mean.column(c));
    figures.low.push_back(low);
    figures.high.push_back(high);
  }
}

void describe_classes(const Codes& codes, LatentFigures& figures) {
  if (codes.labels.empty()) return;
  const int classes = *std::ranges::max_element(codes.labels) + 1;
  figures.class_log_area = class_log_areas(codes.mean, codes.labels, classes);
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const double area : figures.class_log_area) {
    if (!std::isfinite(area)) continue;
    low = std::min(low, area);
    high = std::max(high, area);
  }
  if (high >= low) figures.class_area_ratio = std::exp(high - low);
}

}  // namespace

std::int64_t active_units(const Matrix& mean) {
  return std::ranges::count_if(column_variances(mean),
                               [](double variance) { return variance > active_variance; });
}

std::vector<std::size_t> used_dimensions(const Matrix& mean) {
  const auto variance = column_variances(mean);
  const double most = *std::ranges::max_element(variance);
  std::vector<std::size_t> used;
  for (std::size_t c = 0; c < variance.size(); ++c)
    if (variance[c] >= used_share * most) used.push_back(c);
  return used;
}

std::vector<double> kl_of_moments(const Matrix& mean, const Matrix& variance) {
  if (mean.rows != variance.rows || mean.columns != variance.columns)
    fail(ErrorKind::usage, "[kl] means are ({}, {}) and variances ({}, {}), one shape was needed",
         mean.rows, mean.columns, variance.rows, variance.columns);
  std::vector<double> kl(mean.columns, 0);
  for (std::size_t r = 0; r < mean.rows; ++r)
    for (std::size_t c = 0; c < mean.columns; ++c) {
      const double v = variance(r, c);
      kl[c] += (mean(r, c) * mean(r, c) + v - 1 - std::log(v)) / 2;
    }
  for (auto& nats : kl) nats /= static_cast<double>(mean.rows);
  return kl;
}

std::vector<double> kl_to_all_codes(const Matrix& mean, const Matrix& variance) {
  const auto within = column_means(variance), between = column_variances(mean),
             middle = column_means(mean);
  Matrix means = mean, variances = variance;
  for (std::size_t r = 0; r < mean.rows; ++r)
    for (std::size_t c = 0; c < mean.columns; ++c) {
      const double all = within[c] + between[c];
      means(r, c) = (mean(r, c) - middle[c]) / std::sqrt(all);
      variances(r, c) = variance(r, c) / all;
    }
  return kl_of_moments(means, variances);
}

Holes find_holes(const Matrix& reference, const Matrix& held_out, const Matrix& samples,
                 double quantile) {
  Holes holes;
  holes.distance = quantile_of(nearest_distances(held_out, reference), quantile);
  const auto distances = nearest_distances(samples, reference);
  const auto far =
      std::ranges::count_if(distances, [&](double distance) { return distance > holes.distance; });
  holes.rate = static_cast<double>(far) / static_cast<double>(distances.size());
  return holes;
}

double continuity(const Decoder& decode, const Matrix& from, const Matrix& to, int steps) {
  double sum = 0;
  std::size_t pairs = 0;
  for (std::size_t pair = 0; pair < from.rows; ++pair) {
    Matrix line(static_cast<std::size_t>(steps) + 1, from.columns);
    for (std::size_t t = 0; t < line.rows; ++t) {
      const double share = static_cast<double>(t) / steps;
      for (std::size_t c = 0; c < line.columns; ++c)
        line(t, c) = (1 - share) * from(pair, c) + share * to(pair, c);
    }
    const Array images = decode(line);
    const auto pixels = images.as<float>();
    const std::size_t each = pixels.size() / line.rows;
    const auto distance = [&](std::size_t a, std::size_t b) {
      double squares = 0;
      for (std::size_t i = 0; i < each; ++i) {
        const double d = pixels[a * each + i] - pixels[b * each + i];
        squares += d * d;
      }
      return std::sqrt(squares);
    };
    double fastest = 0;
    for (std::size_t t = 0; t + 1 < line.rows; ++t) fastest = std::max(fastest, distance(t, t + 1));
    if (!(fastest > 0)) continue;
    sum += distance(0, line.rows - 1) / (steps * fastest);
    ++pairs;
  }
  return pairs == 0 ? not_a_number : sum / static_cast<double>(pairs);
}

double completeness(std::span<const double> code_trips, std::span<const double> sample_trips,
                    double quantile) {
  const double longest = quantile_of(code_trips, quantile);
  const auto back =
      std::ranges::count_if(sample_trips, [&](double trip) { return trip <= longest; });
  return static_cast<double>(back) / static_cast<double>(sample_trips.size());
}

double sure_share(std::span<const double> reference, std::span<const double> sureness,
                  double quantile) {
  const double least = quantile_of(reference, 1 - quantile);
  const auto sure = std::ranges::count_if(sureness, [&](double p) { return p >= least; });
  return static_cast<double>(sure) / static_cast<double>(sureness.size());
}

std::vector<double> class_log_areas(const Matrix& codes, std::span<const int> labels, int classes) {
  const Matrix used = codes.columns_at(used_dimensions(codes));
  std::vector<std::vector<std::size_t>> members(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] >= 0) members.at(static_cast<std::size_t>(labels[i])).push_back(i);
  std::vector<double> areas;
  for (const auto& rows : members)
    areas.push_back(rows.size() <= used.columns ? not_a_number
                                                : log_determinant(covariance(used.rows_at(rows))) /
                                                      static_cast<double>(used.columns));
  return areas;
}

double gaussian_total_correlation(const Matrix& codes) {
  const Matrix spread = covariance(codes.columns_at(used_dimensions(codes)));
  double sum = -log_determinant(spread);
  for (std::size_t c = 0; c < spread.columns; ++c) sum += std::log(spread(c, c));
  return sum / 2;
}

LatentFigures latent_figures(Model& model, const Codes& in_order, const LatentOptions& options) {
  constexpr std::size_t fewest = 20;
  if (in_order.mean.rows < fewest)
    fail(ErrorKind::usage, "[latent] needs the codes of at least {} examples, got {}", fewest,
         in_order.mean.rows);
  if (in_order.mean.columns > widest_code)
    fail(ErrorKind::usage,
         "[latent] describes codes of up to {} dimensions, and these have {}: train with a smaller "
         "--latent",
         widest_code, in_order.mean.columns);
  const Codes codes = shuffled(in_order);
  LatentFigures figures;
  describe_range(codes.mean, figures);
  describe_classes(codes, figures);
  figures.total_correlation = gaussian_total_correlation(codes.draw);

  const Scale scale(codes.mean, codes.draw);
  figures.used = scale.used();
  HostModel host(model);
  const std::size_t half = codes.draw.rows / 2;
  const auto count = [half](std::int64_t wanted) {
    return std::min(half, static_cast<std::size_t>(wanted));
  };
  const Matrix samples = host.prior_codes(count(options.samples), codes.draw);
  figures.fitted_prior = model.prior() == PriorKind::none;
  const Matrix scaled = scale(codes.draw);
  figures.holes = find_holes(part(scaled, 0, half), part(scaled, half, half), scale(samples));

  const std::span<const int> labels = codes.labels;
  const auto some_labels = labels.first(std::min(labels.size(), count(options.trips)));
  const auto trips = [&](const Matrix& starts) {
    return lengths(scale(starts), scale(host.round_trip(starts, some_labels)));
  };
  figures.completeness = completeness(trips(part(codes.draw, 0, count(options.trips))),
                                      trips(part(samples, 0, count(options.trips))));

  const std::size_t pairs = count(options.pairs);
  const Decoder decode = [&](const Matrix& line) {
    const std::vector<int> first_label(labels.empty() ? 0 : line.rows,
                                       labels.empty() ? 0 : labels[0]);
    return host.decode(line, first_label);
  };
  figures.continuity =
      continuity(decode, part(codes.mean, 0, pairs), part(codes.mean, half, pairs));
  return figures;
}

}  // namespace varve::evaluation
