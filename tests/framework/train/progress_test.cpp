#include "framework/train/progress.h"

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <optional>

#include "tests/framework/train/support.h"

using namespace varve;
using namespace varve::test;

namespace {

/// A run of 4 epochs with 10 batches of 16 examples, each taking a second.
struct Scene {
  std::string text;
  double now = 1000;
  std::optional<Progress> progress;

  explicit Scene(ProgressStyle style, int width = 100) {
    progress.emplace(ProgressOptions{.style = style,
                                     .write = [this](std::string_view part) { text += part; },
                                     .clock = [this] { return now; },
                                     .width = width});
  }
  void start(StartReport report = {.epochs = 4, .steps = 40, .batches = 10}) {
    progress->on_start(report);
  }
  void step(std::int64_t number, double seconds = 1) {
    now += seconds;
    const Metrics terms{{"loss", 123.456789}, {"kl", 4}};
    progress->on_step({number, (number - 1) / 10 + 1, (number - 1) % 10 + 1, 16, 1e-3,
                       [&]() -> const Metrics& { return terms; }});
  }
  void epoch(std::int64_t number) {
    progress->on_epoch({.epoch = number,
                        .step = 10 * number,
                        .seconds = 10,
                        .samples_per_second = 16,
                        .learning_rate = 1e-3,
                        .train = {{"loss", 120.5}},
                        .validation = {{"loss", 119.25}}});
  }
};

}  // namespace

TEST_CASE("plain: whole lines without control characters, one an epoch") {
  Scene scene(ProgressStyle::plain);
  scene.start();
  for (int i = 1; i <= 10; ++i) scene.step(i, 0.9);
  CHECK(scene.text.empty());
  scene.epoch(1);
  CHECK(scene.text == "epoch 1/4  loss 120.5  val_loss 119.25  16/s  0:10  0:27 left\n");
  scene.text.clear();
  scene.progress->on_end({.reason = StopReason::epochs, .step = 40, .epochs = 4, .seconds = 65});
  CHECK(scene.text == "trained: 4 epochs, 40 steps in 1:05\n");
}

TEST_CASE("plain: a line every ten seconds within a long epoch") {
  Scene scene(ProgressStyle::plain);
  scene.start();
  for (int i = 1; i <= 5; ++i) scene.step(i, 5);
  CHECK(scene.text ==
        "epoch 1/4 20%  3/s  3:10 left  loss 123.46  kl 4\n"
        "epoch 1/4 40%  3/s  3:00 left  loss 123.46  kl 4\n");
}

TEST_CASE("bar: one line that is redrawn, at most ten times a second, and fits the terminal") {
  Scene scene(ProgressStyle::bar);
  scene.start();
  scene.step(1, 0.05);
  CHECK(scene.text.empty());
  scene.step(5, 4.95);
  CHECK(scene.text ==
        "\r\x1b[Kepoch 1/4 [==========          ]  50%  6/s  0:35 left  loss 123.46  kl 4");
  scene.text.clear();
  scene.epoch(1);
  CHECK(scene.text.starts_with("\r\x1b[Kepoch 1/4  loss 120.5"));
  CHECK(scene.text.ends_with("\n"));

  Scene narrow(ProgressStyle::bar, 20);
  narrow.start();
  narrow.step(5);
  CHECK(narrow.text == "\r\x1b[Kepoch 1/4 [========");
  narrow.progress.reset();  // an error ended training: its message gets its own line
  CHECK(narrow.text.ends_with("\n"));
}

TEST_CASE("a resume, notes and a signal are told") {
  Scene scene(ProgressStyle::plain);
  scene.start({.epochs = 4,
               .steps = 40,
               .batches = 10,
               .first_step = 20,
               .resumed_from = "run/checkpoints/step-00000020",
               .notes = {"one was damaged"}});
  CHECK(scene.text ==
        "note: one was damaged\nresuming from run/checkpoints/step-00000020 at step 20\n");
  scene.text.clear();
  scene.now += 10;
  scene.epoch(3);
  CHECK(contains(scene.text, "0:10 left"));  // the steps of this process count, not those before
  scene.text.clear();
  scene.progress->on_end({.reason = StopReason::signal,
                          .signal = SIGINT,
                          .step = 31,
                          .epochs = 3,
                          .seconds = 3700,
                          .checkpoint = "run/c"});
  CHECK(scene.text == "interrupted: 3 epochs, 31 steps in 1:01:40; checkpoint run/c\n");
}

TEST_CASE("none is silent") {
  Scene scene(ProgressStyle::none);
  scene.start();
  scene.step(1, 100);
  scene.epoch(1);
  scene.progress->on_end({});
  CHECK(scene.text.empty());
}

TEST_CASE("automatic is plain without a terminal or where the environment asks for it") {
  ::setenv("CI", "1", 1);
  Scene scene(ProgressStyle::automatic);
  ::unsetenv("CI");
  scene.start();
  scene.step(1, 30);
  CHECK(scene.text.starts_with("epoch 1/4 10%"));
  CHECK(parse_progress_style("auto") == ProgressStyle::automatic);
  CHECK(parse_progress_style("bar") == ProgressStyle::bar);
  CHECK(parse_progress_style("none") == ProgressStyle::none);
  CHECK(contains(error_of(ErrorKind::usage, [] { parse_progress_style("fancy"); }), "'fancy'"));
}
