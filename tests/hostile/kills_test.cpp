#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "tests/hostile/sweep.h"

using namespace varve::test;

namespace {

/// Kills the small run as `faults` say, and goes on with it.
void check_killed(const Place& place, const Faults& faults, const std::string& weights) {
  std::filesystem::remove_all(place / "run");
  CHECK(varve_under(place, faults, small_run).code == 128 + SIGKILL);
  check_recovers(place, weights);
}

}  // namespace

TEST_CASE("a run that is killed at any call on its files goes on to the same bits") {
  const Place place;
  const std::int64_t calls = count_calls(place, "io", "run", small_run);
  const std::string weights = place.weights("run");
  // Odd points: before a call; even ones: behind it, with half of what it was to write.
  for (const auto at : points(2 * calls, 41)) {
    CAPTURE(at);
    check_killed(place,
                 {{"CALLS", "io"},
                  {"PATH", "run"},
                  {"AT", std::to_string((at + 1) / 2)},
                  {"ACT", at % 2 == 1 ? "kill" : "killed"}},
                 weights);
  }
}

TEST_CASE("a run that is killed at any moment between goes on to the same bits") {
  const Place place;
  // Moments are counted by allocations, of which there are thousands in each step. A few fewer are
  // made when threads meet otherwise.
  const std::int64_t calls = count_calls(place, "memory", "", small_run) * 99 / 100;
  const std::string weights = place.weights("run");
  for (const auto at : points(calls, 10)) {
    CAPTURE(at);
    check_killed(place, {{"CALLS", "memory"}, {"AT", std::to_string(at)}, {"ACT", "kill"}},
                 weights);
  }
}
