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

void save_images(const fs::path& folder) {
  fs::create_directories(folder);
  for (int i = 0; i < 20; ++i)
    save_png(folder / fmt::format("{}.png", i), Array::zeros({4, 4, 1}, DType::u8));
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

void save_npz(const Place& place, const std::string& name, const std::string& shape) {
  REQUIRE(place
              .shell(fmt::format("python3 -c \"import zipfile; z = zipfile.ZipFile('a.npz', 'w'); "
                                 "z.write('{}', '{}.npy')\"",
                                 shape, name))
              .code == 0);
}

/// Opens an array of 40 examples with one more choice of how it is read.
void open_as(const Place& place, const std::string& name, const DataReading& reading) {
  open_dataset({.name = "npy:" + (place / name).string(), .reading = reading});
}

/// Opens a folder of images of two sizes.
void open_sizes(const Place& place, const DataReading& reading) {
  save_images(place / "sizes");
  save_png(place / "sizes" / "wide.png", Array::zeros({4, 6, 1}, DType::u8));
  open_dataset({.name = "folder:" + (place / "sizes").string(), .reading = reading});
}

/// Opens a source with its test part from another, both in the folder: "npy:x.npy".
void open_with_test(const Place& place, const std::string& data, const std::string& test) {
  const auto here = [&](const std::string& name) {
    const auto colon = name.find(':') + 1;
    return name.substr(0, colon) + (place / name.substr(colon)).string();
  };
  for (const Split split : {Split::train, Split::test})
    open_dataset({.name = here(data), .split = split, .reading = {.test = here(test)}});
}

void open_csv(const Place& place, const std::string& label) {
  place.write("table.csv", [] {
    std::string text = "a,b\n";
    for (int i = 0; i < 20; ++i) text += fmt::format("{},{}\n", i, i % 2);
    return text;
  }());
  open_dataset({.name = "csv:" + (place / "table.csv").string(), .reading = {.label = label}});
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
      {"[data] {}: {} (of {}); name the examples with --key NAME, or store them as images",
       [](const Place& place) {
         save_npy(place / "row.npy", Array::zeros({}, DType::f32));
         save_npy(place / "rows.npy", Array::zeros({40, 3}, DType::f32));
         save_npz(place, "other", "row.npy");
         open("npz:" + (place / "a.npz").string());
       },
       {[](const Place& place) {
          save_npz(place, "images", "rows.npy");
          open("npz:" + (place / "a.npz").string());
        },
        [](const Place& place) {
          save_npz(place, "other", "rows.npy");
          open_dataset({.name = "npz:" + (place / "a.npz").string(), .reading = {.key = "other"}});
        }}},
      {"[data] {}: --{} {}: there is no such array that could be it, among {}",
       [](const Place& place) {
         open_dataset({.name = "npz:" + (place / "a.npz").string(), .reading = {.key = "others"}});
       },
       {[](const Place& place) {
         open_dataset({.name = "npz:" + (place / "a.npz").string(), .reading = {.key = "other"}});
       }}},
      {"[data] {}: {}; name a folder of pictures",
       [](const Place& place) { open("folder:" + (place / "none").string()); },
       {[](const Place& place) {
         save_images(place / "images");
         open("folder:" + (place / "images").string());
       }}},
      {"[data] {}: has pictures of its own and in sub-folders; keep either all in the folder or "
       "one "
       "sub-folder a class",
       [](const Place& place) {
         save_images(place / "mixed");
         save_images(place / "mixed" / "cats");
         open("folder:" + (place / "mixed").string());
       },
       {[](const Place& place) {
          fs::copy(place / "mixed", place / "flat");
          open("folder:" + (place / "flat").string());
        },
        [](const Place& place) {
          fs::create_directory(place / "mixed" / "dogs");
          for (int i = 0; i < 20; ++i)
            fs::rename(place / "mixed" / fmt::format("{}.png", i),
                       place / "mixed" / "dogs" / fmt::format("{}.png", i));
          open("folder:" + (place / "mixed").string());
        }}},
      {"[data] {}: its {} pictures are of {} sizes: {} are {} x {}, and {} not, as {}, which is "
       "{}; "
       "make all of one size, as by --size {}x{} (--fit crop, pad or stretch)",
       [](const Place& place) { open_sizes(place, {}); },
       {[](const Place& place) {
         for (const char* fit : {"crop", "pad", "stretch"})
           open_sizes(place, {.size = "4x4", .fit = fit});
       }}},
      {"[data] {}: is called a picture and {}; remove or repair it",
       [](const Place& place) {
         save_images(place / "odd");
         testing::write(place / "odd" / "x.png", "text of a page");
         open("folder:" + (place / "odd").string());
       },
       {[](const Place& place) {
          save_png(place / "odd" / "x.png", Array::zeros({4, 4, 1}, DType::u8));
          open("folder:" + (place / "odd").string());
        },
        [](const Place& place) {
          fs::remove(place / "odd" / "x.png");
          open("folder:" + (place / "odd").string());
        }}},
      {"[data] {}: {}; say what it is, as in csv:{}",
       [](const Place& place) {
         testing::write(place / "thing", "text of a page");
         open((place / "thing").string());
       },
       {[](const Place& place) {
         testing::write(place / "thing", "1,2\n3,4\n5,6\n7,8\n9,10\n11,12\n13,14\n");
         open("csv:" + (place / "thing").string());
       }}},
      {"[data] {}: --label {}: there is no such column among {}",
       [](const Place& place) { open_csv(place, "c"); },
       {[](const Place& place) { open_csv(place, "b"); }}},
      {"[data] unknown --layout '{}': give hwc, chw or auto",
       [](const Place& place) {
         open_npy(place, {40, 3, 8, 8});
         open_as(place, "array.npy", {.layout = "wch"});
       },
       {[](const Place& place) {
         for (const char* layout : {"hwc", "chw", "auto"})
           open_as(place, "array.npy", {.layout = layout});
       }}},
      {"[data] {}: an example has {} values {}, and --shape {} needs {}",
       [](const Place& place) {
         open_npy(place, {40, 12});
         open_as(place, "array.npy", {.shape = "3x5"});
       },
       {[](const Place& place) { open_as(place, "array.npy", {.shape = "3x4"}); }}},
      {"[data] --{} '{}': give {}",
       [](const Place& place) { open_as(place, "array.npy", {.shape = "threexfour"}); },
       {[](const Place& place) { open_as(place, "array.npy", {.shape = "3x4"}); }}},
      {"[data] --ground '{}': give black, white, grey or three numbers from 0 to 255 such as "
       "255,250,240",
       [](const Place& place) { open_sizes(place, {.size = "4", .ground = "blue"}); },
       {[](const Place& place) {
         for (const char* ground : {"black", "white", "grey", "255,250,240"})
           open_sizes(place, {.size = "4", .ground = ground});
       }}},
      {"[data] --channels {}: give 1 (grey), 2 (grey and alpha), 3 (colour) or 4 (colour and "
       "alpha)",
       [](const Place& place) { open_sizes(place, {.size = "4", .channels = 5}); },
       {[](const Place& place) {
         for (const int channels : {1, 2, 3, 4})
           open_sizes(place, {.size = "4", .channels = channels});
       }}},
      {"[data] {}: --test holds examples of shape {}, and those for training are {}; make them "
       "alike",
       [](const Place& place) {
         save_npy(place / "train.npy", Array::zeros({40, 4}, DType::f32));
         save_npy(place / "test.npy", Array::zeros({40, 5}, DType::f32));
         open_with_test(place, "npy:train.npy", "npy:test.npy");
       },
       {[](const Place& place) {
         save_npy(place / "test.npy", Array::zeros({40, 4}, DType::f32));
         open_with_test(place, "npy:train.npy", "npy:test.npy");
       }}},
      {"[data] {}: has the class '{}', which is none of those trained on: {}; rename or remove it",
       [](const Place& place) {
         for (const char* name : {"pets/cats", "pets/dogs", "others/cats", "others/birds"})
           save_images(place / name);
         open_with_test(place, "folder:pets", "folder:others");
       },
       {[](const Place& place) {
          fs::rename(place / "others/birds", place / "others/dogs");
          open_with_test(place, "folder:pets", "folder:others");
        },
        [](const Place& place) {
          fs::remove_all(place / "others/dogs");
          open_with_test(place, "folder:pets", "folder:others");
        }}},
      {"[data] {}: has {} examples and needs at least {} for a test split (one in {}): name other "
       "data for it with --test",
       [](const Place& place) {
         save_npy(place / "three.npy", Array::zeros({3, 4}, DType::f32));
         open_dataset({.name = "npy:" + (place / "three.npy").string(), .split = Split::test});
       },
       {[](const Place& place) { open_with_test(place, "npy:three.npy", "npy:train.npy"); }}},
      {"is an HTML page: the download went wrong, fetch it again",
       [](const Place& place) {
         testing::write(place / "page.npy", "<!DOCTYPE html><html><body>404</body></html>");
         open("npy:" + (place / "page.npy").string());
       },
       {[](const Place& place) {
         fs::copy_file(place / "train.npy", place / "page.npy",
                       fs::copy_options::overwrite_existing);
         open("npy:" + (place / "page.npy").string());
       }}},
      {"is a pointer of Git LFS: fetch the file itself by 'git lfs pull'",
       [](const Place& place) {
         save_images(place / "large");
         testing::write(place / "large" / "0.png",
                        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
         open("folder:" + (place / "large").string());
       },
       {[](const Place& place) {
         save_images(place / "large");
         open("folder:" + (place / "large").string());
       }}},
  };
}

}  // namespace varve::remedies

TEST_CASE("remedies of data") {
  varve::remedies::check(varve::test::Place(), varve::remedies::of_data());
}
