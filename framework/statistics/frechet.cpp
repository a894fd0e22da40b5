#include "framework/statistics/frechet.h"

#include <algorithm>
#include <cmath>

#include "framework/core/error.h"
#include "framework/statistics/eigen.h"

namespace varve {

double frechet_distance(std::span<const double> mean0, const Matrix& covariance0,
                        std::span<const double> mean1, const Matrix& covariance1) {
  const std::size_t d = mean0.size();
  for (const auto size :
       {mean1.size(), covariance0.rows, covariance0.columns, covariance1.rows, covariance1.columns})
    if (size != d)
      fail(ErrorKind::usage,
           "[frechet_distance] means and covariances of two Gaussians over one space were needed, "
           "got sizes {} and {}",
           d, size);
  double distance = 0;
  for (std::size_t i = 0; i < d; ++i) {
    distance += (mean0[i] - mean1[i]) * (mean0[i] - mean1[i]);
    distance += covariance0(i, i) + covariance1(i, i);
  }
  const Matrix root = symmetric_sqrt(covariance0);
  for (const double value : symmetric_eigen(multiply(multiply(root, covariance1), root)).values)
    distance -= 2 * std::sqrt(std::max(value, 0.0));
  return std::max(distance, 0.0);
}

double frechet_distance(const Matrix& samples0, const Matrix& samples1) {
  return frechet_distance(column_means(samples0), covariance(samples0), column_means(samples1),
                          covariance(samples1));
}

}  // namespace varve
