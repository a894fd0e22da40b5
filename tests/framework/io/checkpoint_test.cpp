#include "framework/io/checkpoint.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <limits>
#include <optional>
#include <set>

#include "framework/core/error.h"
#include "framework/platform/platform.h"
#include "tests/framework/data/testing.h"
#include "tests/framework/io/corruption.h"
#include "tests/framework/io/file_size_limit.h"

using namespace varve;
using varve::testing::contains;
using varve::testing::error_of;
using varve::testing::FileSizeLimit;

namespace {

namespace fs = std::filesystem;

Array array_of(const std::vector<float>& values) {
  return Array::of<float>({static_cast<std::int64_t>(values.size())},
                          std::span<const float>(values));
}

Checkpoint example(std::int64_t step) {
  const auto x = static_cast<float>(step);
  Checkpoint checkpoint;
  checkpoint.state = {.step = step,
                      .epoch = 3,
                      .batch = 5,
                      .batches = 90,
                      .seed = 0xfedcba9876543210,
                      .configuration = "0a1b \"quoted\" \xc3\xa4",
                      .sums = {{"loss", 0.1 + 0.2}, {"kl", -1e-310}},
                      .examples = 640,
                      .seconds = 1. / 3,
                      .best = 123.456789012345678,
                      .best_epoch = 2,
                      .best_checkpoint = "",
                      .stale_epochs = 1};
  checkpoint.model = {{"encoder.weight", array_of({x, 2, 3})}, {"encoder.bias", array_of({-0.F})}};
  checkpoint.optimizer = {{"moment", array_of({x, 0.5F})}};
  return checkpoint;
}

bool same(const Checkpoint::Arrays& a, const Checkpoint::Arrays& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.shape == y.second.shape &&
           x.second.dtype == y.second.dtype && x.second.bytes == y.second.bytes;
  });
}

std::set<std::string> entries(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  return names;
}

void write(const fs::path& file, const std::string& bytes) {
  // Not truncated first: some file systems flush to the disk then.
  std::ofstream(file, std::ios::binary | std::ios::app).close();
  std::fstream(file, std::ios::binary | std::ios::in | std::ios::out) << bytes;
  fs::resize_file(file, bytes.size());
}

}  // namespace

TEST_CASE("what is saved is what is loaded, to the bit") {
  const platform::TemporaryDirectory folder;
  const Checkpoint saved = example(12);
  const auto path = CheckpointWriter(folder.path()).save(saved);
  CHECK(path == folder.path() / "step-00000012");
  CHECK(entries(path) ==
        std::set<std::string>{"model.safetensors", "optimizer.safetensors", "state.json"});
  CHECK(entries(folder.path()) == std::set<std::string>{"LATEST", "step-00000012"});
  const Checkpoint loaded = load_checkpoint(path);
  CHECK(loaded.state == saved.state);
  CHECK(same(loaded.model, saved.model));
  CHECK(same(loaded.optimizer, saved.optimizer));
  CHECK(loaded.average.empty());
  CHECK(same(loaded.weights(), saved.model));

  const auto latest = load_latest_checkpoint(folder.path());
  CHECK(latest.path == path);
  CHECK(latest.notes.empty());
}

TEST_CASE("averaged weights come along, and a state without a best loss") {
  const platform::TemporaryDirectory folder;
  Checkpoint saved = example(1);
  saved.average = {{"encoder.weight", array_of({7})}};
  saved.state.best.reset();
  saved.state.sums.clear();
  const Checkpoint loaded = load_checkpoint(CheckpointWriter(folder.path()).save(saved));
  CHECK(same(loaded.average, saved.average));
  CHECK(same(loaded.weights(), saved.average));
  CHECK(loaded.state == saved.state);
}

TEST_CASE("the newest and the best are kept, older ones go") {
  const platform::TemporaryDirectory folder;
  CheckpointWriter writer(folder.path(), 2);
  std::string best;
  for (std::int64_t step = 10; step <= 60; step += 10) {
    Checkpoint checkpoint = example(step);
    checkpoint.state.best_checkpoint = best;
    const auto path = writer.save(checkpoint, step == 20);
    if (step == 20) best = path.filename().string();
  }
  CHECK(entries(folder.path()) ==
        std::set<std::string>{"LATEST", "step-00000020", "step-00000050", "step-00000060"});
  CHECK(load_latest_checkpoint(folder.path()).checkpoint.state.step == 60);
  CHECK(load_best_checkpoint(folder.path()).checkpoint.state.step == 20);
  CHECK(load_best_checkpoint(folder.path()).checkpoint.state.best_checkpoint == "step-00000020");

  write(folder.path() / "step-00000020" / "model.safetensors", "");
  const auto fallen_back = load_best_checkpoint(folder.path());
  CHECK(fallen_back.checkpoint.state.step == 60);
  REQUIRE(fallen_back.notes.size() == 1);
  CHECK(contains(fallen_back.notes[0], "step-00000020"));

  CHECK(contains(error_of(ErrorKind::usage, [&] { CheckpointWriter(folder.path(), 0); }), "keep"));
}

