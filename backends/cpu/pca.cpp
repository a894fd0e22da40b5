#include "backends/cpu/pca.h"

#include <algorithm>
#include <cmath>
#include <xtensor-blas/xlinalg.hpp>
#include <xtensor/xadapt.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include "framework/core/error.h"

namespace varve::cpu {
namespace {

using Matrix = xt::xtensor<double, 2>;

Matrix covariance(const Array& data) {
  const auto rows = static_cast<std::size_t>(data.shape[0]);
  const auto columns = static_cast<std::size_t>(data.shape[1]);
  const auto values = data.as<float>();
  Matrix centred({rows, columns});
  std::copy(values.begin(), values.end(), centred.begin());
  const xt::xtensor<double, 1> mean = xt::mean(centred, {0});
  centred -= mean;
  const Matrix turned = xt::transpose(centred);
  Matrix out = xt::linalg::dot(turned, centred);
  out /= static_cast<double>(rows);
  return out;
}

}  // namespace

Pca principal_components(const Array& data, std::int64_t count) {
  if (data.shape.size() != 2 || data.shape[0] < 1 || count < 1 || count > data.shape[1])
    fail(ErrorKind::usage, "[pca] cannot take {} components of data of shape {}", count,
         data.shape.str());
  const auto features = static_cast<std::size_t>(data.shape[1]);
  const auto eigen = xt::linalg::eigh(covariance(data));
  const xt::xtensor<double, 1> variances = std::get<0>(eigen);  // ascending
  const Matrix vectors = std::get<1>(eigen);                    // in columns
  const double total = xt::sum(xt::maximum(variances, 0.0))();

  Pca out{Array::zeros({count, data.shape[1]}, DType::f64), {}};
  double* component = out.components.as<double>().data();
  for (std::int64_t k = 0; k < count; ++k, component += features) {
    const std::size_t column = features - 1 - static_cast<std::size_t>(k);
    for (std::size_t j = 0; j < features; ++j) component[j] = vectors(j, column);
    const double* greatest =
        std::max_element(component, component + features,
                         [](double a, double b) { return std::abs(a) < std::abs(b); });
    if (*greatest < 0)
      std::transform(component, component + features, component, [](double x) { return -x; });
    out.share.push_back(total > 0 ? std::max(variances(column), 0.0) / total : 0);
  }
  return out;
}

}  // namespace varve::cpu
