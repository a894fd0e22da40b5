#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "framework/train/trainer.h"
#include "tests/default_device.h"
#include "tests/forked.h"
#include "tests/framework/io/file_size_limit.h"
#include "tests/framework/train/support.h"

using namespace varve;
using namespace varve::test;

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t epochs = 3;

TrainerOptions options_in(const fs::path& folder) {
  return {.epochs = epochs, .clip_norm = 5, .ema_decay = 0.8, .folder = folder};
}

/// All that must not depend on how often a run was interrupted.
struct Outcome {
  State model, optimizer, average;
  std::string metrics;
  TrainingState state;

  explicit Outcome(const fs::path& folder) : metrics(metrics_of(folder)) {
    auto checkpoint = load_latest_checkpoint(folder / "checkpoints").checkpoint;
    model = std::move(checkpoint.model);
    optimizer = std::move(checkpoint.optimizer);
    average = std::move(checkpoint.average);
    state = std::move(checkpoint.state);
    state.seconds = 0;
    state.best_checkpoint.clear();  // a second save at one step has another name
  }
  bool same_weights(const Outcome& other) const {
    return same_bits(model, other.model) && same_bits(optimizer, other.optimizer) &&
           same_bits(average, other.average);
  }
};

void check_same(const Outcome& a, const Outcome& b) {
  CHECK(same_bits(a.model, b.model));
  CHECK(same_bits(a.optimizer, b.optimizer));
  CHECK(same_bits(a.average, b.average));
  CHECK(a.metrics == b.metrics);
  CHECK(a.state == b.state);
}

/// On the default device.
Outcome uninterrupted() {
  platform::TemporaryDirectory folder;
  Run(options_in(folder.path())).trainer.run();
  return Outcome(folder.path());
}
const Outcome& whole_run() {
  static const Outcome outcome = uninterrupted();
  return outcome;
}

TrainingResult resumed(const fs::path& folder) {
  auto options = options_in(folder);
  options.resume = true;
  return Run(options).trainer.run();
}

/// Trains until `steps` are done, then raises `signal` as a terminal would.
TrainingResult signalled(TrainerOptions options, std::int64_t steps, int signal) {
  Run run(std::move(options));
  AtStep callback([&](const StepReport& report) {
    if (report.step == steps) std::raise(signal);
  });
  run.trainer.add(callback);
  return run.trainer.run();
}

