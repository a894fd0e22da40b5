#include "framework/losses/losses.h"

#include <doctest/doctest.h>

#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

using namespace varve;
using test::contains;
using test::error_of;
using test::f64;

TEST_CASE("losses: sums over all axes but the first, and the mean over the batch") {
  const auto x = f64({1, 2, 3, 4, 5, 6, 7, 8}, {2, 2, 2, 1});
  test::check_close(sum_per_example(x), {10, 26});
  CHECK(batch_mean(sum_per_example(x)).item() == 18);
  test::check_close(sum_per_example(f64({1, 2}, {2})), {1, 2});
  CHECK(contains(error_of(ErrorKind::usage, [] { sum_per_example(Tensor::ones({})); }), "scalar"));
  CHECK(contains(error_of(ErrorKind::usage, [&] { batch_mean(x); }), "(2, 2, 2, 1)"));
}

TEST_CASE("losses: values an example") {
  const auto p = f64({1, 2, 3, 4}, {2, 2}), t = f64({1, 0, 0, 4.5}, {2, 2});
  test::check_close(squared_error(p, t), {4, 9.25});
  test::check_close(absolute_error(p, t), {2, 3.5});
  test::check_close(huber(p, t), {1.5, 2.5 + 0.125});
  test::check_close(huber(p, t, 2.5), {2, 2.5 * (3 - 1.25) + 0.125});
  const auto logits = f64({0, 2, -3, 1}, {2, 2}), x = f64({1, 0, 0.5, 1}, {2, 2});
  const auto term = [](double l, double v) { return std::log1p(std::exp(l)) - v * l; };
  test::check_close(binary_cross_entropy_with_logits(logits, x),
                    {term(0, 1) + term(2, 0), term(-3, 0.5) + term(1, 1)});
}

TEST_CASE("losses: cross entropy by class labels, also for many labels an example") {
  const auto logits = f64({1, 2, 3, 0, 0, 0}, {2, 3});
  const double total = std::log(std::exp(1.0) + std::exp(2.0) + std::exp(3.0));
  test::check_close(cross_entropy(logits, test::labels({2, 0}, {2})), {total - 3, std::log(3.0)});
  test::check_close(cross_entropy(logits.reshape({1, 2, 3}), test::labels({0, 1}, {1, 2})),
                    {total - 1 + std::log(3.0)});
  const auto narrow = cast(test::labels({2, 0}, {2}), DType::i32);
  test::check_close(cross_entropy(logits, narrow), {total - 3, std::log(3.0)});
  CHECK(std::isfinite(cross_entropy(f64({1e4, -1e4}, {1, 2}), test::labels({1}, {1})).item()));
}

TEST_CASE("losses: gradients") {
  const auto p = test::leaf({1, 2, 3, 4, -1, 0.3}, {2, 3});
  const auto t = f64({0.5, 0.2, 0.9, 3, 1, 0.1}, {2, 3});
  const auto x = f64({0, 1, 0.2, 0.7, 1, 0}, {2, 3});
  const std::vector<std::function<Tensor(const Tensor&)>> losses{
      [&](const Tensor& v) { return squared_error(v, t); },
      [&](const Tensor& v) { return absolute_error(v, t); },
      [&](const Tensor& v) { return huber(v, t, 0.8); },
      [&](const Tensor& v) { return binary_cross_entropy_with_logits(v, x); },
      [&](const Tensor& v) {
        return cross_entropy(v, test::labels({0, 2}, {2}));
      }};
  for (std::size_t i = 0; i < losses.size(); ++i) {
    CAPTURE(i);
    const auto result = gradcheck([&](const Tensors& in) { return losses[i](in[0]); }, {p});
    CHECK_MESSAGE(result.ok, result.message);
  }
}

TEST_CASE("losses: shapes are never broadcast") {
  const auto a = Tensor::ones({4, 1}), b = Tensor::ones({4, 3});
  CHECK(contains(
      error_of(ErrorKind::usage, [&] { squared_error(a, b); }),
      "[squared_error] needs two tensors of one shape (batch, ...), got (4, 1) and (4, 3)"));
  CHECK(contains(error_of(ErrorKind::usage, [&] { absolute_error(b, a); }), "[absolute_error]"));
  CHECK(contains(error_of(ErrorKind::usage, [&] { huber(a, b); }), "[huber]"));
  CHECK(contains(error_of(ErrorKind::usage, [&] { huber(b, b, 0); }), "delta = 0"));
  CHECK(contains(error_of(ErrorKind::usage, [&] { binary_cross_entropy_with_logits(a, b); }),
                 "[binary"));
  CHECK(contains(error_of(ErrorKind::usage, [&] { cross_entropy(b, test::labels({1}, {1})); }),
                 "need labels of (4)"));
  CHECK(contains(
      error_of(ErrorKind::usage, [&] { cross_entropy(Tensor::ones({3}), test::labels({1}, {1})); }),
      "(batch, ..., classes)"));
}
