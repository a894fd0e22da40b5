#include "framework/data/loader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "tests/framework/data/testing.h"

using namespace varve;
using namespace varve::testing;

namespace {

/// Everything random that the loader must reproduce.
struct Record {
  std::vector<std::int64_t> indices;
  std::vector<float> input;
  std::vector<float> target;
  std::vector<std::int32_t> labels;
  std::int64_t number;
  friend bool operator==(const Record&, const Record&) = default;
};

template <class T>
std::vector<T> copy_of(const Array& array) {
  const auto values = array.as<T>();
  return {values.begin(), values.end()};
}

std::vector<Record> run(Loader& loader, std::int64_t epoch, std::int64_t first = 0) {
  std::vector<Record> out;
  loader.start(epoch, first);
  while (const Batch* batch = loader.next()) {
    CHECK(batch->epoch == epoch);
    out.push_back({batch->indices, copy_of<float>(batch->input), copy_of<float>(batch->target),
                   copy_of<std::int32_t>(batch->labels), batch->number});
  }
  CHECK(loader.next() == nullptr);
  return out;
}

LoaderOptions random_options(int prefetch) {
  return {.batch_size = 7,
          .seed = 3,
          .transforms = {transforms::scale(0.01F), transforms::binarize_dynamic(),
                         transforms::scale(0.5F)},
          .corruptions = {transforms::gaussian_noise(0.2F), transforms::salt_and_pepper(0.1F)},
          .prefetch = prefetch};
}

std::vector<std::int64_t> order_of(std::uint64_t seed, std::int64_t epoch, bool shuffle = true) {
  Loader loader(std::make_shared<Counting>(100),
                {.batch_size = 9, .shuffle = shuffle, .seed = seed, .prefetch = 0});
  std::vector<std::int64_t> out;
  for (const auto& record : run(loader, epoch))
    out.insert(out.end(), record.indices.begin(), record.indices.end());
  return out;
}

class Failing final : public Transform {
 public:
  void apply(std::span<const float> in, const Shape&, std::span<float> out,
             PhiloxStream&) const override {
    if (in[0] == 25.0F) fail(ErrorKind::input, "[failing] example 25");
    std::ranges::copy(in, out.begin());
  }
};

}  // namespace

TEST_CASE("an epoch visits every example once, in an order of its own") {
  const auto first = order_of(0, 0);
  auto sorted = first;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < 100; ++i) CHECK(sorted[i] == static_cast<std::int64_t>(i));
  CHECK(first != sorted);
  CHECK(first == order_of(0, 0));
  CHECK(first != order_of(0, 1));
  CHECK(first != order_of(1, 0));
  CHECK(order_of(0, 5, false) == sorted);
}

TEST_CASE("a batch holds its examples") {
  Loader loader(std::make_shared<Counting>(10), {.batch_size = 4, .shuffle = false});
  CHECK(loader.batches() == 3);
  CHECK(loader.shape() == Shape{1});
  CHECK(loader.dataset().size() == 10);
  loader.start(2);
  const Batch* batch = loader.next();
  REQUIRE(batch != nullptr);
  CHECK(batch->size() == 4);
  CHECK(batch->input.shape == Shape{4, 1});
  CHECK(copy_of<float>(batch->input) == std::vector<float>{0, 1, 2, 3});
  CHECK(copy_of<std::int32_t>(batch->labels) == std::vector<std::int32_t>{0, 1, 2, 0});
  CHECK(batch->target.shape == Shape{0});
  CHECK(batch->target.bytes.empty());
  loader.next();
  batch = loader.next();
  REQUIRE(batch != nullptr);
  CHECK(batch->number == 2);
  CHECK(batch->input.shape == Shape{2, 1});
  CHECK(copy_of<float>(batch->input) == std::vector<float>{8, 9});
  CHECK(batch->labels.shape == Shape{2});
  CHECK(loader.next() == nullptr);
}

TEST_CASE("drop_last leaves the partial batch out") {
  Loader loader(std::make_shared<Counting>(10), {.batch_size = 4, .drop_last = true});
  CHECK(loader.batches() == 2);
  CHECK(run(loader, 0).size() == 2);
  CHECK(Loader(std::make_shared<Counting>(8), {.batch_size = 4}).batches() == 2);
}

TEST_CASE("prefetching changes nothing") {
  const auto data = std::make_shared<Counting>(100);
  Loader plain(data, random_options(0));
  Loader ahead(data, random_options(3));
  Loader far_ahead(data, random_options(40));
  for (const std::int64_t epoch : {0, 1, 7}) {
    const auto expected = run(plain, epoch);
    CHECK(expected.size() == 15);
    CHECK(run(ahead, epoch) == expected);
    CHECK(run(far_ahead, epoch) == expected);
  }
}

TEST_CASE("an epoch continued at batch k equals the whole one from there") {
  const auto data = std::make_shared<Counting>(100);
  for (const int prefetch : {0, 3}) {
    Loader loader(data, random_options(prefetch));
    const auto whole = run(loader, 4);
    for (const std::int64_t k : {0, 1, 9, 14, 15})
      CHECK(run(loader, 4, k) == std::vector<Record>(whole.begin() + k, whole.end()));
  }
}