void flip_a_byte(const fs::path& file) {
  std::string bytes = platform::read_file(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("a run that a signal interrupts anywhere and that is resumed ends with the same bits") {
  const Outcome& whole = whole_run();
  // In the first epoch, in a later one, at an epoch's last step, just behind one.
  for (const std::int64_t step : {3, 14, 15, 20, 21}) {
    CAPTURE(step);
    platform::TemporaryDirectory folder;
    const auto first = signalled(options_in(folder.path()), step, step % 2 == 0 ? SIGINT : SIGTERM);
    CHECK(first.reason == StopReason::signal);
    CHECK(first.exit_code() == (step % 2 == 0 ? 130 : 143));
    CHECK(first.step == step);
    CHECK(resumed(folder.path()).reason == StopReason::epochs);
    check_same(Outcome(folder.path()), whole);
  }
}

TEST_CASE("a run that is cut into many pieces by max_steps ends with the same bits") {
  const Outcome& whole = whole_run();
  platform::TemporaryDirectory folder;
  for (const std::int64_t steps : {2, 7, 9, 20, 21}) {
    auto options = options_in(folder.path());
    options.max_steps = steps;
    options.resume = steps > 2;
    CHECK(Run(options).trainer.run().step == steps);
  }
  check_same(Outcome(folder.path()), whole);
}

TEST_CASE("a signal while validating: the validation is done again") {
  const Outcome& whole = whole_run();
  platform::TemporaryDirectory folder;
  Run run(options_in(folder.path()));
  // The loss function runs on the host while its batches are being recorded: raise then.
  Trainer trainer(
      *run.net,
      [&](const Tensor& input, const Tensor& target, const Tensor&) {
        if (!run.net->is_training()) std::raise(SIGINT);
        return run.net->loss(input, target);
      },
      run.optimizer, run.train, &run.validation, run.completed(options_in(folder.path())));
  const auto result = trainer.run();
  CHECK(result.reason == StopReason::signal);
  CHECK(result.epochs == 0);
  CHECK(result.step == Run::batches);
  resumed(folder.path());
  check_same(Outcome(folder.path()), whole);
}

TEST_CASE("a process that is killed loses only what came after its last checkpoint") {
  if (!varve::testing::can_fork()) return;
  const varve::testing::DefaultDevice reference(
      Device::open("reference"));  // threads, such as cpu has, do not survive fork()
  const Outcome whole = uninterrupted();
  for (const std::int64_t step : {6, 17}) {
    CAPTURE(step);
    platform::TemporaryDirectory folder;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto options = options_in(folder.path());
      options.checkpoint_steps = 4;
      signalled(options, step, SIGKILL);
      ::_exit(1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGKILL);
    // Nothing yet, or a save that was on its way to the disk, may have been lost with it.
    const bool any = has_checkpoint(folder.path() / "checkpoints");
    CHECK((any || step == 6));
    auto options = options_in(folder.path());
    options.resume = any;
    Run(options).trainer.run();
    check_same(Outcome(folder.path()), whole);
  }
}

TEST_CASE("negative control: a resume that forgets something ends otherwise") {
  const Outcome& whole = whole_run();
  const auto forgetting = [&](const std::function<void(Checkpoint&)>& forget) {
    platform::TemporaryDirectory folder;
    signalled(options_in(folder.path()), 12, SIGINT);
    auto checkpoint = load_latest_checkpoint(folder.path() / "checkpoints").checkpoint;
    forget(checkpoint);
    CheckpointWriter(folder.path() / "checkpoints").save(checkpoint);
    resumed(folder.path());
    return Outcome(folder.path());
  };
  const auto zero = [](Array& array) {
    std::fill(array.bytes.begin(), array.bytes.end(), std::byte{0});
  };
  check_same(forgetting([](Checkpoint&) {}), whole);
  for (const char* moment : {"first_moment", "second_moment", "step"}) {
    CAPTURE(moment);
    CHECK_FALSE(forgetting([&](Checkpoint& saved) {
                  zero(saved.optimizer.at(moment));
                }).same_weights(whole));
  }
  CHECK_FALSE(forgetting([&](Checkpoint& saved) { saved.state.step = 11; }).same_weights(whole));
  CHECK_FALSE(forgetting([&](Checkpoint& saved) { saved.state.batch = 4; }).same_weights(whole));
  CHECK_FALSE(same_bits(forgetting([&](Checkpoint& saved) { saved.average = saved.model; }).average,
                        whole.average));
  CHECK(forgetting([&](Checkpoint& saved) { saved.state.sums[0].sum *= 2; }).metrics !=
        whole.metrics);
}

TEST_CASE("a damaged newest checkpoint is passed over, and the run still ends with the same bits") {
  const Outcome& whole = whole_run();
  platform::TemporaryDirectory folder;
  auto options = options_in(folder.path());
  options.max_steps = 17;
  Run(options).trainer.run();
  const auto newest = load_latest_checkpoint(folder.path() / "checkpoints").path;
  CHECK(newest.filename() == "step-00000017");
  flip_a_byte(newest / "model.safetensors");

  class Notes : public Callback {
   public:
    void on_start(const StartReport& report) override { start = report; }
    StartReport start;
  } notes;
  options = options_in(folder.path());
  options.resume = true;
  Run run(options);
  run.trainer.add(notes);
  run.trainer.run();
  CHECK(notes.start.first_step == 14);
  REQUIRE(notes.start.notes.size() == 2);  // the other one says that a schedule moves
  CHECK(contains(notes.start.notes[0], "step-00000017/model.safetensors"));
  check_same(Outcome(folder.path()), whole);
}

TEST_CASE("a full disk while saving: exit code 7, and the checkpoint before stays") {
  const Outcome& whole = whole_run();
  platform::TemporaryDirectory folder;
  auto options = options_in(folder.path());
  options.max_steps = 7;
  Run(options).trainer.run();
  options.max_steps = 0;
  options.resume = true;
  {
    const testing::FileSizeLimit limit(1000);  // enough for metrics.csv, not for the weights
    Run run(options);
    const auto message = error_of(ErrorKind::io, [&] { run.trainer.run(); });
    CAPTURE(message);
    CHECK(contains(message, "model.safetensors"));
  }
  const auto loaded = load_latest_checkpoint(folder.path() / "checkpoints");
  CHECK(loaded.checkpoint.state.step == 7);
  CHECK(loaded.notes.empty());
  resumed(folder.path());
  check_same(Outcome(folder.path()), whole);
}

TEST_CASE("a resume of something else is refused") {
  platform::TemporaryDirectory folder;
  const auto folder_options = [&](bool resume) {
    auto options = options_in(folder.path());
    options.max_steps = 3;
    options.configuration = "abc";
    options.resume = resume;
    return options;
  };
  CHECK(contains(error_of(ErrorKind::input, [&] { Run(folder_options(true)).trainer.run(); }),
                 "holds no checkpoint"));
  Run(folder_options(false)).trainer.run();
  CHECK(contains(error_of(ErrorKind::usage, [&] { Run(folder_options(false)).trainer.run(); }),
                 "resume it or choose another folder"));
  auto other = folder_options(true);
  other.configuration = "xyz";
  CHECK(contains(error_of(ErrorKind::usage, [&] { Run(other).trainer.run(); }),
                 "another configuration"));

  manual_seed(1);
  Linear net({.in = features, .out = 1});
  Adam optimizer(net.parameters());
  const LossFunction loss = [&](const Tensor& input, auto&, auto&) -> Terms {
    return {{"loss", mean(net(input))}};
  };
  const auto resume_with = [&](std::int64_t batch_size, std::uint64_t seed) {
    Loader loader(waves(50), {.batch_size = batch_size, .prefetch = 0});
    TrainerOptions options{.seed = seed, .folder = folder.path(), .resume = true};
    Trainer(net, loss, optimizer, loader, nullptr, options).run();
  };
  CHECK(contains(error_of(ErrorKind::usage, [&] { resume_with(5, 3); }), "batch size"));
  CHECK(contains(error_of(ErrorKind::usage, [&] { resume_with(8, 4); }), "another seed"));
  CHECK(contains(error_of(ErrorKind::input, [&] { resume_with(8, 3); }), "decoder.weight"));
}
