#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "tests/hostile/sweep.h"

using namespace varve::test;
namespace fs = std::filesystem;

namespace {

/// What the system may say to any call, and a write that is done by half.
const std::array<std::string, 5> acts{std::to_string(ENOSPC), std::to_string(EIO),
                                      std::to_string(EMFILE), std::to_string(EACCES), "short"};

/// A command ends well in spite of it, or says that the system refused something.
void check_told(const Outcome& outcome) {
  CHECK_MESSAGE((outcome.code == 0 || outcome.code == 7), outcome.code << ": " << outcome.err);
  if (outcome.code == 7) CHECK_MESSAGE(outcome.err.starts_with("varve: "), outcome.err);
}

}  // namespace

TEST_CASE("a run that the system refuses any call on its files says so, and loses nothing") {
  const Place place;
  const std::int64_t calls = count_calls(place, "io", "run", small_run);
  const std::string weights = place.weights("run");
  std::size_t number = 0;
  for (const auto at : points(calls, 30)) {
    const std::string& act = acts[number++ % acts.size()];
    CAPTURE(at);
    CAPTURE(act);
    fs::remove_all(place / "run");
    check_told(varve_under(
        place, {{"CALLS", "io"}, {"PATH", "run"}, {"AT", std::to_string(at)}, {"ACT", act}},
        small_run));
    check_recovers(place, weights);
  }
}

TEST_CASE("a resume that the system refuses any call does not begin anew") {
  const Place place;
  REQUIRE(place.varve(small_run).code == 0);
  fs::rename(place / "run", place / "whole");
  fs::copy(place / "whole", place / "run", fs::copy_options::recursive);
  const std::string more = "train --resume run --epochs 4 --progress none";
  const std::int64_t calls = count_calls(place, "io", "run", more);
  const std::string weights = place.weights("run");
  std::size_t number = 0;
  for (const auto at : points(calls, 15)) {
    const std::string& act = acts[number++ % acts.size()];
    CAPTURE(at);
    CAPTURE(act);
    fs::remove_all(place / "run");
    fs::copy(place / "whole", place / "run", fs::copy_options::recursive);
    check_told(varve_under(
        place, {{"CALLS", "io"}, {"PATH", "run"}, {"AT", std::to_string(at)}, {"ACT", act}}, more));
    CHECK(place.read("run/metrics.csv").find("\n3,") != std::string::npos);
    CHECK(place.varve(more).code == 0);
    CHECK(place.weights("run") == weights);
  }
}
