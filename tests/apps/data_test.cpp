#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "framework/io/image.h"
#include "framework/io/npy.h"
#include "tests/apps/command.h"

using namespace varve;
using namespace varve::test;
namespace fs = std::filesystem;
using nlohmann::json;

// What a person brings, as the command takes it.

namespace {

void put(const fs::path& path, int value) {
  fs::create_directories(path.parent_path());
  Array image = Array::zeros({12, 12, 1}, DType::u8);
  std::ranges::fill(image.as<std::uint8_t>(), static_cast<std::uint8_t>(value));
  save_png(path, image);
}

/// A folder with folders of these names, a dozen pictures in each.
void put_folders(const Place& place, const std::string& root,
                 const std::vector<std::string>& names) {
  for (const auto& name : names)
    for (int i = 0; i < 12; ++i)
      put(place / root / name / (std::to_string(i) + ".png"),
          static_cast<int>(name.size()) * 20 + i);
}

Outcome train(const Place& place, const std::string& more) {
  return place.varve("train --epochs 1 --hidden 8 --latent 2 --out run " + more);
}

}  // namespace

TEST_CASE("a run says what it took and left out, and keeps the names of classes") {
  const Place place;
  put_folders(place, "f", {"apple", "banana", "cherry"});
  place.write("f/apple/notes.txt", "no picture");
  const Outcome run = train(place, "--data f --progress plain");
  REQUIRE_MESSAGE(run.code == 0, run.err);
  CHECK(contains(run.err, "left out 1 file that is no picture: apple/notes.txt"));
  CHECK(contains(run.err, "data: 36 PNG pictures; 3 classes by the names of folders"));
  const json config = json::parse(place.read("run/config.json"));
  CHECK(config["class-names"] == json{"apple", "banana", "cherry"});
  CHECK(config["data-left-out"].size() == 1);
  CHECK(config["data"] == "folder:" + (place / "f").string());

  put_folders(place, "fewer", {"banana", "cherry"});
  CHECK(place.varve("eval run --data fewer --json").code == 0);
  put_folders(place, "other", {"banana", "date"});
  check_error(place.varve("eval run --data other"), 3, "'date'");
}

TEST_CASE("data that are moved away keep no picture from being drawn that needs none") {
  const Place place;
  put_folders(place, "f", {"apple", "banana"});
  REQUIRE(train(place, "--data f --progress none").code == 0);
  fs::rename(place / "f", place / "g");
  CHECK(place.varve("sample run --out s.png --count 4").code == 0);
  check_error(place.varve("reconstruct run --out r.png"), 3, "/f");
  check_error(place.varve("eval run"), 3, "/f");
}

TEST_CASE("other data for tests and validation") {
  const Place place;
  save_npy(place / "train.npy", Array::zeros({12, 12, 12}, DType::u8));
  save_npy(place / "test.npy", Array::zeros({5, 12, 12}, DType::u8));
  const Outcome run =
      train(place, "--data train.npy --test test.npy --validation npy:test.npy --progress plain");
  REQUIRE_MESSAGE(run.code == 0, run.err);
  CHECK(contains(run.err, "12 examples and 5 held out"));
  CHECK(contains(place.varve("eval run").out, "5 examples of the test split"));
  CHECK(contains(place.varve("eval run --split all").out, "17 examples of the all split"));
  CHECK(contains(place.varve("eval run --data train.npy").out, "12 examples of the all split"));
  check_error(place.varve("eval run --split half"), 2, "--split");
}

TEST_CASE("a table is trained on by the networks without convolutions") {
  const Place place;
  std::string rows = "a,b,c,label\n";
  for (int i = 0; i < 30; ++i)
    rows += std::to_string(i % 5) + ",0.5,1," + std::to_string(i % 2) + "\n";
  place.write("t.csv", rows);
  const Outcome run = train(place, "--data t.csv --likelihood gaussian --progress none");
  CHECK_MESSAGE(run.code == 0, run.err);
  CHECK(json::parse(place.read("run/config.json"))["classes"] == 2);
}
