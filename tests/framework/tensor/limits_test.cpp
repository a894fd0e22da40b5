#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "framework/backend/decorators.h"
#include "framework/core/error.h"
#include "framework/ops/table.h"
#include "framework/tensor/functional.h"

// Sizes at and beyond what can be counted: an error with its kind, and the next call works. On the
// null backend, which has no memory to run out of.

using namespace varve;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t half = std::int64_t{1} << 62;

const Device& null() {
  static const Device device(make_null_backend());
  return device;
}

template <class F>
bool refused(F f, ErrorKind kind = ErrorKind::usage) {
  try {
    f();
  } catch (const Error& error) {
    if (error.kind() != kind) MESSAGE(error.what());
    return error.kind() == kind;
  }
  return false;
}

Tensor zeros(const Shape& shape, DType dtype = DType::f32) {
  return Tensor::zeros(shape, dtype, null());
}

}  // namespace

TEST_CASE("limits: a tensor has at most 2^63 - 1 elements and bytes, and no negative size") {
  CHECK(zeros({half}, DType::u8).numel() == half);
  CHECK(refused([] { zeros({half}); }));
  CHECK(refused([] { zeros({half, half}, DType::u8); }));
  CHECK(refused([] { zeros({1LL << 32, 1LL << 32}, DType::u8); }));
  CHECK(refused([] { zeros({0, half, half}); }));
  CHECK(refused([] { zeros({-1}); }));
  CHECK(refused([] { zeros({-2, -3}); }));
  CHECK(refused([] { zeros({least, 2}); }));
  CHECK(refused([] { Tensor::arange(-1, 0, 1, DType::f32, null()); }));
  CHECK(refused([] { Tensor::eye(1LL << 32, DType::f32, null()); }));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which end the process
TEST_CASE("limits: memory that is not to be had is an error, and smaller tensors work on") {
  CHECK(refused([] { Tensor::empty({1LL << 50}); }, ErrorKind::memory));
  CHECK(refused([] { Tensor::zeros({1LL << 60}, DType::u8); }, ErrorKind::memory));
  CHECK(refused([] { Tensor::ones({1}).expand({half / 4}).contiguous(); }, ErrorKind::memory));
  CHECK(refused([] { Tensor::ones({1}).expand({half / 4}).to_array(); }, ErrorKind::memory));
  CHECK(sum(Tensor::ones({3})).item() == 3);
}
#endif

TEST_CASE("limits: views count their elements") {
  const auto one = Tensor::ones({1});
  CHECK(one.expand({half}).numel() == half);
  CHECK(refused([&] { one.expand({half, 2}); }));
  CHECK(refused([&] { one.expand({0, half, half}); }));
  CHECK(refused([&] { one.expand({-4}); }));
  CHECK(refused([&] { one.expand({half}).reshape({-1, 3}); }));
  const auto six = Tensor::ones({6});
  CHECK(refused([&] { six.reshape({-2, -3}); }));
  CHECK(refused([&] { six.reshape({-6, -1}); }));
  CHECK(refused([&] { six.reshape({half, 4, -1}); }));
  CHECK(refused([&] { six.reshape({0, -1}); }));
  CHECK(refused([&] { six.reshape({1, 1, 1, 1, 1, 1, 1, 1, 6}); }));
}

TEST_CASE("limits: a slice may name any positions and any step") {
  const std::vector<float> numbers{0, 1, 2, 3, 4};
  const auto x = Tensor::from(std::span(numbers), {5});
  const auto values = [&](Slice range) { return x.slice(0, range).to_vector<float>(); };
  using F = std::vector<float>;
  CHECK(values({least, most, 1}) == numbers);
  CHECK(values({least, most, most}) == F{0});
  CHECK(values({1, most, most}) == F{1});
  CHECK(values({most, least, -2}) == F{4, 2, 0});
  CHECK(values({{}, {}, least}) == F{4});
  CHECK(values({most, least, least}) == F{4});
  CHECK(values({most, most, 1}) == F{});
  CHECK(values({3, least, 1}) == F{});
  CHECK(refused([&] { x.slice(0, {0, 5, 0}); }));
  CHECK(refused([&] { x.select(0, least); }));
  CHECK(refused([&] { x.slice(least, 0, 1); }));

  Attributes attributes;
  attributes.start = {least};
  attributes.stop = {most};
  attributes.stride = {1};
  CHECK(refused([&] { apply1(Op::slice, {x}, attributes); }));
  attributes.stride = {least};
  CHECK(apply1(Op::slice, {x}, attributes).numel() == 0);
}

TEST_CASE("limits: results that are too large to count are refused") {
  const auto wide = zeros({1, 1LL << 40});
  CHECK(matmul(wide, wide.transpose()).shape() == Shape{1, 1});
  CHECK(refused([&] { matmul(wide.transpose(), wide); }));
  CHECK(refused([&] { diagonal_embed(wide); }));
  const auto long_one = zeros({1}).expand({most});
  CHECK(refused([&] { concat({long_one, long_one}, 0); }));
  CHECK(refused([&] { stack({long_one, long_one}, 0); }));
  CHECK(refused([&] { pad(zeros({3}), {most}, {0}); }));
  CHECK(refused([&] { pad(zeros({3}), {0}, {most}); }));
  CHECK(refused([&] { pad(zeros({3}), {half}, {half}); }));
  CHECK(refused([&] { one_hot(zeros({3}, DType::i64), -1); }));
  CHECK(refused([&] { one_hot(zeros({1LL << 40}, DType::i64), 1LL << 40); }));
  CHECK(refused([&] { upsample_nearest(zeros({1, 2, 2, 1}), 1LL << 32); }));
  CHECK(refused([&] { upsample_nearest(zeros({0, 2, 2, 1}), most); }));
}

TEST_CASE("limits: windows of any size, step and padding") {
  const auto x = zeros({1, 4, 4, 1});
  const auto unfolded = [&](Window window) { return unfold(x, window).shape(); };
  CHECK(unfolded({.kernel = {2, 2}, .stride = {most, most}}) == Shape{1, 1, 1, 2, 2, 1});
  CHECK(refused([&] { unfolded({.kernel = {most, 1}}); }));
  CHECK(refused([&] { unfolded({.padding = {most, 0}}); }));
  CHECK(refused([&] { unfolded({.padding = {half, half}}); }));
  CHECK(refused([&] { unfolded({.kernel = {half, 1}, .padding = {half - 1, 0}}); }));
  CHECK(refused([&] { unfolded({.kernel = {0, 1}}); }));
  CHECK(refused([&] { unfolded({.stride = {least, 1}}); }));
  CHECK(refused([&] { unfolded({.padding = {least, 0}}); }));
  CHECK(refused([&] { fold(zeros({1, 3, 3, 2, 2, 1}), {.kernel = {2, 2}}, most, 4); }));
  CHECK(refused([&] { fold(zeros({1, 3, 3, 2, 2, 1}), {.kernel = {2, 2}}, -4, 4); }));
  const auto w = zeros({1, 2, 2, 1});
  CHECK(refused([&] { conv2d(x, w, {}, {.padding = {most, most}}); }));
  CHECK(refused([&] { conv_transpose2d(x, w, {}, {.stride = {most, 1}}); }));
  CHECK(refused([&] { conv_transpose2d(x, w, {}, {.stride = {half, half}}); }));
  CHECK(refused([&] { conv_transpose2d(x, w, {}, {.padding = {most, 0}}); }));
  CHECK(refused([&] { max_pool2d(x, {.kernel = {5, 5}}); }));
}

TEST_CASE("limits: at most eight dimensions") {
  const auto x = zeros({1, 1, 1, 1, 1, 1, 1, 2});
  CHECK(sum(x, {7}).rank() == 7);
  CHECK(refused([&] { x.unsqueeze(0); }));
  CHECK(refused([&] { stack({x, x}, 0); }));
  CHECK(refused([&] { diagonal_embed(x); }));
  CHECK(refused([&] { one_hot(cast(x, DType::i64), 2); }));
  CHECK(refused([&] { x.expand({2, 1, 1, 1, 1, 1, 1, 1, 2}); }));
}

TEST_CASE("limits: values from the host are as many as the shape has elements") {
  const std::vector<float> three{1, 2, 3};
  CHECK(refused([&] { Tensor::from(std::span(three), {2, 2}); }));
  CHECK(refused([&] { Tensor::from(std::span(three), {-3}); }));
  CHECK(refused([&] { Tensor::from(Array{DType::f32, {2}, {}}); }));
  auto x = Tensor::zeros({2});
  CHECK(refused([&] { x.upload(std::span(three)); }));
  CHECK(refused([&] { x.upload(Array::zeros({2, 1}, DType::f32)); }));
  CHECK(refused([&] { x.upload(Array::zeros({2}, DType::i32)); }));
  CHECK(x.to_vector<float>() == std::vector<float>{0, 0});
}