TEST_CASE("a second save at a step does not touch the first") {
  const platform::TemporaryDirectory folder;
  CheckpointWriter writer(folder.path());
  const auto first = writer.save(example(5));
  const auto second = writer.save(example(5));
  CHECK(second.filename() == "step-00000005-2");
  CHECK(load_latest_checkpoint(folder.path()).path == second);
  fs::remove(second / "state.json");
  CHECK(load_latest_checkpoint(folder.path()).path == first);
}

TEST_CASE("a damaged checkpoint is passed over, and that is told") {
  const platform::TemporaryDirectory folder;
  CheckpointWriter writer(folder.path());
  for (const std::int64_t step : {1, 2, 3}) writer.save(example(step));
  const auto newest = folder.path() / "step-00000003";
  SUBCASE("a byte is another") {
    auto bytes = platform::read_file(newest / "optimizer.safetensors");
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    write(newest / "optimizer.safetensors", bytes);
  }
  SUBCASE("a file is cut") { fs::resize_file(newest / "model.safetensors", 10); }
  SUBCASE("a file is gone") { fs::remove(newest / "model.safetensors"); }
  SUBCASE("the state is gone") { fs::remove(newest / "state.json"); }
  SUBCASE("the state is empty") { write(newest / "state.json", ""); }
  SUBCASE("everything is gone") { fs::remove_all(newest); }
  SUBCASE("a file is a folder") {
    fs::remove(newest / "model.safetensors");
    fs::create_directory(newest / "model.safetensors");
  }
  const bool gone = !fs::exists(newest);
  const auto loaded = load_latest_checkpoint(folder.path());
  CHECK(loaded.checkpoint.state.step == 2);
  CHECK(loaded.notes.size() == (gone ? 0 : 1));
  if (!gone) {
    CHECK(contains(loaded.notes[0], newest.string()));
    CHECK(contains(error_of(ErrorKind::input, [&] { load_checkpoint(newest); }), newest.string()));
  }

  for (const char* name : {"step-00000001", "step-00000002"})
    fs::remove(folder.path() / name / "state.json");
  const auto message = error_of(ErrorKind::input, [&] { load_latest_checkpoint(folder.path()); });
  CHECK(contains(message, "none of its checkpoints can be read"));
}

TEST_CASE("after a fall back, what is saved takes the lead from the damaged newer ones") {
  const platform::TemporaryDirectory folder;
  CheckpointWriter writer(folder.path(), 2);
  for (const std::int64_t step : {10, 20, 30}) writer.save(example(step));
  write(folder.path() / "step-00000030" / "model.safetensors", "damaged");
  CHECK(load_latest_checkpoint(folder.path()).checkpoint.state.step == 20);
  writer.save(example(25));
  CHECK(load_latest_checkpoint(folder.path()).checkpoint.state.step == 25);
  CHECK(load_latest_checkpoint(folder.path()).notes.empty());
  CHECK(entries(folder.path()) ==
        std::set<std::string>{"LATEST", "step-00000020", "step-00000025"});
}

TEST_CASE("LATEST decides; without it or if it is nonsense, the highest step does") {
  const platform::TemporaryDirectory folder;
  CheckpointWriter writer(folder.path());
  for (const std::int64_t step : {1, 2, 100000000}) writer.save(example(step));
  const auto newest = [&] { return load_latest_checkpoint(folder.path()).checkpoint.state.step; };
  write(folder.path() / "LATEST", "step-00000002\n");
  CHECK(newest() == 2);
  for (const char* text : {"", "../../etc", "step-00000007", "step-2", "step-00000002-1", "\xff"}) {
    CAPTURE(text);
    write(folder.path() / "LATEST", text);
    CHECK(newest() == 100000000);
  }
  fs::remove(folder.path() / "LATEST");
  CHECK(newest() == 100000000);
}

