#include <doctest/doctest.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <numeric>

#include "framework/data/array_dataset.h"
#include "framework/data/sources.h"
#include "framework/io/image.h"
#include "framework/io/npy.h"
#include "framework/platform/platform.h"
#include "tests/framework/data/testing.h"

// What people's files hold: names, types, orders and sizes of every kind, and what a source says of
// them.

using namespace varve;
using namespace varve::testing;
namespace fs = std::filesystem;

namespace {

/// An .npy file of any type, from the bytes of its elements.
std::string npy(const std::string& descr, const std::string& shape, const std::string& elements) {
  std::string header =
      "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string out("\x93NUMPY\x01\0", 8);
  out += static_cast<char>(header.size() & 0xFF);
  out += static_cast<char>(header.size() >> 8);
  return out + header + elements;
}

template <class T>
std::string bytes_of(std::initializer_list<T> values, bool big = false) {
  std::string out;
  for (const T value : values) {
    std::string one(sizeof(T), '\0');
    std::memcpy(one.data(), &value, sizeof(T));
    if (big) std::reverse(one.begin(), one.end());
    out += one;
  }
  return out;
}

void write_npz(const fs::path& path, const std::map<std::string, std::string>& entries) {
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  REQUIRE(archive != nullptr);
  for (const auto& [name, bytes] : entries)
    zip_file_add(archive, name.c_str(), zip_source_buffer(archive, bytes.data(), bytes.size(), 0),
                 0);
  REQUIRE(zip_close(archive) == 0);
}

std::string images(int count, int first = 0) {
  std::string elements;
  for (int i = 0; i < count * 81; ++i) elements += static_cast<char>((first + i) % 251 + 2);
  return npy("|u1", "(" + std::to_string(count) + ", 9, 9)", elements);
}

OpenedData open(const std::string& name, const DataReading& reading = {}) {
  return open_data({.name = name, .reading = reading});
}

bool says(const std::vector<std::string>& lines, const std::string& part) {
  return std::ranges::any_of(lines, [&](const auto& line) { return contains(line, part); });
}

void put(const fs::path& path, const Shape& shape, int value) {
  fs::create_directories(path.parent_path());
  Array image = Array::zeros(shape, DType::u8);
  std::ranges::fill(image.as<std::uint8_t>(), static_cast<std::uint8_t>(value));
  write(path, encode_png(image));
}

}  // namespace

TEST_CASE("npy arrays of every type and byte order keep their values") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "a.npy";
  const auto read = [&](const std::string& descr, const std::string& elements) {
    write(path, npy(descr, "(1, 2)", elements));
    return example(*open("npy:" + path.string()).part(Split::all), 0);
  };
  using V = std::vector<float>;
  CHECK(read("|i1", bytes_of<std::int8_t>({-128, 127})) == V{-128, 127});
  CHECK(read("<i2", bytes_of<std::int16_t>({-300, 300})) == V{-300, 300});
  CHECK(read(">i2", bytes_of<std::int16_t>({-300, 300}, true)) == V{-300, 300});
  CHECK(read("<u2", bytes_of<std::uint16_t>({0, 65535})) == V{0, 65535});
  CHECK(read(">u4", bytes_of<std::uint32_t>({1, 4000000000U}, true)) == V{1, 4e9F});
  CHECK(read("<u8", bytes_of<std::uint64_t>({1, 1ULL << 63})) == V{1, 0x1p63F});
  CHECK(read(">i8", bytes_of<std::int64_t>({-5, 5}, true)) == V{-5, 5});
  CHECK(read("<f2", bytes_of<std::uint16_t>({0x3C00, 0xC000})) == V{1, -2});
  CHECK(read(">f2", bytes_of<std::uint16_t>({0x3C00, 0x0001}, true)) == V{1, 0x1p-24F});
  CHECK(read(">f4", bytes_of<float>({0.5F, -7}, true)) == V{0.5F, -7});
  CHECK(read("<f8", bytes_of<double>({0.5, 1e-300})) == V{0.5F, 0});
  CHECK(read("|b1", std::string("\1\0", 2)) == V{1, 0});
}

TEST_CASE("channels may be first, and a row of numbers an image") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "a.npy";
  std::vector<float> values(2 * 3 * 8 * 9);
  std::iota(values.begin(), values.end(), 0.0F);
  write(path, encode_npy(Array::of<float>({2, 3, 8, 9}, values)));
  const auto name = "npy:" + path.string();
  const auto opened = open(name);
  const auto first = opened.part(Split::all);
  CHECK(first->shape() == Shape{8, 9, 3});
  CHECK(says(opened.report().taken, "channels first"));
  CHECK(example(*first, 1)[3 * 10 + 2] == 216.0F + 2 * 72 + 10);
  const auto last = open(name, {.layout = "hwc"}).part(Split::all);
  CHECK(last->shape() == Shape{3, 8, 9});
  error_of(ErrorKind::usage, [&] { open(name, {.layout = "nchw"}); });

  write(path, encode_npy(Array::of<float>({2, 216}, std::span(values).first(432))));
  const auto row = open(name, {.shape = "8x9x3"}).part(Split::all);
  CHECK(row->shape() == Shape{8, 9, 3});
  CHECK(example(*row, 1)[0] == 216);
  CHECK(contains(error_of(ErrorKind::usage, [&] { open(name, {.shape = "8x9"}); }), "needs 72"));
}

