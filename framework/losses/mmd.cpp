#include "framework/losses/mmd.h"

#include "framework/core/error.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

/// |a_i - b_j|^2: [n, m]. Distances do not depend on the origin: it is moved to the middle of b,
/// since far from it the norms cancel.
Tensor squared_distances(const Tensor& from, const Tensor& to) {
  const Tensor middle = mean(to, {0}, true).detach();
  const Tensor a = from - middle, b = to - middle;
  const Tensor norms = sum(square(a), {1}).unsqueeze(1) + sum(square(b), {1}).unsqueeze(0);
  return relu(norms - 2 * matmul(a, b.transpose()));
}

/// The mean over pairs of different rows.
Tensor mean_off_diagonal(const Tensor& matrix) {
  const auto n = static_cast<double>(matrix.size(0));
  return (sum(matrix) - sum(matrix.diagonal())) / (n * (n - 1));
}

}  // namespace

Kernel parse_kernel(std::string_view name) {
  if (name == "rbf") return Kernel::rbf;
  if (name == "imq") return Kernel::imq;
  fail(ErrorKind::usage, "[mmd] unknown kernel '{}': imq and rbf are known", name);
}

Tensor kernel_matrix(Kernel kernel, const Tensor& a, const Tensor& b) {
  if (a.rank() != 2 || b.rank() != 2 || a.size(1) != b.size(1) || a.size(1) == 0 || b.size(0) == 0)
    fail(ErrorKind::usage,
         "[kernel_matrix] needs rows of one length, (n, d) and (m, d), got {} and {}",
         a.shape().str(), b.shape().str());
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
  if (x.rank() != 2 || x.size(0) == 0)
    fail(ErrorKind::usage, "[mmd] needs rows, (n, d) with n of 1 or more, got {}", x.shape().str());
  if (x.size(0) == 1) return Tensor::zeros({}, x.dtype(), x.device());
  return mean_off_diagonal(kernel_matrix(kernel, x, x)) +
         mean_off_diagonal(kernel_matrix(kernel, y, y)) - 2 * mean(kernel_matrix(kernel, x, y));
}

}  // namespace varve
