#include "framework/data/sources.h"

#include <doctest/doctest.h>
#include <zip.h>
#include <zlib.h>

#include <cmath>
#include <map>
#include <numeric>

#include "framework/io/npy.h"
#include "framework/platform/platform.h"
#include "tests/framework/data/testing.h"

using namespace varve;
using namespace varve::testing;
namespace fs = std::filesystem;

namespace {

/// Bytes of an IDX file whose elements count up from 0.
std::string idx(const std::vector<int>& shape) {
  std::string out{0, 0, 8, static_cast<char>(shape.size())};
  int count = 1;
  for (const int extent : shape) {
    for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(extent >> shift));
    count *= extent;
  }
  for (int i = 0; i < count; ++i) out.push_back(static_cast<char>(i % 250));
  return out;
}

void write_gzip(const fs::path& path, const std::string& bytes) {
  const gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(file != nullptr);
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

void write_npy(const fs::path& path, const Array& array) { write(path, encode_npy(array)); }

void write_npz(const fs::path& path, const std::map<std::string, Array>& arrays) {
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  REQUIRE(archive != nullptr);
  std::vector<std::string> kept;
  kept.reserve(arrays.size());
  for (const auto& [key, array] : arrays) {
    kept.push_back(encode_npy(array));
    zip_source_t* source = zip_source_buffer(archive, kept.back().data(), kept.back().size(), 0);
    zip_file_add(archive, (key + ".npy").c_str(), source, 0);
  }
  REQUIRE(zip_close(archive) == 0);
}

template <class T>
Array counting(const Shape& shape) {
  std::vector<T> values(static_cast<std::size_t>(shape.numel()));
  std::iota(values.begin(), values.end(), T{0});
  return Array::of<T>(shape, values);
}

std::shared_ptr<const Dataset> open(const std::string& kind, const fs::path& path,
                                    Split split = Split::train) {
  return open_dataset({.name = kind + ":" + path.string(), .split = split});
}

/// Examples of both splits together.
std::int64_t total(const std::string& kind, const fs::path& path) {
  return open(kind, path)->size() + open(kind, path, Split::test)->size();
}

}  // namespace

TEST_CASE("mnist is found in its folder under each of its names") {
  for (const std::string style : {"-plain", ".plain", "-gzip", ".gzip", "-below"}) {
    CAPTURE(style);
    const platform::TemporaryDirectory temporary;
    fs::path folder = temporary.path();
    if (style == "-below") fs::create_directory(folder /= "mnist");
    const auto put = [&](const std::string& stem, const std::string& kind, std::string bytes) {
      const fs::path path = folder / (stem + style[0] + kind);
      if (style.ends_with("gzip"))
        write_gzip(path.string() + ".gz", bytes);
      else
        write(path, bytes);
    };
    put("train-images", "idx3-ubyte", idx({8, 2, 3}));
    put("train-labels", "idx1-ubyte", idx({8}));
    put("t10k-images", "idx3-ubyte", idx({2, 2, 3}));
    put("t10k-labels", "idx1-ubyte", idx({2}));
    DataSource source{.name = "mnist", .directory = temporary.path().string()};
    const auto train = open_dataset(source);
    CHECK(train->size() == 8);
    CHECK(train->shape() == Shape{2, 3, 1});
    CHECK(train->num_classes() == 8);
    CHECK(train->label(5) == 5);
    CHECK(example(*train, 1)[2] == 8.0F / 255.0F);
    source.split = Split::test;
    CHECK(open_dataset(source)->size() == 2);
  }
}

