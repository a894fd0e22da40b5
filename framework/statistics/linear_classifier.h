#pragma once

#include <span>
#include <vector>

#include "framework/statistics/matrix.h"

namespace varve {

/// The class whose linear score is greatest.
class LinearClassifier {
 public:
  /// A row a class: the weight of each feature, then the intercept.
  explicit LinearClassifier(Matrix weights) : weights_(std::move(weights)) {}

  Matrix weights() const { return weights_; }
  /// The class of each row of x. Throws ErrorKind::usage if the features differ in number.
  std::vector<int> predict(const Matrix& x) const;

 private:
  Matrix weights_;
};

/// Multinomial logistic regression: minimises |W|^2 / 2 + cost sum_i -log p(y_i | x_i); intercepts
/// are free. x [n, features], y in [0, classes). Throws ErrorKind::usage if a label is outside or
/// the numbers of rows differ.
LinearClassifier fit_logistic_regression(const Matrix& x, std::span<const int> y, int classes,
                                         double cost = 1.0);

/// A linear support vector machine with the squared hinge, one class against the rest: for each
/// class it minimises (|w|^2 + b^2) / 2 + cost sum_i c_i max(0, 1 - s_i (w x_i + b))^2, s_i = 1 for
/// the class and -1 for the rest (Fan et al. 2008, LIBLINEAR). `balanced` weighs every example by
/// c_i = n / (classes n_class), so that rare classes count as much as others. Errors as above.
LinearClassifier fit_linear_svm(const Matrix& x, std::span<const int> y, int classes, double cost,
                                bool balanced);

/// The share of equal entries. Throws ErrorKind::usage if the lengths differ or are 0.
double accuracy(std::span<const int> predicted, std::span<const int> truth);

}  // namespace varve
