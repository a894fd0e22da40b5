#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/statistics/matrix.h"

namespace varve {

struct BoostingOptions {
  int rounds = 100;            ///< each adds a tree a class
  double learning_rate = 0.1;  ///< what a tree counts
  int depth = 3;               ///< at most 2^depth leaves a tree
  int bins = 255;              ///< values of a feature that splits tell apart, at most 255
};

/// Gradient-boosted trees for classification: Friedman 2001, "Greedy function approximation",
/// algorithm 6 (K-class logistic boosting). Every round fits one regression tree a class to the
/// residuals y - p by least squares, with Newton steps in the leaves. A feature is cut into bins by
/// its quantiles first, and splits lie between bins.
class GradientBoosting {
 public:
  /// Fits x [n, features] to y in [0, classes), classes of at least 2. Throws ErrorKind::usage if a
  /// label is outside, the numbers of rows differ, or an option is out of range.
  GradientBoosting(const Matrix& x, std::span<const int> y, int classes,
                   const BoostingOptions& options = {});

  /// The likeliest class of each row.
  std::vector<int> predict(const Matrix& x) const;
  /// How much of the squared error the splits on each feature took away, as shares of 1; zeros if
  /// nothing was split. Breiman et al. 1984; Friedman 2001, equation 44.
  const std::vector<double>& importance() const { return importance_; }

 private:
  struct Branch {  ///< an inner node; a leaf if `feature` is below 0
    int feature = -1;
    int bin = 0;  ///< at most this bin: left
    std::size_t left = 0, right = 0;
    double value = 0;  ///< of a leaf
  };
  using Tree = std::vector<Branch>;
  class Grower;

  std::vector<std::uint8_t> bins_of(const Matrix& x) const;

  int classes_;
  std::vector<std::vector<double>> edges_;  ///< by feature: bin b holds values up to edges[b]
  std::vector<double> base_;                ///< log share of each class
  std::vector<Tree> trees_;                 ///< rounds x classes
  std::vector<double> importance_;
};

}  // namespace varve