TEST_CASE("mnist says what it misses") {
  const platform::TemporaryDirectory temporary;
  const auto folder = temporary.path();
  const DataSource source{.name = "fashion-mnist", .directory = folder.string()};
  const auto open_it = [&] { open_dataset(source); };
  const auto missing = error_of(ErrorKind::input, open_it);
  CHECK(contains(missing, folder.string()));
  CHECK(contains(missing, "train-images-idx3-ubyte"));
  write(folder / "train-images-idx3-ubyte", idx({8, 2, 3}));
  CHECK(contains(error_of(ErrorKind::input, open_it), "train-labels-idx1-ubyte"));
  write(folder / "train-labels-idx1-ubyte", idx({7}));
  const auto unequal = error_of(ErrorKind::input, open_it);
  CHECK(contains(unequal, "7 labels for 8 examples"));
  CHECK(contains(unequal, "train-images-idx3-ubyte"));
  write(folder / "train-labels-idx1-ubyte", idx({4, 2}));
  CHECK(contains(error_of(ErrorKind::input, open_it), "train-labels-idx1-ubyte"));
}

TEST_CASE("idx files bring the labels beside them") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "my-images-idx3-ubyte";
  write(path, idx({12, 2, 2}));
  CHECK(open("idx", path)->num_classes() == 0);
  CHECK(open("idx", path)->size() == 10);
  CHECK(open("idx", path, Split::test)->size() == 2);
  write(temporary.path() / "my-labels-idx1-ubyte", idx({12}));
  const auto labelled = open("idx", path);
  CHECK(labelled->num_classes() == 12);
  CHECK(example(*labelled, 9)[0] == static_cast<float>(4 * labelled->label(9)) / 255.0F);
  write(temporary.path() / "flat", idx({12}));
  CHECK(contains(error_of(ErrorKind::input, [&] { open("idx", temporary.path() / "flat"); }),
                 "(12)"));
  error_of(ErrorKind::input, [&] { open("idx", temporary.path() / "nothing"); });
}

TEST_CASE("npy arrays are tables or images by their rank") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "a.npy";
  const auto shape_of = [&](const Shape& shape) {
    write_npy(path, counting<float>(shape));
    return open("npy", path)->shape();
  };
  CHECK(shape_of({6, 5}) == Shape{5});
  CHECK(shape_of({6, 5, 4}) == Shape{5, 4, 1});
  CHECK(shape_of({6, 5, 4, 3}) == Shape{5, 4, 3});
  CHECK(total("npy", path) == 6);
  write_npy(path, counting<float>({20}));
  CHECK(contains(error_of(ErrorKind::input, [&] { open("npy", path); }), path.string()));
  write_npy(path, counting<float>({5, 2}));
  CHECK(open("npy", path)->size() == 5);
  CHECK(
      contains(error_of(ErrorKind::input, [&] { open("npy", path, Split::test); }), "5 examples"));
}

TEST_CASE("npy bytes are scaled unless they are a mask") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "a.npy";
  write_npy(path, Array::of<std::uint8_t>({1, 2}, std::vector<std::uint8_t>{1, 255}));
  CHECK(example(*open("npy", path), 0) == std::vector{1.0F / 255.0F, 1.0F});
  write_npy(path, Array::of<std::uint8_t>({1, 2}, std::vector<std::uint8_t>{1, 0}));
  CHECK(example(*open("npy", path), 0) == std::vector{1.0F, 0.0F});
}

TEST_CASE("npz archives name their examples and labels") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "a.npz";
  write_npz(path, {{"a", counting<float>({12, 9})},
                   {"imgs", counting<float>({12, 2})},
                   {"labels", counting<std::int64_t>({12})}});
  const auto named = open("npz", path);
  CHECK(named->shape() == Shape{2});
  CHECK(named->num_classes() == 12);
  CHECK(example(*named, 7)[0] == static_cast<float>(2 * named->label(7)));
  CHECK(total("npz", path) == 12);
  write_npz(path, {{"alone", counting<float>({12})}, {"fits", counting<float>({12, 9})}});
  CHECK(open("npz", path)->shape() == Shape{9});
  CHECK(open("npz", path)->num_classes() == 0);
}

