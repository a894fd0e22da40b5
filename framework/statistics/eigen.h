#pragma once

#include <vector>

#include "framework/statistics/matrix.h"

namespace varve {

struct Eigen {
  std::vector<double> values;  ///< rising
  Matrix vectors;              ///< column i belongs to values[i]; orthonormal
};

/// The eigenvalues and eigenvectors of a symmetric matrix (its lower half is not read), by the
/// library of host_linalg(). Throws ErrorKind::usage if it is not square, ErrorKind::non_finite if
/// an entry is not finite, ErrorKind::device without a library.
Eigen symmetric_eigen(const Matrix& symmetric);

/// The symmetric square root of a positive semi-definite matrix; eigenvalues that rounding has made
/// negative count as 0. Errors as symmetric_eigen.
Matrix symmetric_sqrt(const Matrix& symmetric);

}  // namespace varve
