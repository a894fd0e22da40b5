#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "tests/framework/train/support.h"

using namespace varve;
using namespace varve::test;

namespace {

/// Runs `body(0)` and `body(1)` at once.
template <class Body>
void at_once(const Body& body) {
  std::thread other([&] { body(1); });
  body(0);
  other.join();
}

TrainerOptions options_in(const std::filesystem::path& folder) {
  return {.epochs = 4, .clip_norm = 1, .ema_decay = 0.9, .folder = folder, .checkpoint_steps = 3};
}

}  // namespace

TEST_CASE("two trainers at once, each with loader and checkpoints, end as one after the other") {
  platform::TemporaryDirectory alone, both[2];
  State want;
  {
    Run run(options_in(alone.path()), 2);
    run.trainer.run();
    want = bits(run.net->state());
  }
  bool same[2] = {false, false};
  at_once([&](int which) {
    Run run(options_in(both[which].path()), 2);
    run.trainer.run();
    same[which] = same_bits(bits(run.net->state()), want);
  });
  for (const int which : {0, 1}) {
    CHECK(same[which]);
    CHECK(metrics_of(both[which].path()) == metrics_of(alone.path()));
  }
}

TEST_CASE("a signal ends all trainers of a process, each with a checkpoint") {
  platform::TemporaryDirectory folders[2];
  std::atomic<int> started{0};
  TrainingResult ended[2];
  at_once([&](int which) {
    TrainerOptions options = options_in(folders[which].path());
    options.epochs = 100000;
    Run run(options, 2);
    AtStep at([&](const StepReport& report) {
      if (report.step == 1) ++started;
      if (which == 0 && started == 2) std::raise(SIGTERM);
    });
    run.trainer.add(at);
    ended[which] = run.trainer.run();
  });
  for (const auto& result : ended) {
    CHECK(result.reason == StopReason::signal);
    CHECK(result.exit_code() == 143);
    CHECK(!result.checkpoint.empty());
  }
}
