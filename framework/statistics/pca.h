#pragma once

#include <cstdint>
#include <vector>

#include "framework/core/array.h"

namespace varve {

struct Pca {
  Array components;           ///< f64 [count, features]: orthonormal rows, most variance first
  std::vector<double> share;  ///< of the whole variance, a row; zeros if there is none
};

/// The first `count` principal components of f32 [examples, features]: eigenvectors of the
/// covariance. The greatest entry of each is positive, so that the result does not depend on the
/// library's choice of sign. Throws ErrorKind::usage unless 1 <= count <= features and there is an
/// example, ErrorKind::non_finite if an entry is not finite.
Pca principal_components(const Array& data, std::int64_t count);

}  // namespace varve