TEST_CASE("what a rounding has put outside of 0 to 1 is taken as 0 and 1, and said") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "a.npy";
  write(path, encode_npy(Array::of<float>({1, 3}, std::vector{-1e-7F, 0.5F, 1.000001F})));
  const auto opened = open("npy:" + path.string());
  CHECK(example(*opened.part(Split::all), 0) == std::vector{0.0F, 0.5F, 1.0F});
  CHECK(says(opened.report().taken, "rounding"));
  CHECK(opened.part(Split::all)->range()->is_unit());
  write(path, encode_npy(Array::of<float>({1, 2}, std::vector{0.5F, 1.01F})));
  CHECK(example(*open("npy:" + path.string()).part(Split::all), 0)[1] == 1.01F);
}

TEST_CASE("arrays of an archive are known by names of every custom") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "a.npz";
  const auto name = "npz:" + path.string();
  const std::string labels12 =
      npy("<i8", "(12,)", bytes_of<std::int64_t>({0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}));
  const std::string labels7 = npy("|u1", "(7, 1)", std::string("\0\1\2\0\1\2\3", 7));
  const std::array<std::array<std::string, 4>, 4> customs{{
      {"train_images", "test_images", "train_labels", "test_labels"},
      {"x_train", "x_test", "y_train", "y_test"},
      {"X_train", "X_test", "Y_train", "Y_test"},
      {"train-data", "test-data", "train-target", "test-target"},
  }};
  for (const auto& [train, test, y_train, y_test] : customs) {
    CAPTURE(train);
    write_npz(path, {{test + ".npy", images(7)},
                     {train + ".npy", images(12)},
                     {y_test + ".npy", labels7},
                     {y_train + ".npy", labels12}});
    const auto opened = open(name);
    CHECK(opened.has_own_test());
    CHECK(opened.part(Split::train)->size() == 12);
    CHECK(opened.part(Split::test)->size() == 7);
    CHECK(opened.part(Split::all)->size() == 19);
    CHECK(opened.part(Split::train)->num_classes() == 4);  // of both parts
    CHECK(opened.part(Split::test)->label(6) == 3);
    CHECK(opened.report().left_out.empty());
  }
  write_npz(path, {{"train_images.npy", images(12)}, {"val_images.npy", images(7)}});
  CHECK(open(name).part(Split::test)->size() == 7);
  CHECK(says(open(name).report().taken, "validation part is the test part"));
  write_npz(path, {{"train_images.npy", images(12)},
                   {"val_images.npy", images(7)},
                   {"test_images.npy", images(8)}});
  CHECK(open(name).part(Split::validation)->size() == 7);
  CHECK(open(name).part(Split::test)->size() == 8);

  write_npz(path, {{"X.npy", images(12)},
                   {"y.npy", labels12},
                   {"ids.npy", npy("<U3", "(12,)", std::string(144, 'a'))}});
  const auto alone = open(name);
  CHECK_FALSE(alone.has_own_test());
  CHECK(alone.part(Split::all)->label(5) == 2);
  CHECK(says(alone.report().left_out, "ids"));

  write_npz(path, {{"a.npy", images(12)}, {"b.npy", images(12, 9)}});
  CHECK(contains(error_of(ErrorKind::input, [&] { open(name); }), "--key"));
  CHECK(example(*open(name, {.key = "b"}).part(Split::all), 0)[0] == 11.0F / 255);
  CHECK(contains(error_of(ErrorKind::input, [&] { open(name, {.key = "c"}); }), "a u8 (12, 9, 9)"));
}

TEST_CASE("an array that nobody asks for hurts nobody") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "a.npz";
  write_npz(path, {{"images.npy", images(12)},
                   {"names.npy", npy("|O", "(12,)", "pickle")},
                   {"broken.npy", "no array"},
                   {"__MACOSX/._images.npy", "a fork"},
                   {"readme.txt", "hello"}});
  const auto opened = open("npz:" + path.string());
  CHECK(opened.part(Split::all)->size() == 12);
  CHECK(says(opened.report().left_out, "names"));
  CHECK(says(opened.report().left_out, "broken"));
}

