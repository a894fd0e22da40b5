#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "framework/io/checkpoint.h"
#include "framework/io/csv.h"
#include "tests/hostile/disk.h"
#include "tests/hostile/sweep.h"

using namespace varve;
using namespace varve::test;
namespace fs = std::filesystem;

namespace {

std::int64_t newest_of(const std::set<std::string>& names) {
  std::int64_t newest = -1;
  for (const auto& name : names)
    if (name.starts_with("step-"))
      newest = std::max<std::int64_t>(newest, std::stoll(name.substr(5)));
  return newest;
}

/// The newest checkpoint that is certain loads, or a newer one, and the metrics go as far.
void check_survives(const fs::path& run, std::int64_t certain) {
  const auto loaded = load_latest_checkpoint(run / "checkpoints");
  CHECK(loaded.checkpoint.state.step >= certain);
  if (loaded.checkpoint.state.epoch == 0) return;
  CHECK(load_csv(run / "metrics.csv").values.shape[0] >= loaded.checkpoint.state.epoch);
}

}  // namespace

TEST_CASE("a disk may lose any part of what is not synced") {
  Disk disk("/disk");
  disk.apply({"folder", "/disk/a", "-", ""});
  disk.apply({"create", "/disk/a/file", "-", ""});
  disk.apply({"write", "/disk/a/file", "-", "one"});
  disk.apply({"sync", "/disk/a/file", "-", ""});
  CHECK(disk.certain("/disk/a").empty());
  disk.apply({"sync", "/disk/a", "-", ""});
  disk.apply({"sync", "/disk", "-", ""});
  disk.apply({"write", "/disk/a/file", "-", "two"});
  disk.apply({"rename", "/disk/a/file", "/disk/a/other", ""});
  CHECK(disk.certain("/disk") == std::set<std::string>{"a"});
  CHECK(disk.certain("/disk/a").empty());
  std::mt19937 random(1);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const platform::TemporaryDirectory folder;
    disk.lose_power(random, folder.path());
    for (const auto& name : platform::list_folder(folder.path() / "a"))
      seen.insert(name + ": " + platform::read_file(folder.path() / "a" / name));
  }
  CHECK(seen == std::set<std::string>{"file: one", "file: onetwo", "other: one", "other: onetwo"});
}

TEST_CASE("after a loss of power at any moment the newest complete checkpoint loads") {
  const Place place;
  const auto run = varve_under(place, {{"CALLS", "io"}, {"JOURNAL", (place / "journal").string()}},
                               std::string(small_run) + " --epochs 6");
  REQUIRE(run.code == 0);
  const auto root = fs::canonical(place / ".").string();
  auto journal = parse_journal(place.read("journal"));
  for (auto& done : journal)
    for (auto* path : {&done.path, &done.to})
      if (!path->starts_with('/')) *path = root + "/" + *path;
  std::erase_if(journal, [&](const Done& done) { return !done.path.starts_with(root); });
  REQUIRE(journal.size() > 100);

  const char* set = std::getenv("VARVE_SWEEP_POINTS");
  const int losses = set == nullptr ? 3 : std::atoi(set);
  const std::string folder = root + "/run/checkpoints";
  std::mt19937 random(7);
  Disk disk(root);
  std::int64_t named = -1;    // by LATEST, which the last step of a save writes
  std::int64_t certain = -1;  // and that is synced
  int states = 0;
  for (std::size_t done = 0; done < journal.size(); ++done) {
    CAPTURE(done);
    disk.apply(journal[done]);
    if (journal[done].to == folder + "/LATEST") named = newest_of(disk.certain(folder));
    if (journal[done].kind == "sync" && journal[done].path == folder) certain = named;
    if (certain < 0) continue;
    for (int i = 0; i < losses; ++i, ++states) {
      const platform::TemporaryDirectory after;
      disk.lose_power(random, after.path());
      check_survives(after.path() / "run", certain);
    }
  }
  MESSAGE(states << " states after " << journal.size() << " calls");
  CHECK(states > 100);
}
