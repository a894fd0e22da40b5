#include <doctest/doctest.h>

#include <filesystem>

#include "tests/hostile/sweep.h"

using namespace varve::test;

namespace {

constexpr int out_of_memory = 5;

/// Refuses single allocations of a command, and all from one on: it ends well in spite of it or
/// tells that memory is out, whatever its libraries make of it.
template <class Before>
void sweep(const Place& place, std::string_view arguments, std::int64_t usual,
           const Before& before) {
  before();
  const std::int64_t calls = count_calls(place, "memory", "", arguments);
  int number = 0;
  for (const auto at : points(calls, usual)) {
    const std::string every = number++ % 2 == 0 ? "0" : "1";
    CAPTURE(at);
    CAPTURE(every);
    before();
    const auto ended = varve_under(
        place, {{"CALLS", "memory"}, {"AT", std::to_string(at)}, {"EVERY", every}}, arguments);
    CHECK_MESSAGE((ended.code == 0 || ended.code == out_of_memory),
                  ended.code << ": " << ended.err);
  }
}

}  // namespace

TEST_CASE("training ends with its own code wherever an allocation fails") {
  const Place place;
  sweep(place, small_run, 24, [&] { std::filesystem::remove_all(place / "run"); });
}

TEST_CASE("evaluation and pictures end with their own code wherever an allocation fails") {
  const Place place;
  REQUIRE(place.varve(small_run).code == 0);
  for (const char* command :
       {"eval run --json", "sample run --out picture.png", "manifold run --out picture.svg"})
    sweep(place, command, 8, [] {});
}

TEST_CASE("a limit of memory ends a run with its own code, and never hangs it") {
  const Place place;
  for (int mebibytes = 120; mebibytes <= 360; mebibytes += 40) {
    CAPTURE(mebibytes);
    std::filesystem::remove_all(place / "run");
    const auto ended = place.shell("ulimit -v " + std::to_string(1024 * mebibytes) +
                                   "; timeout 60 \"$varve\" " + std::string(small_run));
    // 127: not even the program's libraries fit.
    CHECK_MESSAGE((ended.code == 0 || ended.code == out_of_memory || ended.code == 127),
                  ended.code << ": " << ended.err);
  }
}