TEST_CASE("labels may be a column, one-hot, texts, or numbers of any kind") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "a.npz";
  const auto name = "npz:" + path.string();
  const auto labelled = [&](const std::string& labels, const DataReading& reading = {}) {
    write_npz(path, {{"images.npy", images(3)}, {"labels.npy", labels}});
    return open(name, reading);
  };
  const auto labels_of = [](const OpenedData& opened) {
    const auto all = opened.part(Split::all);
    return std::vector{all->label(0), all->label(1), all->label(2)};
  };
  using L = std::vector<int>;
  CHECK(labels_of(labelled(npy(">u2", "(3, 1)", std::string("\0\2\0\0\0\1", 6)))) == L{2, 0, 1});
  CHECK(labels_of(labelled(npy("<f4", "(3,)", bytes_of<float>({1, 0, 1})))) == L{1, 0, 1});
  const auto hot = labelled(npy("|u1", "(3, 4)", std::string("\0\0\0\1\1\0\0\0\0\1\0\0", 12)));
  CHECK(labels_of(hot) == L{3, 0, 1});
  CHECK(hot.part(Split::all)->num_classes() == 4);
  const auto texts = labelled(npy("|S3", "(3,)", std::string("dogcatdog", 9)));
  CHECK(labels_of(texts) == L{1, 0, 1});
  CHECK(texts.part(Split::all)->class_names()[1] == "dog");
  const auto wide =
      labelled(npy("<U2", "(3,)", bytes_of<std::uint32_t>({0xE4, 0, 'b', 'c', 0xE4, 0})));
  CHECK(wide.part(Split::train)->class_names()[1] == "\xC3\xA4");
  const auto signs = labelled(npy("|i1", "(3,)", std::string("\xff\1\xff", 3)));
  CHECK(labels_of(signs) == L{0, 1, 0});
  CHECK(signs.part(Split::all)->class_names()[0] == "-1");
  const auto values = labelled(npy("<f4", "(3,)", bytes_of<float>({0.5F, 0, 1})));
  CHECK(values.part(Split::all)->num_classes() == 0);
  CHECK(says(values.report().left_out, "whole numbers"));
  CHECK(contains(
      error_of(ErrorKind::input,
               [&] {
                 labelled(npy("<f4", "(3,)", bytes_of<float>({0.5F, 0, 1})), {.label = "labels"});
               }),
      "whole numbers"));
  CHECK(labelled(npy("|u1", "(3,)", "\1\1\1"), {.label = "-"}).part(Split::all)->num_classes() ==
        0);
}

TEST_CASE("classes are matched by their names") {
  const auto data = [](std::vector<int> labels, std::vector<std::string> names) {
    const Shape shape{static_cast<std::int64_t>(labels.size()), 1};
    return array_dataset({.values = Array::zeros(shape, DType::f32),
                          .labels = std::move(labels),
                          .class_names = std::move(names)});
  };
  const auto other = data({0, 1}, {"banana", "cherry"});
  const auto matched = with_classes(other, {"apple", "banana", "cherry"}, "there");
  CHECK(matched->num_classes() == 3);
  CHECK(matched->label(0) == 1);
  CHECK(matched->label(1) == 2);
  const auto unknown = error_of(ErrorKind::input, [&] {
    with_classes(other, {"apple", "banana"}, "there");
  });
  CHECK(contains(unknown, "cherry"));
  CHECK(contains(unknown, "there"));
}

TEST_CASE("folders: parts, classes at any depth, and what is no picture") {
  const platform::TemporaryDirectory temporary;
  const fs::path root = temporary.path();
  for (int i = 0; i < 6; ++i) {
    const std::string file = std::to_string(i) + ".png";
    put(root / "train" / "10" / "deep" / file, {9, 9, 1}, 10);
    put(root / "train" / "2" / file, {9, 9, 1}, 2);
    if (i < 2) put(root / "test" / "10" / file, {9, 9, 1}, 10);
    if (i < 3) put(root / "valid" / "2" / file, {9, 9, 1}, 2);
  }
  write(root / "train" / "notes.txt", "no picture");
  write(root / "train" / ".DS_Store", "hidden");
  put(root / "extra" / "x.png", {9, 9, 1}, 0);
  const auto opened = open("folder:" + root.string());
  CHECK(opened.part(Split::train)->size() == 12);
  CHECK(opened.part(Split::test)->size() == 2);
  CHECK(opened.part(Split::validation)->size() == 3);
  CHECK(opened.part(Split::all)->size() == 17);
  const auto train = opened.part(Split::train);
  REQUIRE(train->num_classes() == 2);
  CHECK(train->class_names()[0] == "2");  // by value, not by letters
  CHECK(train->class_names()[1] == "10");
  for (std::int64_t i = 0; i < train->size(); ++i)
    CHECK(example(*train, i)[0] == (train->label(i) == 1 ? 10.0F : 2.0F) / 255);
  CHECK(contains(train->name(0), "deep"));
  CHECK(says(opened.report().left_out, "notes.txt"));
  CHECK(says(opened.report().left_out, "hidden"));
  CHECK(says(opened.report().left_out, "extra"));
  // One folder alone is no class.
  CHECK(open("folder:" + (root / "extra").string()).part(Split::all)->num_classes() == 0);
}

