#include <doctest/doctest.h>

#include <filesystem>

#include "tests/hostile/sweep.h"

using namespace varve::test;

namespace {

constexpr int out_of_memory = 5;

/// Whether one allocation is refused, which somebody may swallow and go on with less than all, or
/// all from it on.
enum class Refusal { one, all };

/// Refuses allocations of a command, evenly over all that it makes: it ends well in spite of it or
/// tells that memory is out, whatever its libraries make of it.
void sweep(const Place& place, std::string_view arguments, std::int64_t usual, Refusal refusal) {
  const auto clean = [&] {
    if (arguments == small_run) std::filesystem::remove_all(place / "run");
  };
  clean();
  const std::int64_t calls = count_calls(place, "memory", "", arguments);
  for (const auto at : points(calls, usual)) {
    CAPTURE(at);
    clean();
    const auto ended = varve_under(place,
                                   {{"CALLS", "memory"},
                                    {"AT", std::to_string(at)},
                                    {"EVERY", refusal == Refusal::all ? "1" : "0"}},
                                   arguments);
    CHECK_MESSAGE((ended.code == 0 || ended.code == out_of_memory),
                  ended.code << ": " << ended.err);
  }
}

}  // namespace

TEST_CASE("training ends with its own code wherever memory runs out") {
  const Place place;
  sweep(place, small_run, 24, Refusal::all);
}

TEST_CASE("evaluation and pictures end with their own code wherever memory runs out") {
  const Place place;
  REQUIRE(place.varve(small_run).code == 0);
  sweep(place, "eval run --json", 10, Refusal::one);
  sweep(place, "sample run --out picture.svg", 16, Refusal::one);
  for (const char* command :
       {"eval run --json", "sample run --out picture.png", "manifold run --out picture.svg"})
    sweep(place, command, 8, Refusal::all);
}

TEST_CASE("a limit of memory ends a run with its own code, and never hangs it") {
  const Place place;
  for (int mebibytes = 120; mebibytes <= 360; mebibytes += 60) {
    CAPTURE(mebibytes);
    std::filesystem::remove_all(place / "run");
    const auto ended = place.shell("ulimit -v " + std::to_string(1024 * mebibytes) +
                                   "; timeout 60 \"$varve\" " + std::string(small_run) +
                                   " --latent 4");  // so that principal components are drawn
    // 127: not even the program's libraries fit.
    CHECK_MESSAGE((ended.code == 0 || ended.code == out_of_memory || ended.code == 127),
                  ended.code << ": " << ended.err);
  }
}
