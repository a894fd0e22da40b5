#include "framework/tensor/tensor.h"

#include <doctest/doctest.h>

#include <type_traits>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

using namespace varve;

namespace {

Tensor counted(Shape shape, DType dtype = DType::f32) {
  return Tensor::arange(shape.numel(), 0, 1, dtype).reshape(shape);
}

using Floats = std::vector<float>;

Floats values(const Tensor& tensor) { return tensor.to_vector<float>(); }

}  // namespace

TEST_CASE("making and reading back") {
  CHECK(values(Tensor::zeros({2, 2})) == Floats{0, 0, 0, 0});
  CHECK(Tensor::full({2}, 7, DType::i64).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{7, 7});
  CHECK(values(Tensor::eye(2)) == Floats{1, 0, 0, 1});
  CHECK(values(Tensor::arange(3, 1, 2)) == Floats{1, 3, 5});
  CHECK(Tensor::scalar(2.5).item() == 2.5);
  CHECK(Tensor::zeros({0, 3}).to_vector<float>().empty());
  CHECK_THROWS_AS(Tensor::from({1, 2}).item(), Error);
  CHECK_THROWS_AS(Tensor::zeros({-1}), Error);
  CHECK_THROWS_WITH_AS(Tensor().shape(), doctest::Contains("undefined"), Error);
}

TEST_CASE("views share memory") {
  auto x = counted({2, 3});
  x.select(0, 1).assign(Tensor::zeros({3}));
  CHECK(values(x) == Floats{0, 1, 2, 0, 0, 0});
  x.transpose().slice(0, 0, 1).assign(Tensor::full({1, 2}, 9));
  CHECK(values(x) == Floats{9, 1, 2, 9, 0, 0});
}

TEST_CASE("reshape copies only when the strides demand it") {
  const auto x = counted({2, 3, 4});
  CHECK(x.reshape({6, 4}).view().buffer == x.view().buffer);
  CHECK(x.reshape({-1, 2}).shape() == Shape{12, 2});
  CHECK(x.slice(0, 1, 2).reshape({12}).view().buffer == x.view().buffer);
  const auto t = x.transpose();
  CHECK_FALSE(t.reshape({24}).view().buffer == x.view().buffer);
  CHECK(t.reshape({2, 2, 2, 3}).view().buffer == x.view().buffer);  // splits an axis
  CHECK(values(t.select(0, 0).flatten()) == Floats{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});
  CHECK(Tensor::zeros({0, 4}).reshape({2, 0}).shape() == Shape{2, 0});
  CHECK_THROWS_AS(x.reshape({5}), Error);
  CHECK_THROWS_AS(x.reshape({-1, -1}), Error);
  CHECK_THROWS_AS(x.reshape({-1, 5}), Error);
}

TEST_CASE("slices follow Python") {
  const auto x = counted({5});
  CHECK(values(x.slice(0, 1, -1)) == Floats{1, 2, 3});
  CHECK(values(x.slice(0, Slice{{}, {}, 2})) == Floats{0, 2, 4});
  CHECK(values(x.slice(0, Slice{{}, {}, -2})) == Floats{4, 2, 0});
  CHECK(values(x.slice(0, Slice{-2, 0, -1})) == Floats{3, 2, 1});
  CHECK(values(x.slice(0, 3, 100)) == Floats{3, 4});
  CHECK(x.slice(0, 4, 2).numel() == 0);
  CHECK(values(x.flip(0)) == Floats{4, 3, 2, 1, 0});
  CHECK(x[-1].item() == 4);
  CHECK_THROWS_AS(x[5], Error);
  CHECK_THROWS_AS(x.slice(0, Slice{{}, {}, 0}), Error);
}

TEST_CASE("axes are moved, added, removed and joined") {
  const auto x = counted({2, 3, 4});
  CHECK(x.permute({2, 0, 1}).shape() == Shape{4, 2, 3});
  CHECK(x.unsqueeze(-1).shape() == Shape{2, 3, 4, 1});
  CHECK(x.unsqueeze(0).squeeze(0).shape() == x.shape());
  CHECK(x.flatten(1).shape() == Shape{2, 12});
  CHECK(x.chunk(2, 2)[1].shape() == Shape{2, 3, 2});
  CHECK(values(counted({3, 3}).diagonal()) == Floats{0, 4, 8});
  CHECK_THROWS_AS(x.permute({0, 0, 1}), Error);
  CHECK_THROWS_AS(x.squeeze(0), Error);
  CHECK_THROWS_AS(x.chunk(5, 2), Error);
  CHECK_THROWS_AS(x.expand({2, 3, 5}), Error);
}

TEST_CASE("casts and mixed dtypes") {
  const auto i = counted({3}, DType::i32);
  CHECK((i + 1.0).dtype() == DType::i32);
  CHECK((i * 0.5).dtype() == DType::f32);
  CHECK((i + counted({3}, DType::f64)).dtype() == DType::f64);
  CHECK(mean(i).item() == 1);
  CHECK(less(i, Tensor::full({}, 1, DType::i32)).dtype() == DType::boolean);
  CHECK(values(Tensor::from({1.9F, -1.9F}).to(DType::i32)) == Floats{1, -1});
  CHECK(sum(equal(i, i)).item() == 3);
}

TEST_CASE("upload writes in place, also through a strided view") {
  auto x = Tensor::zeros({2, 2});
  x.transpose().upload(Array::of<float>({2, 2}, Floats{1, 2, 3, 4}));
  CHECK(values(x) == Floats{1, 3, 2, 4});
  CHECK_THROWS_AS(x.upload(Array::of<float>({4}, Floats{1, 2, 3, 4})), Error);
  CHECK_THROWS_AS(x.upload(Array::zeros({2, 2}, DType::f64)), Error);
}

TEST_CASE("a tensor may be assigned a view of itself") {
  auto x = Tensor::from({1, 2, 3});
  x.assign(x.flip(0));
  CHECK(values(x) == Floats{3, 2, 1});
}

TEST_CASE("messages name the op, what was given and what was needed") {
  CHECK_THROWS_WITH_AS(matmul(counted({2, 3}), counted({2, 3})),
                       "[matmul] inner sizes differ: (2, 3) x (2, 3)", Error);
  CHECK_THROWS_WITH_AS(counted({3}) + counted({2}),
                       doctest::Contains("[add] shapes (3) and (2) do not broadcast"), Error);
  const auto elsewhere = counted({3}).to(Device::open("reference"));
  CHECK_THROWS_WITH_AS(counted({3}) + elsewhere, doctest::Contains("different devices"), Error);
}

TEST_CASE("printing is readable") {
  CHECK(Tensor().str() == "undefined tensor");
  const auto text = counted({2, 3}).str();
  CHECK(text.find("[[0, 1, 2],\n [3, 4, 5]]\n(2, 3) f32 on ") == 0);
  CHECK(Tensor::scalar(1.5).str().find("1.5\n() f32") == 0);
  const auto long_text = counted({2000}).str();
  CHECK(long_text.find("...") != std::string::npos);
  CHECK(long_text.size() < 200);
}

// t[0] = x would give a temporary another value and leave t as it is.
static_assert(!std::is_assignable_v<Tensor, const Tensor&>);
static_assert(!std::is_assignable_v<Tensor, Tensor>);
static_assert(std::is_assignable_v<Tensor&, Tensor>);
