#include <doctest/doctest.h>

#include <algorithm>

#include "framework/data/sources.h"
#include "framework/io/image.h"
#include "framework/platform/platform.h"
#include "tests/framework/data/testing.h"

using namespace varve;
using namespace varve::testing;
namespace fs = std::filesystem;

namespace {

void put(const fs::path& path, const Shape& shape, int value) {
  fs::create_directories(path.parent_path());
  Array image = Array::zeros(shape, DType::u8);
  std::ranges::fill(image.as<std::uint8_t>(), static_cast<std::uint8_t>(value));
  write(path, encode_png(image));
}

std::shared_ptr<const Dataset> open(const fs::path& folder) {
  return open_dataset({.name = "folder:" + folder.string()});
}

std::string refusal(const fs::path& folder) {
  return error_of(ErrorKind::input, [&] { open(folder); });
}

}  // namespace

TEST_CASE("a folder of images is read in the order of its names") {
  const platform::TemporaryDirectory temporary;
  for (int i = 0; i < 12; ++i)
    put(temporary.path() / (std::string(1, static_cast<char>('l' - i)) + ".PNG"), {2, 3, 3}, i);
  write(temporary.path() / "notes.txt", "no image");
  fs::create_directory(temporary.path() / "empty");
  const auto data = open(temporary.path());
  CHECK(data->size() == 10);
  CHECK(data->shape() == Shape{2, 3, 3});
  CHECK(data->num_classes() == 0);
  for (std::int64_t i = 1; i < data->size(); ++i)
    CHECK(example(*data, i)[0] < example(*data, i - 1)[0]);
  const auto test =
      open_dataset({.name = "folder:" + temporary.path().string(), .split = Split::test});
  CHECK(test->size() == 2);
}

TEST_CASE("sub-folders are classes, by name") {
  const platform::TemporaryDirectory temporary;
  for (int i = 0; i < 6; ++i) {
    put(temporary.path() / "dogs" / (std::to_string(i) + ".png"), {4, 4, 1}, 200);
    put(temporary.path() / "cats" / (std::to_string(i) + ".png"), {4, 4, 1}, 100);
    put(temporary.path() / ".hidden" / (std::to_string(i) + ".png"), {9, 9, 1}, 0);
  }
  fs::create_directory(temporary.path() / "birds");  // without images: no class
  const auto data = open(temporary.path());
  CHECK(data->size() == 10);
  CHECK(data->num_classes() == 2);
  for (std::int64_t i = 0; i < data->size(); ++i)
    CHECK(example(*data, i)[0] == static_cast<float>(data->label(i) == 0 ? 100 : 200) / 255.0F);
  put(temporary.path() / "stray.png", {4, 4, 1}, 0);
  CHECK(contains(refusal(temporary.path()), "sub-folders"));
}

TEST_CASE("folders that are no dataset are refused by name") {
  const platform::TemporaryDirectory temporary;
  const fs::path folder = temporary.path() / "images";
  CHECK(contains(refusal(folder), folder.string()));  // it is not there
  fs::create_directory(folder);
  CHECK(contains(refusal(folder), "has no picture"));
  put(folder / "a.png", {4, 4, 1}, 0);
  CHECK(contains(refusal(folder / "a.png"), "a.png"));
  put(folder / "b.png", {4, 5, 1}, 0);
  const auto unequal = refusal(folder);
  CHECK(contains(unequal, "b.png"));
  CHECK(contains(unequal, "4 x 5"));
  CHECK(contains(unequal, "4 x 4"));
  CHECK(contains(unequal, "--size"));
  write(folder / "b.png", "no image");
  CHECK(contains(refusal(folder), "b.png"));
}
