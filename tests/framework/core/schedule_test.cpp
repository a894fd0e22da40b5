#include "framework/core/schedule.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "framework/core/error.h"
#include "tests/framework/nn/support.h"

namespace {

using namespace varve;
using test::contains;
using test::error_of;

void check(const Schedule& schedule, const std::vector<std::pair<std::int64_t, double>>& want) {
  CAPTURE(schedule.str());
  // The text form gives the same schedule back.
  const auto again = Schedule::parse(schedule.str());
  CHECK(again.str() == schedule.str());
  for (const auto& [step, value] : want) {
    CAPTURE(step);
    CHECK(schedule(step) == doctest::Approx(value));
    CHECK(again(step) == schedule(step));
  }
}

std::string complaint(const std::string& text) {
  return error_of(ErrorKind::usage, [&] { Schedule::parse(text); });
}

}  // namespace

TEST_CASE("schedule: values of each kind") {
  check(0.25, {{0, 0.25}, {1000000, 0.25}});
  check(Schedule::step(1, 0.5, 10), {{0, 1}, {9, 1}, {10, 0.5}, {25, 0.25}});
  check(Schedule::exponential(1, 0.5, 10), {{0, 1}, {5, std::sqrt(0.5)}, {10, 0.5}, {30, 0.125}});
  check(Schedule::linear(0, 2, 4), {{0, 0}, {1, 0.5}, {4, 2}, {400, 2}});
  check(Schedule::linear(2, 1, 4), {{0, 2}, {3, 1.25}, {4, 1}});
  check(Schedule::cosine(1, 0, 4),
        {{0, 1}, {1, 0.5 + 0.5 * std::sqrt(0.5)}, {2, 0.5}, {4, 0}, {9, 0}});
  check(Schedule::cyclic(0, 1, 10), {{0, 0}, {1, 0.2}, {5, 1}, {9, 1}, {10, 0}, {13, 0.6}});
  check(Schedule::cyclic(0, 1, 10, 1), {{0, 0}, {5, 0.5}, {9, 0.9}, {10, 0}});
  check(Schedule::warm_up(4, 0.8), {{0, 0.2}, {1, 0.4}, {3, 0.8}, {50, 0.8}});
  check(Schedule::warm_up(2, Schedule::linear(1, 0, 4)), {{0, 0.5}, {1, 0.75}, {2, 0.5}, {4, 0}});
  check(Schedule::join({{Schedule::linear(0, 1, 10), 10}, {0.5, 5}, {Schedule::step(1, 0.1, 2)}}),
        {{0, 0}, {9, 0.9}, {10, 0.5}, {14, 0.5}, {15, 1}, {17, 0.1}});
}

TEST_CASE("schedule: reads its text form") {
  CHECK(Schedule::parse("0.001")(7) == 0.001);
  CHECK(Schedule::parse("1e-3").str() == "0.001");
  CHECK(Schedule::parse("linear:0:1:1000")(250) == 0.25);
  CHECK(Schedule::parse("cyclic:0:1:10")(4) == doctest::Approx(0.8));
  CHECK(Schedule::parse("warmup:10:cosine:1:0:100")(4) ==
        doctest::Approx(0.5 * Schedule::cosine(1, 0, 100)(4)));
  CHECK(Schedule::parse("linear:0:1:4@4,0.5@2,-1")(5) == 0.5);
  CHECK(Schedule::parse("linear:0:1:4@4,0.5@2,-1")(6) == -1);
}

TEST_CASE("schedule: text that cannot be read is told, with the forms") {
  CHECK(contains(complaint("fast"), "'fast' is no number"));
  CHECK(contains(complaint("fast"), "linear:START:END:STEPS"));
  CHECK(contains(complaint(""), "'' is no number"));
  CHECK(contains(complaint("cosin:1:0:5"), "no schedule 'cosin'"));
  CHECK(contains(complaint("linear:0:1"), "takes 3 numbers, got 2"));
  CHECK(contains(complaint("linear:0:1:10:4"), "takes 3 numbers, got 4"));
  CHECK(contains(complaint("linear:0:x:10"), "'x' is no number"));
  CHECK(contains(complaint("linear:0:1:1.5"), "'1.5' is no whole number"));
  CHECK(contains(complaint("linear:0:1:0"), "one or more"));
  CHECK(contains(complaint("cyclic:0:1:10:2"), "(0, 1]"));
  CHECK(contains(complaint("warmup:10"), "warmup takes"));
  CHECK(contains(complaint("0.1,0.2"), "needs '@'"));
  CHECK(contains(complaint("0.1@5"), "the last schedule has no '@'"));
  CHECK(contains(complaint("0.1@0,0.2"), "one or more"));
  CHECK(contains(complaint("nan"), "finite"));
  CHECK(contains(complaint("exponential:1:-1:5"), "positive"));
  CHECK(contains(complaint("1 "), "no number"));
}