TEST_CASE("folders: grey and colour, alpha and sizes by rules that are said") {
  const platform::TemporaryDirectory temporary;
  const fs::path root = temporary.path();
  put(root / "a.png", {8, 8, 1}, 100);
  put(root / "b.png", {8, 8, 3}, 50);
  const auto name = "folder:" + root.string();
  const auto mixed = open(name);
  CHECK(mixed.part(Split::all)->shape() == Shape{8, 8, 3});
  CHECK(says(mixed.report().taken, "1 grey, taken as colour"));
  CHECK(example(*mixed.part(Split::all), 0)[2] == 100.0F / 255);
  CHECK(open(name, {.channels = 1}).part(Split::all)->shape() == Shape{8, 8, 1});
  CHECK(example(*open(name, {.channels = 4}).part(Split::all), 1)[3] == 1.0F);
  put(root / "c.png", {8, 12, 1}, 7);
  const auto unequal = error_of(ErrorKind::input, [&] { open(name); });
  CHECK(contains(unequal, "c.png"));
  CHECK(contains(unequal, "--size 8x8"));
  const auto made = open(name, {.size = "4x6", .fit = "stretch"});
  CHECK(made.part(Split::all)->shape() == Shape{4, 6, 3});
  CHECK(says(made.report().taken, "2 sizes, made 4 x 6"));
  CHECK(open(name, {.size = "4"}).part(Split::all)->shape() == Shape{4, 4, 3});
  error_of(ErrorKind::usage, [&] { open(name, {.size = "0"}); });
  error_of(ErrorKind::usage, [&] { open(name, {.size = "4x"}); });
  error_of(ErrorKind::usage, [&] { open(name, {.size = "4", .fit = "squeeze"}); });
  write(root / "d.jpg", "<!DOCTYPE html>");
  CHECK(contains(error_of(ErrorKind::input, [&] { open(name, {.size = "4"}); }), "HTML"));
}

TEST_CASE("a path alone is opened as what it holds") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "data.bin";
  write(path, images(12));
  CHECK(resolved_source(path.string()) == "npy:" + path.string());
  CHECK(open(path.string()).part(Split::all)->size() == 12);
  CHECK(contains(resolved_source(temporary.path().string()), "folder:"));
  write(path, "a,b\n1,2\n");
  CHECK(contains(resolved_source(path.string()), "csv:"));
  write(path, "%PDF-1.4");
  CHECK(contains(error_of(ErrorKind::usage, [&] { resolved_source(path.string()); }), "PDF"));
  CHECK(resolved_source("digits") == "digits");
}

TEST_CASE("other data are all for tests") {
  const platform::TemporaryDirectory temporary;
  const auto train = temporary.path() / "train.npy", test = temporary.path() / "test.npy";
  write(train, images(12));
  write(test, images(5));
  const auto opened = open("npy:" + train.string(), {.test = "npy:" + test.string()});
  CHECK(opened.part(Split::train)->size() == 12);
  CHECK(opened.part(Split::test)->size() == 5);
  CHECK(opened.has_own_test());
  CHECK(says(opened.report().taken, "test.npy"));
  write(test, npy("|u1", "(1, 4, 4)", std::string(16, 'a')));
  CHECK(contains(
      error_of(ErrorKind::input,
               [&] {
                 open("npy:" + train.string(), {.test = "npy:" + test.string()}).part(Split::test);
               }),
      "(4, 4, 1)"));
}

TEST_CASE("large arrays stay on disk, and are checked when they are read") {
  const platform::TemporaryDirectory temporary;
  const auto path = temporary.path() / "large.npy";
  // 20 rows of 4 MiB; nothing but zeros takes no room on the disk.
  const std::string head = npy("|u1", "(20, 2048, 2048)", "");
  write(path, head);
  fs::resize_file(path, head.size() + 20 * 2048 * 2048);
  const std::size_t before = platform::peak_resident_bytes();
  const auto all = open("npy:" + path.string()).part(Split::all);
  CHECK(all->size() == 20);
  CHECK(example(*all, 19)[7] == 0.0F);
  CHECK(platform::peak_resident_bytes() - before < (60U << 20));
  fs::resize_file(path, head.size() + 19 * 2048 * 2048);
  CHECK(contains(error_of(ErrorKind::input, [&] { example(*all, 19); }), "shorter"));
}
