#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "framework/data/array_dataset.h"
#include "framework/data/loader.h"
#include "framework/data/sources.h"
#include "framework/data/transforms.h"
#include "framework/io/image.h"
#include "framework/io/npy.h"
#include "tests/framework/data/testing.h"
#include "tests/remedies/remedies.h"

namespace varve::remedies {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const Dataset> numbers(std::vector<float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return array_dataset({.values = Array::of<float>({count, 1}, std::span<const float>(values))});
}

std::shared_ptr<const Dataset> five() { return numbers({0, 0.25F, 0.5F, 0.75F, 1}); }

void open(const std::string& name, const fs::path& directory = {}) {
  open_dataset({.name = name, .directory = directory.string()});
}

/// Opens an array of 40 examples of a shape.
void open_npy(const Place& place, Shape shape) {
  save_npy(place / "array.npy", Array::zeros(shape, DType::f32));
  open("npy:" + (place / "array.npy").string());
}

void draw(std::vector<float> values) {
  Loader loader(numbers(std::move(values)),
                {.transforms = {transforms::binarize_dynamic()}, .prefetch = 0});
  loader.start(0);
  loader.next();
}

void load(std::int64_t batch, std::int64_t epoch) {
  Loader(five(), {.batch_size = batch, .drop_last = true, .prefetch = 0}).start(epoch);
}

/// The four files of MNIST, of twenty images each.
void save_idx(const fs::path& folder) {
  fs::create_directories(folder);
  const std::string count("\0\0\0\x14", 4), side("\0\0\0\x04", 4);
  for (const std::string part : {"train", "t10k"}) {
    testing::write(folder / (part + "-images-idx3-ubyte"),
                   std::string("\0\0\x08\x03", 4) + count + side + side + std::string(320, '\1'));
    testing::write(folder / (part + "-labels-idx1-ubyte"),
                   std::string("\0\0\x08\x01", 4) + count + std::string(20, '\1'));
  }
}

}  // namespace

Remedies of_data() {
  return {
      {"[data] {}: example {} has a value that is not a finite 32-bit number; remove or repair "
       "that "
       "example",
       [] {
         numbers({0, NAN});
       },
       {[] { numbers({0}); },
        [] {
          numbers({0, 1});
        }}},
      {"[take] {} examples were asked for; take at least 1", [] { take(five(), 0); }, {[] {
         take(five(), 1);
       }}},
      {"[holdout] one in {} cannot be held out; give a period of at least 2",
       [] { holdout(five(), 1, true); },
       {[] { holdout(five(), 2, true); }}},
      {"[data] neither {} nor {} has {}-{}[.gz]; put the four IDX files there",
       [](const Place& place) {
         fs::create_directories(place / "idx");
         open("mnist", place / "idx");
       },
       {[](const Place& place) {
         save_idx(place / "idx");
         open("mnist", place / "idx");
       }}},
      {"[data] {} is read from its four IDX files; name their folder with --data-dir DIR",
       [] { open("mnist"); },
       {[](const Place& place) { open("mnist", place / "idx"); }, "data mnist --data-dir idx"}},
      {"[loader] {} examples do not fill one batch of {} and the last batch is to be dropped; use "
       "a "
       "smaller batch",
       [] { load(6, 0); },
       {[] { load(5, 0); }}},
      {"[loader] epoch {} does not exist; count from 0", [] { load(5, -1); }, {[] { load(5, 0); }}},
      {"[data] '{}' takes no path; write '{}'", [] { open("digits:x"); }, {[] { open("digits"); }}},
      {"[data] '{}' needs a path; write '{}'", [] { open("npy"); }, {[](const Place& place) {
         open_npy(place, {40, 3});
       }}},
      {"[binarize] the value {} is no probability; scale the data to [0, 1] first",
       [] {
         draw({0, 2});
       },
       {[] {
         draw({0, 1});
       }}},
  };
}

}  // namespace varve::remedies

TEST_CASE("remedies of data") {
  varve::remedies::check(varve::test::Place(), varve::remedies::of_data());
}