TEST_CASE("npz archives with splits of their own keep them") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "a.npz";
  write_npz(path, {{"x_train", counting<float>({7, 2})},
                   {"x_test", counting<float>({3, 2})},
                   {"y_train", counting<std::int32_t>({7})},
                   {"y_test", counting<std::int32_t>({3})}});
  CHECK(open("npz", path)->size() == 7);
  CHECK(open("npz", path)->num_classes() == 7);
  CHECK(open("npz", path, Split::test)->size() == 3);
}

TEST_CASE("npz archives that do not fit are refused by name") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "a.npz";
  const auto message = [&](const std::map<std::string, Array>& arrays) {
    write_npz(path, arrays);
    return error_of(ErrorKind::input, [&] { open("npz", path); });
  };
  CHECK(contains(message({{"alone", counting<float>({12})}}), path.string()));
  CHECK(contains(message({{"x", counting<float>({6, 2})}, {"y", counting<std::int32_t>({5})}}),
                 "5 labels for 6"));
}

TEST_CASE("csv rows are examples, and a column label is their class") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "a.csv";
  write(path, "1,2\n3,4\n5,6\n7,8\n9,10\n11,12\n");
  CHECK(open("csv", path)->shape() == Shape{2});
  CHECK(total("csv", path) == 6);
  write(path, "a,label,b\n1,0,2\n3,2,4\n5,1,6\n");
  const auto labelled = open("csv", path);
  CHECK(labelled->shape() == Shape{2});
  CHECK(labelled->num_classes() == 3);
  CHECK(example(*labelled, 0)[1] == 2.0F);
  write(path, "label,a\n0.5,1\n");
  CHECK(contains(error_of(ErrorKind::input, [&] { open("csv", path); }), "label"));
  write(path, "label\n1\n");
  error_of(ErrorKind::input, [&] { open("csv", path); });
}

TEST_CASE("an npz with latents_classes knows its factors, as dSprites does") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "a.npz";
  std::vector<std::uint8_t> pixels;
  std::vector<std::int64_t> classes;
  for (std::int64_t i = 0; i < 12; ++i) {
    pixels.insert(pixels.end(), 81, static_cast<std::uint8_t>(20 * i));
    classes.insert(classes.end(), {i % 3, i / 3});
  }
  const auto images = Array::of<std::uint8_t>({12, 9, 9}, pixels);
  write_npz(path, {{"imgs", images},
                   {"latents_classes", Array::of<std::int64_t>({12, 2}, classes)},
                   {"latents_values", Array::zeros({12, 2}, DType::f64)}});
  const auto all = open("npz", path);
  REQUIRE(all->factors().size() == 2);
  CHECK(all->factors()[0].cardinality == 3);
  CHECK(all->factors()[1].cardinality == 4);
  CHECK(all->factors()[1].name == "factor1");
  std::vector<int> values(2);
  for (std::int64_t i = 0; i < all->size(); ++i) {
    all->factor_values(i, values);
    const int number = static_cast<int>(std::lround(example(*all, i)[0] * 255)) / 20;
    CHECK(values == std::vector<int>{number % 3, number / 3});
  }

  SUBCASE("with its names") {
    std::vector<std::int64_t> greatest(66, 0);
    greatest.insert(greatest.end(), {0, 2, 5, 39, 31, 31});
    write_npz(path,
              {{"imgs", images}, {"latents_classes", Array::of<std::int64_t>({12, 6}, greatest)}});
    CHECK(open("npz", path)->factors()[3].name == "orientation");
  }
  SUBCASE("one row of classes an example") {
    write_npz(path, {{"imgs", images}, {"latents_classes", counting<std::int64_t>({11, 2})}});
    CHECK(contains(error_of(ErrorKind::input, [&] { open("npz", path); }), "22 factor values"));
    write_npz(path, {{"imgs", images}, {"latents_classes", counting<std::int64_t>({12})}});
    CHECK(contains(error_of(ErrorKind::input, [&] { open("npz", path); }), "latents_classes"));
  }
}
