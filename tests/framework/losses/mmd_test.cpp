#include "framework/losses/mmd.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"

using namespace varve;

namespace {

double kernel_by_hand(Kernel kernel, const float* a, const float* b, std::size_t d) {
  double distance = 0;
  for (std::size_t i = 0; i < d; ++i) distance += (a[i] - b[i]) * (a[i] - b[i]);
  const auto size = static_cast<double>(d);
  if (kernel == Kernel::rbf) return std::exp(-distance / (2 * size));
  double total = 0;
  for (const double s : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0})
    total += 2 * size * s / (2 * size * s + distance);
  return total;
}

}  // namespace

TEST_CASE("the discrepancy is the unbiased estimator, pair by pair") {
  manual_seed(1);
  constexpr std::int64_t n = 5, d = 3;
  const Tensor x = randn({n, d}), y = randn({n, d}) + 0.5;
  const auto xs = x.to_vector<float>(), ys = y.to_vector<float>();
  for (const Kernel kernel : {Kernel::imq, Kernel::rbf}) {
    double want = 0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        const float *xi = &xs[i * d], *xj = &xs[j * d], *yi = &ys[i * d], *yj = &ys[j * d];
        if (i != j)
          want += (kernel_by_hand(kernel, xi, xj, d) + kernel_by_hand(kernel, yi, yj, d)) /
                  (n * (n - 1.0));
        want -= 2 * kernel_by_hand(kernel, xi, yj, d) / (1.0 * n * n);
      }
    CHECK(mmd(kernel, x, y).item() == doctest::Approx(want).epsilon(1e-4));
  }
}

TEST_CASE("of Gaussians it is the closed form, and 0 where they are the same") {
  // E k(a, b) for a ~ N(0, I), b ~ N(m, I): (h / (h + 2))^(d/2) exp(-|m|^2 / (2 (h + 2))), h = d.
  manual_seed(2);
  constexpr std::int64_t n = 1500, d = 4;
  const double h = d, shift = 0.7;
  const double same = std::pow(h / (h + 2), d / 2.0);
  const double other = same * std::exp(-d * shift * shift / (2 * (h + 2)));
  const Tensor x = randn({n, d}), y = randn({n, d});
  CHECK(mmd(Kernel::rbf, x, y + shift).item() == doctest::Approx(2 * (same - other)).epsilon(0.05));
  CHECK(std::abs(mmd(Kernel::rbf, x, y).item()) < 2e-3);
  CHECK(std::abs(mmd(Kernel::imq, x, y).item()) < 1e-2);
  CHECK(mmd(Kernel::imq, x, 0.3 * y).item() > 0.1);
}

TEST_CASE("an unbiased estimate of 0 falls to either side of it") {
  manual_seed(3);
  int negative = 0;
  for (int i = 0; i < 40; ++i)
    negative += mmd(Kernel::imq, randn({16, 2}), randn({16, 2})).item() < 0 ? 1 : 0;
  CHECK(negative > 5);
  CHECK(negative < 35);
}

TEST_CASE("gradients, single pairs, and shapes that do not fit") {
  manual_seed(4);
  for (const Kernel kernel : {Kernel::imq, Kernel::rbf}) {
    Tensor x = randn({4, 3}, DType::f64), y = randn({4, 3}, DType::f64);
    x.set_requires_grad();
    y.set_requires_grad();
    const auto result =
        gradcheck([&](const Tensors& in) { return mmd(kernel, in[0], in[1]); }, {x, y});
    CHECK_MESSAGE(result.ok, result.message);
  }
  CHECK(mmd(Kernel::imq, Tensor::ones({1, 3}), Tensor::zeros({1, 3})).item() == 0);
  CHECK_THROWS_AS(mmd(Kernel::imq, Tensor::ones({2, 3}), Tensor::zeros({3, 3})), Error);
  CHECK(parse_kernel("imq") == Kernel::imq);
  CHECK(parse_kernel("rbf") == Kernel::rbf);
}
