#include "framework/data/array_dataset.h"

#include <doctest/doctest.h>

#include <limits>
#include <numeric>

#include "tests/framework/data/testing.h"

using namespace varve;
using namespace varve::testing;

namespace {

template <class T>
Array pairs(std::vector<T> values) {
  return Array::of<T>({static_cast<std::int64_t>(values.size()) / 2, 2}, values);
}

}  // namespace

TEST_CASE("bytes are read as x / 255, exactly") {
  std::vector<std::uint8_t> bytes(256);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  const auto data = array_dataset({.values = Array::of<std::uint8_t>({1, 256}, bytes)});
  REQUIRE(data->size() == 1);
  CHECK(data->shape() == Shape{256});
  const auto read = example(*data, 0);
  for (std::size_t i = 0; i < 256; ++i) CHECK(read[i] == static_cast<float>(i) / 255.0F);
  CHECK(read[255] == 1.0F);
  CHECK(data->num_classes() == 0);
  CHECK(data->label(0) == -1);
}

TEST_CASE("a divisor of 1 keeps masks, and booleans need none") {
  CHECK(example(*array_dataset({.values = pairs<std::uint8_t>({0, 1}), .divisor = 1.0F}), 0) ==
        std::vector{0.0F, 1.0F});
  Array mask = pairs<std::uint8_t>({1, 0, 0, 1});
  mask.dtype = DType::boolean;
  CHECK(example(*array_dataset({.values = mask}), 1) == std::vector{0.0F, 1.0F});
}

TEST_CASE("other dtypes keep their values") {
  CHECK(example(*array_dataset({.values = pairs<float>({1, 2, -3, 0.5F})}), 1) ==
        std::vector{-3.0F, 0.5F});
  CHECK(example(*array_dataset({.values = pairs<double>({0.25, 7})}), 0) ==
        std::vector{0.25F, 7.0F});
  CHECK(example(*array_dataset({.values = pairs<std::int32_t>({300, -1})}), 0) ==
        std::vector{300.0F, -1.0F});
  CHECK(example(*array_dataset({.values = pairs<std::int64_t>({300, -1})}), 0) ==
        std::vector{300.0F, -1.0F});
}

TEST_CASE("labels are kept and checked") {
  const auto open = [](std::vector<int> labels, int classes) {
    return array_dataset({.values = pairs<float>({1, 2, 3, 4}),
                          .labels = std::move(labels),
                          .num_classes = classes,
                          .where = "here"});
  };
  CHECK(open({4, 1}, 0)->num_classes() == 5);
  CHECK(open({4, 1}, 9)->num_classes() == 9);
  CHECK(open({4, 1}, 0)->label(1) == 1);
  const auto message = error_of(ErrorKind::input, [&] { open({1}, 0); });
  CHECK(contains(message, "here"));
  CHECK(contains(message, "1 labels for 2 examples"));
  error_of(ErrorKind::input, [&] { open({1, 9}, 9); });
  error_of(ErrorKind::input, [&] { open({-1, 1}, 0); });
}

TEST_CASE("arrays that hold no examples are refused") {
  const auto open = [](Shape shape) {
    return [shape] { array_dataset({.values = Array::zeros(shape, DType::u8)}); };
  };
  error_of(ErrorKind::input, open({}));
  error_of(ErrorKind::input, open({5}));
  error_of(ErrorKind::input, open({0, 3}));
  error_of(ErrorKind::input, open({3, 0}));
}

TEST_CASE("values that are not finite name their example") {
  const auto open = [](auto value) {
    return [value] { array_dataset({.values = pairs<decltype(value)>({1, 2, 3, value})}); };
  };
  CHECK(contains(error_of(ErrorKind::input, open(std::numeric_limits<float>::quiet_NaN())),
                 "example 1"));
  error_of(ErrorKind::input, open(std::numeric_limits<double>::infinity()));
  error_of(ErrorKind::input, open(1e300));  // beyond f32
}

TEST_CASE("factors of variation come with their values, and must fit") {
  ArrayDatasetOptions options{.values = Array::zeros({2, 3}, DType::f32),
                              .factors = {{"hue", 4}, {"size", 2}},
                              .factor_values = {3, 0, 1, 1}};
  const auto data = array_dataset(options);
  REQUIRE(data->factors().size() == 2);
  CHECK(data->factors()[0].name == "hue");
  std::vector<int> values(2);
  data->factor_values(1, values);
  CHECK(values == std::vector<int>{1, 1});
  auto outside = options;
  outside.factor_values[3] = 2;
  CHECK(contains(error_of(ErrorKind::input, [&] { array_dataset(outside); }), "factor size"));
  auto few = options;
  few.factor_values.pop_back();
  CHECK(contains(error_of(ErrorKind::input, [&] { array_dataset(few); }), "3 factor values"));
}
