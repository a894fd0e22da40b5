#pragma once

#include <span>

#include "framework/statistics/matrix.h"

namespace varve {

/// The squared Frechet (2-Wasserstein) distance of two Gaussians (Dowson and Landau 1982):
///
///     |m0 - m1|^2 + tr(S0 + S1 - 2 (S0^1/2 S1 S0^1/2)^1/2)
///
/// Means [d], covariances [d, d] symmetric. Never below 0, and 0 only for equal Gaussians. Throws
/// ErrorKind::usage if the sizes differ.
double frechet_distance(std::span<const double> mean0, const Matrix& covariance0,
                        std::span<const double> mean1, const Matrix& covariance1);

/// The same of the Gaussians fitted to two sets of samples, one a row. The estimate is biased
/// upwards by the number of samples: compare only figures of equal numbers.
double frechet_distance(const Matrix& samples0, const Matrix& samples1);

}  // namespace varve
