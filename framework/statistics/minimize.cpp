#include "framework/statistics/minimize.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>
#include <utility>

namespace varve {
namespace {

using Vector = std::vector<double>;

double dot(const Vector& a, const Vector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

void add(Vector& to, double factor, const Vector& x) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += factor * x[i];
}

double largest(const Vector& x) {
  double most = 0;
  for (const double entry : x) most = std::max(most, std::abs(entry));
  return most;
}

/// What the last steps tell about the curvature.
class History {
 public:
  explicit History(int most) : most_(static_cast<std::size_t>(most)) {}

  void add_pair(Vector step, Vector change) {
    const double curvature = dot(step, change);
    if (curvature <= 1e-14 * dot(change, change)) return;  // rounding, not curvature
    pairs_.push_back({std::move(step), std::move(change), 1 / curvature});
    if (pairs_.size() > most_) pairs_.pop_front();
  }

  void clear() { pairs_.clear(); }
  bool empty() const { return pairs_.empty(); }

  /// -H gradient, by the two loops of Nocedal 1980.
  Vector direction(const Vector& gradient) const {
    Vector q = gradient;
    Vector alphas(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      alphas[i] = pairs_[i].rho * dot(pairs_[i].step, q);
      add(q, -alphas[i], pairs_[i].change);
    }
    if (!pairs_.empty()) {
      const auto& last = pairs_.back();
      const double scale = 1 / (last.rho * dot(last.change, last.change));
      for (auto& entry : q) entry *= scale;
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i)
      add(q, alphas[i] - pairs_[i].rho * dot(pairs_[i].change, q), pairs_[i].step);
    for (auto& entry : q) entry = -entry;
    return q;
  }

 private:
  struct Pair {
    Vector step, change;
    double rho;
  };
  std::size_t most_;
  std::deque<Pair> pairs_;
};

}  // namespace

Minimum minimize(const Objective& f, std::vector<double> start, const MinimizeOptions& options) {
  constexpr double descent = 1e-4;
  constexpr int most_halvings = 50;
  Minimum now{std::move(start), 0, 0, false};
  Vector gradient(now.x.size());
  now.value = f(now.x, gradient);
  History history(options.history);
  while (now.iterations < options.iterations) {
    if (largest(gradient) <= options.tolerance) break;
    Vector direction = history.direction(gradient);
    double length = history.empty() ? 1 / std::max(1.0, largest(gradient)) : 1.0;
    const double slope = dot(direction, gradient);
    Vector next = now.x;
    Vector next_gradient(gradient.size());
    double value = now.value;
    bool found = false;
    for (int halving = 0; halving < most_halvings && !found; ++halving, length /= 2) {
      next = now.x;
      add(next, length, direction);
      value = f(next, next_gradient);
      found = value <= now.value + descent * length * slope;
    }
    if (!found && history.empty()) break;  // no step descends: rounding is all that is left
    if (!found) {
      history.clear();
      continue;
    }
    ++now.iterations;
    Vector step = next;
    add(step, -1, now.x);
    Vector change = next_gradient;
    add(change, -1, gradient);
    history.add_pair(std::move(step), std::move(change));
    now.x = std::move(next);
    now.value = value;
    gradient = std::move(next_gradient);
  }
  now.converged = largest(gradient) <= options.tolerance;
  return now;
}

}  // namespace varve