TEST_CASE("a random stream belongs to the example, not to its place") {
  const auto data = std::make_shared<Counting>(100);
  const auto noise = [&](bool shuffle) {
    auto options = random_options(0);
    options.shuffle = shuffle;
    Loader loader(data, options);
    std::vector<float> by_index(100);
    for (const auto& record : run(loader, 1))
      for (std::size_t i = 0; i < record.indices.size(); ++i)
        by_index[static_cast<std::size_t>(record.indices[i])] = record.input[i];
    return by_index;
  };
  CHECK(noise(true) == noise(false));
}

TEST_CASE("corruptions change the input and leave the target") {
  Loader loader(std::make_shared<Counting>(50),
                {.batch_size = 50,
                 .shuffle = false,
                 .transforms = {transforms::scale(0.01F)},
                 .corruptions = {transforms::mask_pixels(0.5F, -1)}});
  const auto record = run(loader, 0).at(0);
  int hidden = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    CHECK(record.target[i] == static_cast<float>(i) * 0.01F);
    CHECK((record.input[i] == record.target[i] || record.input[i] == -1.0F));
    hidden += record.input[i] == -1.0F;
  }
  CHECK(hidden > 10);
  CHECK(hidden < 40);
}

TEST_CASE("batches are recycled") {
  Loader loader(std::make_shared<Counting>(100), {.batch_size = 10, .prefetch = 2});
  std::vector<const std::byte*> storage;
  for (const std::int64_t epoch : {0, 1}) {
    loader.start(epoch);
    while (const Batch* batch = loader.next()) storage.push_back(batch->input.bytes.data());
  }
  std::ranges::sort(storage);
  const auto repeated = std::ranges::unique(storage);
  CHECK(std::distance(storage.begin(), repeated.begin()) == 3);
}

TEST_CASE("a batch stays as it is until the next is asked for") {
  Loader loader(std::make_shared<Counting>(1000), {.batch_size = 10, .shuffle = false});
  loader.start(0);
  for (int b = 0; b < 100; ++b) {
    const Batch* batch = loader.next();
    REQUIRE(batch != nullptr);
    const auto values = copy_of<float>(batch->input);
    for (int spin = 0; spin < 100; ++spin) CHECK(copy_of<float>(batch->input) == values);
    CHECK(values[0] == static_cast<float>(b * 10));
  }
}

TEST_CASE("the error of a transform comes out of next, after the batches before it") {
  for (const int prefetch : {0, 3}) {
    Loader loader(std::make_shared<Counting>(50), {.batch_size = 10,
                                                   .shuffle = false,
                                                   .transforms = {std::make_shared<Failing>()},
                                                   .prefetch = prefetch});
    loader.start(0);
    CHECK(loader.next() != nullptr);
    CHECK(loader.next() != nullptr);
    error_of(ErrorKind::input, [&] { loader.next(); });
    error_of(ErrorKind::input, [&] { loader.next(); });  // and stays
    loader.start(0, 3);
    const Batch* batch = loader.next();
    REQUIRE(batch != nullptr);
    CHECK(batch->number == 3);
  }
}

TEST_CASE("an epoch may be left in the middle") {
  for (int consumed = 0; consumed < 6; ++consumed) {
    Loader loader(std::make_shared<Counting>(1000), {.batch_size = 2, .prefetch = 3});
    loader.start(0);
    for (int i = 0; i < consumed; ++i) loader.next();
    if (consumed % 2 == 0) loader.start(1);
    Loader moved = std::move(loader);
    if (consumed % 3 == 0) CHECK(moved.next() != nullptr);
  }
}

TEST_CASE("the loader refuses what cannot work") {
  const auto data = std::make_shared<Counting>(10);
  const auto open = [&](LoaderOptions options) { return [=] { Loader(data, options); }; };
  error_of(ErrorKind::usage, [] { Loader(nullptr, {}); });
  error_of(ErrorKind::usage, [] { Loader(std::make_shared<Counting>(0), {}); });
  error_of(ErrorKind::usage, open({.batch_size = 0}));
  error_of(ErrorKind::usage, open({.prefetch = -1}));
  error_of(ErrorKind::usage, open({.batch_size = 11, .drop_last = true}));
  error_of(ErrorKind::usage, open({.transforms = {transforms::crop(1, 1)}}));
  Loader loader(data, {.batch_size = 4});
  error_of(ErrorKind::usage, [&] { loader.next(); });
  error_of(ErrorKind::usage, [&] { loader.start(-1); });
  error_of(ErrorKind::usage, [&] { loader.start(0, 4); });
  error_of(ErrorKind::usage, [&] { loader.start(0, -1); });
  CHECK(Loader(data, {.batch_size = INT64_MAX}).batches() == 1);
}

TEST_CASE("corruptions must keep the shape") {
  const auto image = std::make_shared<Counting>(10);
  class Widen final : public Transform {
    Shape shape(const Shape&) const override { return {4, 4, 1}; }
    void apply(std::span<const float>, const Shape&, std::span<float>,
               PhiloxStream&) const override {}
  };
  const auto widen = std::make_shared<Widen>();
  CHECK(Loader(image, {.transforms = {widen, transforms::crop(2, 2)}}).shape() == Shape{2, 2, 1});
  const auto message = error_of(ErrorKind::usage, [&] {
    Loader(image, {.transforms = {widen}, .corruptions = {transforms::crop(2, 2)}});
  });
  CHECK(contains(message, "(4, 4, 1)"));
}
