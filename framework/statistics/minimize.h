#pragma once

#include <functional>
#include <span>
#include <vector>

namespace varve {

/// A smooth function: returns f(x) and writes its gradient.
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

struct MinimizeOptions {
  int iterations = 200;
  double tolerance = 1e-6;  ///< ends when no entry of the gradient is larger
  int history = 10;         ///< pairs of steps and gradient changes that are remembered
};

struct Minimum {
  std::vector<double> x;
  double value = 0;
  int iterations = 0;
  bool converged = false;  ///< the gradient met the tolerance
};

/// The minimum of a convex function by L-BFGS (Liu and Nocedal 1989) with steps halved until they
/// descend enough (Armijo's rule).
Minimum minimize(const Objective& f, std::vector<double> start,
                 const MinimizeOptions& options = {});

}  // namespace varve
