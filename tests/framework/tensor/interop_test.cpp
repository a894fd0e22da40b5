#include <doctest/doctest.h>

#include <span>
#include <vector>
#include <xtensor/xmath.hpp>
#include <xtensor/xrandom.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/xtensor_interop.h"

using namespace varve;

TEST_CASE("an array becomes a tensor of its shape and type") {
  const xt::xarray<float> a{{1, 2, 3}, {4, 5, 6}};
  const Tensor t = from_xtensor(a);
  CHECK(t.shape() == Shape{2, 3});
  CHECK(t.dtype() == DType::f32);
  CHECK(t.to_vector<float>() == std::vector<float>{1, 2, 3, 4, 5, 6});

  CHECK(from_xtensor(xt::xarray<double>{0.1}).dtype() == DType::f64);
  CHECK(from_xtensor(xt::xarray<std::int64_t>{7, 8}).to_vector<std::int64_t>()[1] == 8);
  CHECK(from_xtensor(xt::xarray<std::uint8_t>{255}).dtype() == DType::u8);
  CHECK(from_xtensor(xt::xtensor<std::int32_t, 2>{{1, 2}}).shape() == Shape{1, 2});
  CHECK(from_xtensor(xt::xarray<float>(3.F)).shape() == Shape{});
  CHECK(from_xtensor(xt::xarray<float>::from_shape({0, 4})).shape() == Shape{0, 4});
}

TEST_CASE("lazy expressions are evaluated once, row-major, and nothing dangles") {
  const auto make = [] {
    const xt::xarray<float> a{{1, 2, 3}, {4, 5, 6}};
    return from_xtensor(2 * xt::transpose(a) + 1);  // `a` ends here
  };
  const Tensor t = make();
  CHECK(t.shape() == Shape{3, 2});
  CHECK(t.to_vector<float>() == std::vector<float>{3, 9, 5, 11, 7, 13});

  const xt::xarray<float, xt::layout_type::column_major> columns{{1, 2}, {3, 4}};
  CHECK(from_xtensor(columns).to_vector<float>() == std::vector<float>{1, 2, 3, 4});
  const xt::xarray<float> wide{{1, 2, 3}, {4, 5, 6}};
  CHECK(from_xtensor(xt::view(wide, xt::all(), xt::range(2, 0, -1))).to_vector<float>() ==
        std::vector<float>{3, 2, 6, 5});
}

TEST_CASE("a tensor becomes an array of its own") {
  Tensor t = Tensor::arange(6).reshape({2, 3});
  auto a = to_xarray<float>(t);
  REQUIRE(a.dimension() == 2);
  CHECK(a.shape(1) == 3);
  CHECK(a(1, 2) == 5);
  a(1, 2) = 9;
  CHECK(t.to_vector<float>()[5] == 5);

  CHECK(to_xarray<float>(t.transpose()) == xt::transpose(to_xarray<float>(t)));
  CHECK(to_xarray<double>(t)(1, 0) == 3.0);  // cast
  CHECK(to_xarray<std::int32_t>(t)(0, 2) == 2);
  CHECK(to_xarray<float>(Tensor::scalar(4)).dimension() == 0);
  CHECK(to_xarray<float>(Tensor::scalar(4))() == 4);
  CHECK(to_xarray<float>(Tensor::zeros({2, 0})).size() == 0);
  CHECK_THROWS_AS(to_xarray<float>(Tensor()), Error);
}

TEST_CASE("there and back again is the identity; both compute the same") {
  xt::random::seed(3);
  const xt::xarray<float> a = xt::random::randn<float>({4, 5, 2});
  CHECK(to_xarray<float>(from_xtensor(a)) == a);
  const xt::xarray<float> theirs = xt::sum(a * a, {1});
  const xt::xarray<float> ours = to_xarray<float>(sum(square(from_xtensor(a)), {1}));
  CHECK(xt::allclose(theirs, ours));
}