TEST_CASE("an empty or missing folder is an input error with the fix") {
  const platform::TemporaryDirectory folder;
  CHECK_FALSE(has_checkpoint(folder.path()));
  CHECK_FALSE(has_checkpoint(folder.path() / "missing"));
  for (const auto& path : {folder.path(), folder.path() / "missing"}) {
    const auto message = error_of(ErrorKind::input, [&] { load_latest_checkpoint(path); });
    CHECK(contains(message, path.string()));
    CHECK(contains(message, "holds no checkpoint"));
  }
  CheckpointWriter(folder.path() / "a" / "b").save(example(1));
  CHECK(has_checkpoint(folder.path() / "a" / "b"));
}

TEST_CASE("what an interrupted save left behind is removed at the start") {
  const platform::TemporaryDirectory folder;
  CheckpointWriter(folder.path()).save(example(1));
  fs::create_directories(folder.path() / ".saving-step-00000002");
  write(folder.path() / ".saving-step-00000002" / "model.safetensors", "half");
  write(folder.path() / ".varve-12-0.tmp", "half");
  CHECK(load_latest_checkpoint(folder.path()).checkpoint.state.step == 1);
  CheckpointWriter writer(folder.path());
  CHECK(entries(folder.path()) == std::set<std::string>{"LATEST", "step-00000001"});
}

TEST_CASE("nothing goes that a save has not written, and nothing through a link") {
  const platform::TemporaryDirectory folder;
  const auto mine = folder.path() / "mine";
  const auto theirs = folder.path() / "theirs";
  fs::create_directories(theirs / "step-00000001");
  write(theirs / "step-00000001" / "precious", "x");
  write(theirs / ".editor.tmp", "x");
  fs::create_directory_symlink("theirs", mine);
  CHECK_THROWS_AS(CheckpointWriter{mine}, Error);
  CHECK(entries(theirs) == std::set<std::string>{".editor.tmp", "step-00000001"});

  // In the folder itself: a folder that only has the name of a checkpoint, and a link to one.
  CheckpointWriter writer(theirs, 1);
  fs::create_directory_symlink("../elsewhere", theirs / "step-00000002");
  CheckpointWriter(folder.path() / "elsewhere").save(example(5));
  fs::create_directory_symlink("../elsewhere/step-00000005", theirs / "step-00000003");
  for (int step = 10; step < 13; ++step) writer.save(example(step));
  CHECK(entries(theirs) == std::set<std::string>{".editor.tmp", "LATEST", "step-00000001",
                                                 "step-00000002", "step-00000003",
                                                 "step-00000012"});
  CHECK(fs::exists(theirs / "step-00000001" / "precious"));
  CHECK(load_latest_checkpoint(folder.path() / "elsewhere").checkpoint.state.step == 5);
}

TEST_CASE("a folder or a checkpoint that cannot be read at the moment is an error") {
  const platform::TemporaryDirectory folder;
  CheckpointWriter writer(folder.path());
  writer.save(example(1));
  const auto newest = writer.save(example(2));
  struct rlimit before {};
  getrlimit(RLIMIT_NOFILE, &before);
  const auto kind_with_files = [&](rlim_t files, const auto& action) {
    const struct rlimit few { files, before.rlim_max };
    setrlimit(RLIMIT_NOFILE, &few);
    std::optional<ErrorKind> kind;
    try {
      action();
    } catch (const Error& error) {
      kind = error.kind();
    }
    setrlimit(RLIMIT_NOFILE, &before);
    return kind;
  };
  CHECK(kind_with_files(0, [&] { has_checkpoint(folder.path()); }) == ErrorKind::io);
  CHECK(kind_with_files(0, [&] { load_latest_checkpoint(folder.path()); }) == ErrorKind::io);
  // What is no file cannot be read either: that is damage, and the one before is taken.
  fs::remove(newest / "state.json");
  fs::create_directory(newest / "state.json");
  CHECK(load_latest_checkpoint(folder.path()).checkpoint.state.step == 1);
}

TEST_CASE("weights that are not finite are refused and nothing changes") {
  const platform::TemporaryDirectory folder;
  CheckpointWriter writer(folder.path(), 1);
  writer.save(example(1));
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    Checkpoint checkpoint = example(2);
    checkpoint.model["encoder.bias"] = array_of({1, bad});
    const auto message = error_of(ErrorKind::non_finite, [&] { writer.save(checkpoint); });
    CHECK(contains(message, "encoder.bias"));
    checkpoint = example(2);
    checkpoint.average["x"] = array_of({bad});
    CHECK(contains(error_of(ErrorKind::non_finite, [&] { writer.save(checkpoint); }), "weight x"));
  }
  CHECK(entries(folder.path()) == std::set<std::string>{"LATEST", "step-00000001"});
}

