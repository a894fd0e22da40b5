#include "framework/losses/mmd.h"

#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

/// |a_i - b_j|^2: [n, m].
Tensor squared_distances(const Tensor& a, const Tensor& b) {
  const Tensor norms = sum(square(a), {1}).unsqueeze(1) + sum(square(b), {1}).unsqueeze(0);
  return norms - 2 * matmul(a, b.transpose());
}

/// The mean over pairs of different rows.
Tensor mean_off_diagonal(const Tensor& matrix) {
  const auto n = static_cast<double>(matrix.size(0));
  return (sum(matrix) - sum(matrix.diagonal())) / (n * (n - 1));
}

}  // namespace

Kernel parse_kernel(std::string_view name) { return name == "rbf" ? Kernel::rbf : Kernel::imq; }

Tensor kernel_matrix(Kernel kernel, const Tensor& a, const Tensor& b) {
  const auto d = static_cast<double>(a.size(1));
  const Tensor distances = squared_distances(a, b);
  if (kernel == Kernel::rbf) return exp(distances * (-0.5 / d));
  Tensor total;
  for (const double scale : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0}) {
    const double c = 2 * d * scale;
    const Tensor one = c / (distances + c);
    total = total.defined() ? total + one : one;
  }
  return total;
}

Tensor mmd(Kernel kernel, const Tensor& x, const Tensor& y) {
  require_same_shape(x, y, "mmd");
  if (x.size(0) == 1) return Tensor::zeros({}, x.dtype(), x.device());
  return mean_off_diagonal(kernel_matrix(kernel, x, x)) +
         mean_off_diagonal(kernel_matrix(kernel, y, y)) - 2 * mean(kernel_matrix(kernel, x, y));
}

}  // namespace varve
