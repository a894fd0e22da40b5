#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

#include "tests/hostile/sweep.h"

using namespace varve::test;

TEST_CASE("a run that is killed at any call on its files goes on to the same bits") {
  const Place place;
  const std::int64_t calls = count_calls(place, "io", "run", small_run);
  const std::string weights = place.weights("run");
  int number = 0;
  for (const auto at : points(calls, 40)) {
    CAPTURE(at);
    std::filesystem::remove_all(place / "run");
    // Before the call, or behind it with half of what it was to write.
    const auto killed = varve_under(place,
                                    {{"CALLS", "io"},
                                     {"PATH", "run"},
                                     {"AT", std::to_string(at)},
                                     {"ACT", number++ % 2 == 0 ? "kill" : "killed"}},
                                    small_run);
    CHECK(killed.code == 128 + SIGKILL);
    check_recovers(place, weights);
  }
}
