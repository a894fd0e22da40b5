#include "framework/losses/kl.h"

#include <doctest/doctest.h>

#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/losses/losses.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

using namespace varve;
using test::f64;

TEST_CASE("kl: of the standard normal from itself is 0, in every form and dimension") {
  // A printed special case, 1/2 ((s^2)^d + mu'mu - d log s^2), gives 1/2 here.
  for (const std::int64_t d : {1, 2, 5}) {
    CAPTURE(d);
    const auto zero = Tensor::zeros({3, d}, DType::f64), one = Tensor::zeros({3, 1}, DType::f64);
    const auto unit = Tensor::eye(d, DType::f64).expand({3, d, d});
    test::check_close(kl_diagonal(zero, zero), {0, 0, 0});
    test::check_close(kl_isotropic(zero, one), {0, 0, 0});
    test::check_close(sum_per_example(kl_diagonal_pair(zero, zero, zero, zero)), {0, 0, 0});
    test::check_close(kl_full(zero, unit, zero, unit), {0, 0, 0});
  }
}

TEST_CASE("kl: the isotropic form is 1/2 (d s^2 + mu'mu - d - d log s^2)") {
  const auto mu = f64({1, 2, -2}, {1, 3});
  const double want = 0.5 * (3 * 2.5 + 9 - 3 - 3 * std::log(2.5));
  test::check_close(kl_isotropic(mu, f64({std::log(2.5)}, {1, 1})), {want});
  // The other forms agree with it.
  const auto logvar = Tensor::full({1, 3}, std::log(2.5), DType::f64);
  const auto unit = Tensor::eye(3, DType::f64).reshape({1, 3, 3});
  test::check_close(kl_diagonal(mu, logvar), {want});
  test::check_close(sum_per_example(kl_diagonal_pair(mu, logvar, mu * 0, mu * 0)), {want});
  test::check_close(kl_full(mu, unit * std::sqrt(2.5), mu * 0, unit), {want});
}

TEST_CASE("kl: gradients") {
  const auto mu = test::leaf(test::wave(6), {2, 3}), logvar = test::leaf(test::wave(6, 1), {2, 3});
  const auto width = test::leaf({0.3, -0.6}, {2, 1});
  const auto diagonal =
      gradcheck([](const Tensors& in) { return kl_diagonal(in[0], in[1]); }, {mu, logvar});
  CHECK_MESSAGE(diagonal.ok, diagonal.message);
  const auto isotropic =
      gradcheck([](const Tensors& in) { return kl_isotropic(in[0], in[1]); }, {mu, width});
  CHECK_MESSAGE(isotropic.ok, isotropic.message);
}

TEST_CASE("kl: shapes must fit") {
  CHECK(test::contains(test::error_of(ErrorKind::usage,
                                      [] {
                                        kl_diagonal(Tensor::ones({2, 3}), Tensor::ones({2, 1}));
                                      }),
                       "[kl_diagonal]"));
}
