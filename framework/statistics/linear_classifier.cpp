#include "framework/statistics/linear_classifier.h"

#include <algorithm>
#include <cmath>

#include "framework/core/error.h"
#include "framework/statistics/minimize.h"

namespace varve {
namespace {

void check(const char* where, const Matrix& x, std::span<const int> y, int classes) {
  if (x.rows != y.size() || x.rows == 0)
    fail(ErrorKind::usage, "[{}] got {} examples and {} labels, a label an example was needed",
         where, x.rows, y.size());
  for (const int label : y)
    if (label < 0 || label >= classes)
      fail(ErrorKind::usage, "[{}] label {} is outside 0 to {}", where, label, classes - 1);
}

/// Scores of one example: its features times a row of weights, plus the intercept behind them.
double score(std::span<const double> weights, std::span<const double> x) {
  double sum = weights[x.size()];
  for (std::size_t f = 0; f < x.size(); ++f) sum += weights[f] * x[f];
  return sum;
}

/// Turns scores into exp(score - log sum), and returns that log.
double softmax_in_place(std::span<double> scores) {
  const double top = *std::ranges::max_element(scores);
  double sum = 0;
  for (const double s : scores) sum += std::exp(s - top);
  const double log_sum = top + std::log(sum);
  for (auto& s : scores) s = std::exp(s - log_sum);
  return log_sum;
}

std::vector<double> class_weights(std::span<const int> y, int classes, bool balanced) {
  std::vector<double> weights(static_cast<std::size_t>(classes), 1.0);
  if (!balanced) return weights;
  std::vector<double> counts(weights.size(), 0);
  for (const int label : y) ++counts[static_cast<std::size_t>(label)];
  const auto present =
      static_cast<double>(std::ranges::count_if(counts, [](double n) { return n > 0; }));
  for (std::size_t k = 0; k < weights.size(); ++k)
    if (counts[k] > 0) weights[k] = static_cast<double>(y.size()) / (present * counts[k]);
  return weights;
}

/// One class against the rest: value and gradient divided by the number of examples.
class SquaredHinge {
 public:
  SquaredHinge(const Matrix& x, std::span<const int> y, std::span<const double> weights,
               double cost)
      : x_(x), y_(y), weights_(weights), cost_(cost) {}

  double operator()(int positive, std::span<const double> w, std::span<double> gradient) const {
    const double scale = 1 / static_cast<double>(x_.rows);
    double value = 0;
    for (std::size_t f = 0; f < w.size(); ++f) {
      value += w[f] * w[f] / 2 * scale;
      gradient[f] = w[f] * scale;
    }
    for (std::size_t i = 0; i < x_.rows; ++i) {
      const auto example = x_.row(i);
      const double sign = y_[i] == positive ? 1 : -1;
      const double slack = 1 - sign * score(w, example);
      if (slack <= 0) continue;
      const double c = cost_ * weights_[static_cast<std::size_t>(y_[i])] * scale;
      value += c * slack * slack;
      const double pull = -2 * c * slack * sign;
      for (std::size_t f = 0; f < example.size(); ++f) gradient[f] += pull * example[f];
      gradient[example.size()] += pull;
    }
    return value;
  }

 private:
  const Matrix& x_;
  std::span<const int> y_;
  std::span<const double> weights_;
  double cost_;
};

}  // namespace

std::vector<int> LinearClassifier::predict(const Matrix& x) const {
  if (x.columns + 1 != weights_.columns)
    fail(ErrorKind::usage, "[linear classifier] was fitted to {} features, got {}",
         weights_.columns - 1, x.columns);
  std::vector<int> classes(x.rows);
  for (std::size_t i = 0; i < x.rows; ++i) {
    double best = -HUGE_VAL;
    for (std::size_t k = 0; k < weights_.rows; ++k) {
      const double s = score(weights_.row(k), x.row(i));
      if (s <= best) continue;
      best = s;
      classes[i] = static_cast<int>(k);
    }
  }
  return classes;
}

LinearClassifier fit_logistic_regression(const Matrix& x, std::span<const int> y, int classes,
                                         double cost) {
  check("logistic regression", x, y, classes);
  const auto count = static_cast<std::size_t>(classes);
  const std::size_t width = x.columns + 1;
  const double scale = 1 / static_cast<double>(x.rows);
  const auto objective = [&](std::span<const double> w, std::span<double> gradient) {
    double value = 0;
    for (std::size_t at = 0; at < w.size(); ++at) {
      const bool intercept = at % width == x.columns;
      const double penalty = intercept ? 0 : scale / cost;
      value += penalty * w[at] * w[at] / 2;
      gradient[at] = penalty * w[at];
    }
    std::vector<double> p(count);
    for (std::size_t i = 0; i < x.rows; ++i) {
      const auto example = x.row(i);
      const auto label = static_cast<std::size_t>(y[i]);
      for (std::size_t k = 0; k < count; ++k) p[k] = score(w.subspan(k * width, width), example);
      const double right = p[label];
      value += (softmax_in_place(p) - right) * scale;
      p[label] -= 1;
      for (std::size_t k = 0; k < count; ++k) {
        const double pull = p[k] * scale;
        double* g = gradient.data() + k * width;
        for (std::size_t f = 0; f < x.columns; ++f) g[f] += pull * example[f];
        g[x.columns] += pull;
      }
    }
    return value;
  };
  Matrix weights(count, width);
  weights.values = minimize(objective, weights.values).x;
  return LinearClassifier(std::move(weights));
}

LinearClassifier fit_linear_svm(const Matrix& x, std::span<const int> y, int classes, double cost,
                                bool balanced) {
  check("linear svm", x, y, classes);
  const auto balance = class_weights(y, classes, balanced);
  const SquaredHinge hinge(x, y, balance, cost);
  Matrix weights(static_cast<std::size_t>(classes), x.columns + 1);
  for (int k = 0; k < classes; ++k) {
    const auto one = [&](std::span<const double> w, std::span<double> gradient) {
      return hinge(k, w, gradient);
    };
    const auto fitted = minimize(one, std::vector<double>(x.columns + 1, 0.0));
    std::ranges::copy(fitted.x, weights.row(static_cast<std::size_t>(k)).begin());
  }
  return LinearClassifier(std::move(weights));
}

double accuracy(std::span<const int> predicted, std::span<const int> truth) {
  if (predicted.size() != truth.size() || truth.empty())
    fail(ErrorKind::usage, "[accuracy] got {} predictions for {} labels", predicted.size(),
         truth.size());
  std::size_t right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) right += predicted[i] == truth[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(truth.size());
}

}  // namespace varve
