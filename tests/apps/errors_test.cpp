#include <doctest/doctest.h>
#include <fmt/format.h>

#include "framework/io/image.h"
#include "framework/io/npy.h"
#include "tests/apps/command.h"

using varve::Array;
using varve::DType;
using varve::test::check_error;
using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;
namespace fs = std::filesystem;

namespace {

Outcome train(const Place& place, const std::string& more) {
  return place.varve("train --epochs 1 --hidden 8 --progress none --out run " + more);
}

}  // namespace

TEST_CASE("files that are not what they should be: exit code 3, the file named, no run begun") {
  const Place place;
  for (const auto* name : {"x.npy", "x.npz", "x.csv", "x-images-idx3-ubyte", "x.gz"})
    place.write(name, "this is none of them");
  fs::create_directory(place / "folder");
  place.write("folder/x.png", "not a picture");
  check_error(train(place, "--data npy:x.npy"), 3, "x.npy");
  check_error(train(place, "--data npz:x.npz"), 3, "x.npz");
  check_error(train(place, "--data csv:x.csv"), 3, "x.csv");
  check_error(train(place, "--data idx:x-images-idx3-ubyte"), 3, "x-images-idx3-ubyte");
  check_error(train(place, "--data idx:x.gz"), 3, "x.gz");
  check_error(train(place, "--data folder:folder"), 3, "x.png");
  check_error(train(place, "--data npy:missing.npy"), 3, "missing.npy");
  check_error(train(place, "--data mnist --data-dir folder"), 3, "folder");
  check_error(train(place, "--data mnist"), 2, "--data-dir");
  CHECK_FALSE(fs::exists(place / "run"));
}

TEST_CASE("data that the likelihood or the models do not take") {
  const Place place;
  Array images = Array::zeros({60, 8, 9, 1}, DType::f32);
  images.as<float>()[1000] = 3.5F;
  varve::save_npy(place / "bright.npy", images);
  check_error(train(place, "--data npy:bright.npy"), 3, "3.5");
  check_error(train(place, "--data npy:bright.npy --binarize static"), 3, "3.5");
  varve::save_npy(place / "tiny.npy", Array::zeros({60, 7, 9, 1}, DType::f32));
  check_error(train(place, "--data npy:tiny.npy"), 3, "(7, 9, 1)");
  place.write("table.csv", "a,b\n1,2\n3,4\n5,6\n7,8\n9,0\n1,2\n");
  check_error(train(place, "--data csv:table.csv"), 3, "holds 9");
  check_error(train(place, "--data csv:table.csv --rescale auto --arch conv"), 2, "--arch conv");
  CHECK_FALSE(fs::exists(place / "run"));

  const Outcome fine = train(place, "--data npy:bright.npy --likelihood gaussian");
  CHECK_MESSAGE(fine.code == 0, fine.err);
}

TEST_CASE("places that cannot be written: exit code 7, nothing left behind") {
  const Place place;
  check_error(place.varve("train --limit 100 --progress none --out /dev/full/run"), 7, "/dev/full");
  check_error(place.varve("train --limit 100 --progress none --out /proc/none/run"), 7, "/proc");
  place.write("file", "in the way");
  check_error(place.varve("train --limit 100 --progress none --out file/run"), 7, "file: ");

  REQUIRE(place.varve(fmt::format("train {} --out run", tiny)).code == 0);
  check_error(place.varve("sample run --out /proc/picture.png"), 7, "/proc/picture.png");
  check_error(place.varve("sample run --out none/picture.png"), 7, "none/picture.png");
  CHECK_FALSE(fs::exists(place / "none"));

  check_error(place.shell("\"$varve\" models >/dev/full"), 7, "write the output");

  // A limit on the size of files stands for a full disk. The checkpoint is larger than that.
  const Outcome full = place.shell(
      fmt::format("ulimit -f 64\nexec \"$varve\" train {} --hidden 400 --out small", tiny));
  check_error(full, 7, "small");
  for (const auto& entry : fs::recursive_directory_iterator(place / "small"))
    CHECK_MESSAGE(entry.path().extension() != ".safetensors", entry.path());
}

TEST_CASE("numbers that leave the finite ones: exit code 6") {
  const Place place;
  const Outcome wild = place.varve(fmt::format("train {} --lr 1e30 --out run", tiny));
  CHECK(wild.code == 6);
  CHECK(wild.err.find("epoch 1") != std::string::npos);
}
