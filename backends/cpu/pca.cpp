#include "backends/cpu/pca.h"

#include <algorithm>
#include <cmath>
#include <xtensor-blas/xlinalg.hpp>
#include <xtensor/xadapt.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include "backends/cpu/blas_call.h"
#include "framework/core/error.h"

namespace varve::cpu {
namespace {

using Matrix = xt::xtensor<double, 2>;

/// The data in double, less their mean.
Matrix centred(const Array& data) {
  const auto values = data.as<float>();
  Matrix out({static_cast<std::size_t>(data.shape[0]), static_cast<std::size_t>(data.shape[1])});
  std::copy(values.begin(), values.end(), out.begin());
  const xt::xtensor<double, 1> mean = xt::mean(out, {0});
  out -= mean;
  return out;
}

/// Variances, ascending, and the axes that they lie along, in columns.
struct Axes {
  xt::xtensor<double, 1> variances;
  Matrix vectors;
};

Axes eigen(Matrix product, std::size_t rows) {
  product /= static_cast<double>(rows);
  const auto found = xt::linalg::eigh(product);
  return {std::get<0>(found), std::get<1>(found)};
}

/// Makes column k orthogonal to those behind it, and of length 1. What is left of nothing is taken
/// from the unit vector that they cover least.
void complete(Matrix& vectors, std::size_t k) {
  auto column = xt::view(vectors, xt::all(), k);
  const auto reject = [&] {
    for (std::size_t other = k + 1; other < vectors.shape(1); ++other) {
      const auto behind = xt::view(vectors, xt::all(), other);
      const double along = xt::sum(column * behind)();
      column -= along * behind;
    }
    return std::sqrt(xt::sum(xt::square(column))());
  };
  double length = reject();
  if (!(length > 0.5)) {
    const auto later = xt::view(vectors, xt::all(), xt::range(k + 1, vectors.shape(1)));
    const xt::xtensor<double, 1> covered = xt::sum(xt::square(later), {1});
    column = xt::zeros<double>({vectors.shape(0)});
    const auto least = std::min_element(covered.begin(), covered.end()) - covered.begin();
    vectors(static_cast<std::size_t>(least), k) = 1;
    length = reject();
  }
  column /= length;
}

/// Of data with fewer examples than features the covariance has the eigenvalues of the smaller
/// matrix of products of examples, and the axes follow from its eigenvectors: the last `count`.
Axes axes_of_wide(const Matrix& data, std::size_t count) {
  const Matrix turned = xt::transpose(data);
  const std::size_t rows = data.shape(0);
  const Axes small = eigen(xt::linalg::dot(data, turned), rows);
  Axes out{xt::zeros<double>({count}), xt::zeros<double>({data.shape(1), count})};
  const double total = xt::sum(xt::maximum(small.variances, 0.0))();
  for (std::size_t k = count; k-- > 0;) {
    if (count - k <= rows) {
      const std::size_t from = rows - (count - k);
      const double variance = small.variances(from);
      if (variance > 1e-12 * total) {
        out.variances(k) = variance;
        const xt::xtensor<double, 1> weights = xt::view(small.vectors, xt::all(), from);
        xt::view(out.vectors, xt::all(), k) =
            xt::linalg::dot(turned, weights) / std::sqrt(static_cast<double>(rows) * variance);
      }
    }
    complete(out.vectors, k);
  }
  return out;
}

}  // namespace

Pca principal_components(const Array& data, std::int64_t count) {
  if (data.shape.size() != 2 || data.shape[0] < 1 || count < 1 || count > data.shape[1])
    fail(ErrorKind::usage, "[pca] cannot take {} components of data of shape {}", count,
         data.shape.str());
  const BlasCall call;
  const auto rows = static_cast<std::size_t>(data.shape[0]);
  const auto features = static_cast<std::size_t>(data.shape[1]);
  const Matrix matrix = centred(data);
  const double total = xt::sum(xt::square(matrix))() / static_cast<double>(rows);
  const Axes axes = rows < features
                        ? axes_of_wide(matrix, static_cast<std::size_t>(count))
                        : eigen(xt::linalg::dot(Matrix(xt::transpose(matrix)), matrix), rows);

  Pca out{Array::zeros({count, data.shape[1]}, DType::f64), {}};
  double* component = out.components.as<double>().data();
  for (std::int64_t k = 0; k < count; ++k, component += features) {
    const std::size_t column = axes.variances.size() - 1 - static_cast<std::size_t>(k);
    for (std::size_t j = 0; j < features; ++j) component[j] = axes.vectors(j, column);
    const double* greatest =
        std::max_element(component, component + features,
                         [](double a, double b) { return std::abs(a) < std::abs(b); });
    if (*greatest < 0)
      std::transform(component, component + features, component, [](double x) { return -x; });
    out.share.push_back(total > 0 ? std::max(axes.variances(column), 0.0) / total : 0);
  }
  return out;
}

}  // namespace varve::cpu