TEST_CASE("a disk that is full at any point of a save leaves the checkpoint before") {
  const platform::TemporaryDirectory folder;
  const platform::SignalGuard guard;  // SIGXFSZ becomes an error
  CheckpointWriter writer(folder.path(), 1);
  writer.save(example(1));
  const auto state_size = fs::file_size(folder.path() / "step-00000001" / "state.json");
  int failures = 0;
  for (rlim_t limit = 0; limit <= state_size; limit += 23) {
    CAPTURE(limit);
    std::string message;
    {
      const FileSizeLimit full(limit);
      message = error_of(ErrorKind::io, [&] { writer.save(example(2)); });
    }
    CAPTURE(message);
    CHECK(contains(message, folder.path().string()));
    CHECK(entries(folder.path()) == std::set<std::string>{"LATEST", "step-00000001"});
    CHECK(load_latest_checkpoint(folder.path()).checkpoint.state.step == 1);
    ++failures;
  }
  CHECK(failures > 20);
  writer.save(example(2));
  CHECK(load_latest_checkpoint(folder.path()).checkpoint.state.step == 2);
}

TEST_CASE("a process that dies anywhere while saving leaves a checkpoint that loads") {
  using Clock = std::chrono::steady_clock;
  const platform::TemporaryDirectory first;
  const auto start = Clock::now();
  CheckpointWriter(first.path()).save(example(1));
  const auto one_save = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
  constexpr int deaths = 24;  // spread over the time of two saves
  for (int death = 1; death <= deaths; ++death) {
    CAPTURE(death);
    const platform::TemporaryDirectory folder;
    CheckpointWriter(folder.path(), 1).save(example(1));
    const auto delay = 1 + one_save.count() * 2 * death / deaths;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      // SIGALRM ends the process as SIGKILL would, at a moment of its own.
      const itimerval timer{{0, 0}, {delay / 1000000, delay % 1000000}};
      ::setitimer(ITIMER_REAL, &timer, nullptr);
      CheckpointWriter writer(folder.path(), 1);
      for (std::int64_t step = 2;; ++step) writer.save(example(step), step % 3 == 0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGALRM);

    const auto before = load_latest_checkpoint(folder.path());
    CHECK(before.notes.empty());
    CHECK(same(before.checkpoint.model, example(before.checkpoint.state.step).model));
    CHECK(load_best_checkpoint(folder.path()).notes.empty());
    CheckpointWriter writer(folder.path(), 1);
    const auto next = writer.save(example(before.checkpoint.state.step + 1));
    CHECK(load_latest_checkpoint(folder.path()).path == next);
    for (const auto& name : entries(folder.path())) CHECK_FALSE(name.starts_with("."));
  }
}

TEST_CASE("a damaged state.json is refused, never misread") {
  const platform::TemporaryDirectory folder;
  const auto path = CheckpointWriter(folder.path() / "bad.file").save(example(7));
  const auto file = path / "state.json";
  const std::string good = platform::read_file(file);
  const auto expected = load_checkpoint(path).state;
  int changed = 0;
  const testing::Decode decode = [&](const std::string& bytes) {
    write(file, bytes);
    if (!(load_checkpoint(path).state == expected)) ++changed;
  };
  const auto cut = testing::truncations(good, decode);
  CHECK(cut.complaint == "");
  CHECK(cut.accepted <= 1);  // the last newline
  const auto flipped = testing::bit_flips(good, good.size(), decode);
  CHECK(flipped.complaint == "");
  const auto mutated = testing::mutations(good, 3000, decode);
  CHECK(mutated.complaint == "");
  CHECK(mutated.rejected > 2500);
  CHECK(changed == 0);

  const auto refusal = [&](const std::string& text) { return testing::refusal(text, decode); };
  CHECK(contains(refusal(std::string(1000, '[')), "nested more than 8 deep"));
  CHECK(contains(refusal("{}"), "'checksum' is missing"));
  CHECK(contains(refusal("[1]"), "'checksum' is missing"));
  CHECK(contains(refusal("{\"checksum\": 1}"), "'checksum' is no text"));
  CHECK(contains(refusal(std::string(2 << 20, ' ')), "bytes"));
  auto edited = good;
  edited.replace(edited.find("\"step\": 7"), 9, "\"step\": 8");
  CHECK(contains(refusal(edited), "checksum does not match"));
}