TEST_CASE("schedule: what has no text form is told") {
  const auto joined = Schedule::join({{0.1, 5}, {0.2}});
  CHECK(contains(error_of(ErrorKind::usage, [&] { Schedule::warm_up(3, joined); }), "joined"));
  CHECK(contains(error_of(ErrorKind::usage,
                          [&] {
                            Schedule::join({{joined, 5}, {0.1}});
                          }),
                 "joined"));
  CHECK(contains(error_of(ErrorKind::usage, [] { Schedule::join({}); }), "no schedules"));
  CHECK(contains(
      error_of(ErrorKind::usage, [] { Schedule(std::numeric_limits<double>::infinity()); }),
      "finite"));
}

TEST_CASE("schedule: the range over a run") {
  const auto check_range = [](const Schedule& schedule, std::int64_t steps, double least,
                              std::int64_t at, double most, std::int64_t most_at) {
    CAPTURE(schedule.str());
    const auto range = schedule.range(steps);
    CHECK(range.least.value == doctest::Approx(least));
    CHECK(range.least.step == at);
    CHECK(range.most.value == doctest::Approx(most));
    CHECK(range.most.step == most_at);
  };
  check_range(2, 10, 2, 0, 2, 0);
  check_range(Schedule::linear(1, -1, 4), 3, 0, 2, 1, 0);
  check_range(Schedule::linear(1, -1, 4), 100, -1, 4, 1, 0);
  check_range(Schedule::parse("0.1@5,-3@1,0.2"), 20, -3, 5, 0.2, 6);
  check_range(Schedule::cyclic(0, 1, 10), 1000, 0, 0, 1, 5);
  check_range(Schedule::warm_up(4, 1), 3, 0.25, 0, 0.75, 2);
  // Where not every step is looked at: those at which it turns are.
  check_range(Schedule::parse("0.1@777777,-3@1,0.2"), 100'000'000, -3, 777777, 0.2, 777778);
  check_range(Schedule::linear(0, 1, 50'000'000), 100'000'000, 0, 0, 1, 50'000'000);
  CHECK(std::isinf(Schedule::exponential(1, 10, 1).range(1000).most.value));
  CHECK(contains(error_of(ErrorKind::usage, [] { Schedule(1).range(0); }), "0 steps"));
}

TEST_CASE("schedule: shares of a run") {
  CHECK(Schedule::parse("linear:0:1:25%").over(400).str() == "linear:0:1:100");
  CHECK(Schedule::parse("warmup:10%:cosine:1:0:100%").over(50).str() == "warmup:5:cosine:1:0:50");
  CHECK(Schedule::parse("1@50%,2").over(10).str() == "1@5,2");
  CHECK(Schedule::parse("linear:0:1:0.1%").over(10).str() == "linear:0:1:1");
  const Schedule share = Schedule::parse("linear:0:1:25%");
  CHECK(share.has_shares());
  CHECK(share.str() == "linear:0:1:25%");
  CHECK(share.first() == 0);
  CHECK(Schedule::parse("warmup:50%:1").first() == 1);  // as of a run of one step
  CHECK(Schedule::parse("warmup:50%:1").over(100)(0) == doctest::Approx(0.02));
  CHECK_THROWS_WITH_AS(share(3), doctest::Contains("over()"), Error);
  CHECK_THROWS_WITH_AS(share.range(5), doctest::Contains("over()"), Error);
  CHECK_THROWS_WITH_AS(Schedule::warm_up(5, share), doctest::Contains("over()"), Error);
  CHECK_THROWS_AS(share.over(0), Error);
  CHECK_FALSE(Schedule(2).has_shares());
  CHECK(Schedule(2).over(7)(3) == 2);
  for (const std::string bad : {"linear:0:1:0%", "linear:0:1:-5%", "linear:0:1:%", "linear:0:5%:10",
                                "50%", "linear:0:1:nan%"}) {
    CAPTURE(bad);
    error_of(ErrorKind::usage, [&] { Schedule::parse(bad); });
  }
}
