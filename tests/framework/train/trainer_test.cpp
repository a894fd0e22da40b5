#include "framework/train/trainer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "framework/backend/decorators.h"
#include "framework/io/checkpoint.h"
#include "tests/framework/train/support.h"

using namespace varve;
using namespace varve::test;

namespace {

/// Remembers what it was told.
class Journal : public Callback {
 public:
  void on_start(const StartReport& report) override { start = report; }
  void on_step(const StepReport& report) override {
    ++steps;
    rates.push_back(report.learning_rate);
    last_terms = report.terms();
    examples += report.examples;
  }
  void on_epoch(const EpochReport& report) override { epochs.push_back(report); }
  void on_end(const TrainingResult& result) override { ended = result.step; }

  StartReport start;
  std::int64_t steps = 0, examples = 0, ended = -1;
  std::vector<double> rates;
  Metrics last_terms;
  std::vector<EpochReport> epochs;
};

/// A device that says it works by itself, and looks as if it did.
class WorksAlone : public Decorator {
 public:
  using Decorator::Decorator;
  bool asynchronous() const override { return true; }
};

/// While it lives, so does the default device.
class Alone {
 public:
  Alone() : device_(default_device()) {
    device_.push(std::make_unique<WorksAlone>(device_.backend()));
  }
  ~Alone() { device_.pop(); }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

 private:
  Device device_;
};

State trained(TrainerOptions options) {
  Run run(std::move(options));
  run.trainer.run();
  return bits(run.net->state());
}

double value(const Metrics& metrics, const std::string& name) {
  for (const auto& metric : metrics)
    if (metric.name == name) return metric.value;
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

TEST_CASE("training lowers the loss and reports what it did") {
  Run run({.epochs = 12});
  Journal journal;
  run.trainer.add(journal);
  const auto result = run.trainer.run();

  CHECK(result.reason == StopReason::epochs);
  CHECK(result.exit_code() == 0);
  CHECK(result.step == 12 * Run::batches);
  CHECK(result.epochs == 12);
  CHECK(result.checkpoint.empty());
  CHECK(journal.ended == result.step);
  CHECK(journal.start.steps == result.step);
  CHECK(journal.start.batches == Run::batches);
  CHECK(journal.steps == result.step);
  CHECK(journal.examples == 12 * 50);
  REQUIRE(journal.epochs.size() == 12);
  CHECK(journal.epochs[4].epoch == 5);
  CHECK(journal.epochs[4].step == 5 * Run::batches);
  CHECK(value(result.train, "reconstruction") <
        0.7 * value(journal.epochs[0].train, "reconstruction"));
  CHECK(result.validation == journal.epochs.back().validation);
  CHECK(result.best_loss.has_value());
  CHECK(journal.last_terms.size() == 3);
}

TEST_CASE("the learning rate and scheduled values follow their schedules") {
  Run run({.epochs = 2, .max_steps = 9});
  Journal journal;
  std::vector<double> betas;
  AtStep watch([&](const StepReport&) { betas.push_back(run.net->beta.item()); });
  run.trainer.add(journal);
  run.trainer.add(watch);
  run.trainer.run();
  const auto rate = Schedule::parse("warmup:4:cosine:0.05:0.001:40");
  REQUIRE(journal.rates.size() == 9);
  for (std::size_t i = 0; i < 9; ++i) {
    CHECK(journal.rates[i] == rate(static_cast<std::int64_t>(i)));
    CHECK(betas[i] == doctest::Approx(static_cast<double>(i) / 20));
  }
}

TEST_CASE("an epoch's metrics are means over examples, not over batches") {
  manual_seed(1);
  Linear net({.in = features, .out = 1});
  Adam optimizer(net.parameters());
  Loader loader(waves(10), {.batch_size = 8, .prefetch = 0});
  // The term is the number of examples: 8 for 8 of them, 2 for 2 of them.
  const auto loss = [&](const Tensor& input, const Tensor&, const Tensor&) -> Terms {
    const auto count = static_cast<double>(input.size(0));
    return {{"loss", mean(net(input))}, {"count", Tensor::scalar(count)}};
  };
  Trainer trainer(net, loss, optimizer, loader, nullptr, {.epochs = 1});
  CHECK(value(trainer.run().train, "count") == doctest::Approx((8. * 8 + 2 * 2) / 10));
}

TEST_CASE("the target is the input, or what the input was before its corruption") {
  manual_seed(1);
  Linear net({.in = features, .out = 1});
  Adam optimizer(net.parameters());
  for (const bool corrupted : {false, true}) {
    LoaderOptions options{.batch_size = 5, .prefetch = 0};
    if (corrupted) options.corruptions = {transforms::gaussian_noise(0.5F)};
    Loader loader(waves(10), options);
    const auto loss = [&](const Tensor& input, const Tensor& target, const Tensor&) -> Terms {
      return {{"loss", mean(net(input))}, {"change", sum(abs(input - target))}};
    };
    Trainer trainer(net, loss, optimizer, loader, nullptr, {.epochs = 4});
    const double change = value(trainer.run().train, "change");
    CHECK((change > 0.1) == corrupted);
  }
}

TEST_CASE("captured training equals eager training bit for bit, on every host backend") {
  const Device before = default_device();
  for (const char* backend : {"cpu", "reference"}) {
    CAPTURE(backend);
    set_default_device(Device::open(backend));
    const TrainerOptions options{.epochs = 4, .clip_norm = 2, .ema_decay = 0.9};
    auto eager = options;
    eager.capture = false;
    CHECK(same_bits(trained(options), trained(eager)));
    CHECK(same_bits(trained(options), trained(options)));
    CHECK_FALSE(same_bits(trained(options), trained({.epochs = 4, .ema_decay = 0.9})));
    const auto sent_ahead = [&] {
      const Alone here;
      return trained(options);
    };
    CHECK(same_bits(trained(eager), sent_ahead()));
  }
  set_default_device(before);
}

TEST_CASE("the seed decides the noise") {
  CHECK(same_bits(trained({.epochs = 1, .seed = 4}), trained({.epochs = 1, .seed = 4})));
  CHECK_FALSE(same_bits(trained({.epochs = 1, .seed = 4}), trained({.epochs = 1, .seed = 5})));
}

TEST_CASE("training is in training mode, whatever mode the module was in") {
  Run run({.epochs = 1});
  run.net->eval();
  run.trainer.run();
  CHECK(same_bits(bits(run.net->state()), trained({.epochs = 1})));
}

TEST_CASE("prefetching changes nothing") {
  Run ahead({.epochs = 3}, 2), alone({.epochs = 3}, 0);
  ahead.trainer.run();
  alone.trainer.run();
  CHECK(same_bits(bits(ahead.net->state()), bits(alone.net->state())));
}

TEST_CASE("clipping bounds the step and shows the norm") {
  Run run({.epochs = 1, .clip_norm = 1e-3});
  Journal journal;
  run.trainer.add(journal);
  run.trainer.run();
  CHECK(value(journal.last_terms, "gradient_norm") > 1e-3);
}

TEST_CASE("averaged weights are used to validate and are not trained on") {
  Run plain({.epochs = 3}), averaged({.epochs = 3, .ema_decay = 0.9});
  const auto a = plain.trainer.run(), b = averaged.trainer.run();
  CHECK(same_bits(bits(plain.net->state()), bits(averaged.net->state())));
  CHECK(a.train == b.train);
  CHECK(a.validation != b.validation);
}

TEST_CASE("training stops at max_steps, on request, and when the loss no longer falls") {
  CHECK(Run({.epochs = 9, .max_steps = 10}).trainer.run().step == 10);
  CHECK(Run({.epochs = 9, .max_steps = 10}).trainer.run().reason == StopReason::max_steps);

  Run asked({.epochs = 9});
  AtStep stop([&](const StepReport& report) {
    if (report.step == 4) asked.trainer.stop();
  });
  asked.trainer.add(stop);
  const auto result = asked.trainer.run();
  CHECK(result.reason == StopReason::requested);
  CHECK(result.step == 4);
  CHECK(result.epochs == 0);
  CHECK(result.train.size() == 3);

  // Nothing is learned with a rate of 0, so that no epoch after the first is better.
  manual_seed(1);
  Linear net({.in = features, .out = 1});
  Adam optimizer(net.parameters());
  Loader loader(waves(16), {.batch_size = 8, .prefetch = 0});
  const auto loss = [&](const Tensor& input, const Tensor&, const Tensor&) -> Terms {
    return {{"loss", mean(square(net(input)))}};
  };
  Trainer trainer(net, loss, optimizer, loader, &loader,
                  {.epochs = 50, .learning_rate = 0, .patience = 3});
  const auto stale = trainer.run();
  CHECK(stale.reason == StopReason::patience);
  CHECK(stale.epochs == 4);
  CHECK(stale.best_epoch == 1);
}

TEST_CASE("a loss that is not finite stops before the weights change and names the culprit") {
  for (const auto& [capture, alone] : {std::pair(true, false), {false, false}, {true, true}}) {
    CAPTURE(capture);
    CAPTURE(alone);
    std::optional<Alone> here;
    if (alone) here.emplace();
    platform::TemporaryDirectory folder;
    Run run({.epochs = 9, .capture = capture, .folder = folder.path()});
    const auto poison = [&](const StepReport& report) {
      if (report.step != 2 * Run::batches + 3) return;
      for (auto& [path, tensor] : run.net->named_parameters())
        if (path == "mu.weight") {
          Tensor poisoned = tensor;
          poisoned.assign(Tensor::scalar(std::numeric_limits<double>::quiet_NaN()));
        }
    };
    AtStep callback(poison);
    run.trainer.add(callback);
    const auto message = error_of(ErrorKind::non_finite, [&] { run.trainer.run(); });
    CAPTURE(message);
    CHECK(contains(message, "epoch 3, step 18"));
    CHECK(contains(message, "loss = nan, reconstruction = nan, kl = nan"));
    CHECK(contains(message, "the parameter mu.weight"));
    CHECK(contains(message, "step-00000014"));
    const auto loaded = load_latest_checkpoint(folder.path() / "checkpoints");
    CHECK(loaded.checkpoint.state.step == 14);
    CHECK(loaded.notes.empty());
  }
}

TEST_CASE("what is sent ahead changes nothing after a step that is not finite") {
  // Nobody asks for the terms, so that another step is on its way when it shows.
  for (const std::int64_t bad : {3, 6, 8}) {  // of 7 an epoch
    CAPTURE(bad);
    const Alone here;
    manual_seed(1);
    Linear net({.in = features, .out = 1});
    Adam optimizer(net.parameters());
    Loader loader(waves(50), {.batch_size = 8, .prefetch = 0});
    Tensor factor = Tensor::scalar(1);
    const auto loss = [&](const Tensor& input, const Tensor&, const Tensor&) -> Terms {
      return {{"loss", mean(square(net(input) * factor))}};
    };
    Trainer trainer(net, loss, optimizer, loader, nullptr, {.epochs = 9, .ema_decay = 0.9});
    State before, moments;
    AtStep callback([&](const StepReport& report) {
      const bool now = report.step == bad;  // for the next step alone
      factor.assign(Tensor::scalar(now ? std::numeric_limits<double>::infinity() : 1));
      if (!now) return;
      before = bits(net.state());
      moments = bits(optimizer.state());
    });
    trainer.add(callback);
    const auto message = error_of(ErrorKind::non_finite, [&] { trainer.run(); });
    CAPTURE(message);
    CHECK(contains(message, "step " + std::to_string(bad + 1) + ": loss = "));
    CHECK(same_bits(before, bits(net.state())));
    CHECK(same_bits(moments, bits(optimizer.state())));
  }
}

TEST_CASE("a gradient that is not finite is found behind a finite loss when clipping") {
  manual_seed(1);
  Linear net({.in = features, .out = 1});
  Adam optimizer(net.parameters());
  Loader loader(waves(8), {.batch_size = 8, .prefetch = 0});
  Tensor factor = Tensor::scalar(1);
  // d sqrt(x) / dx is infinite at 0 while sqrt(0) is 0.
  const auto loss = [&](const Tensor& input, const Tensor&, const Tensor&) -> Terms {
    return {{"loss", sqrt(sum(square(net(input) * factor)))}};
  };
  Trainer trainer(net, loss, optimizer, loader, nullptr, {.epochs = 9, .clip_norm = 1});
  State before;
  AtStep callback([&](const StepReport& report) {
    if (report.step != 4) return;
    factor.assign(Tensor::scalar(0));
    before = bits(net.state());
  });
  trainer.add(callback);
  const auto message = error_of(ErrorKind::non_finite, [&] { trainer.run(); });
  CAPTURE(message);
  CHECK(contains(message, "step 5: gradient_norm = nan"));
  CHECK(contains(message, "the gradient of bias"));
  CHECK(contains(message, "no checkpoint was saved"));
  CHECK(same_bits(before, bits(net.state())));
}

TEST_CASE("weights that are not finite are never saved") {
  platform::TemporaryDirectory folder;
  Run run({.epochs = 9, .folder = folder.path()});
  AtStep callback([&](const StepReport& report) {
    if (report.step != 3 * Run::batches) return;
    Tensor bias = run.net->named_parameters().back().tensor;
    bias.assign(Tensor::scalar(std::numeric_limits<double>::infinity()));
  });
  run.trainer.add(callback);
  const auto message = error_of(ErrorKind::non_finite, [&] { run.trainer.run(); });
  CAPTURE(message);
  CHECK(contains(message, "decoder.bias"));
  CHECK(load_latest_checkpoint(folder.path() / "checkpoints").checkpoint.state.epoch == 2);
}

TEST_CASE("wrong options and loss functions are refused") {
  const auto refused = [](TrainerOptions options) {
    return error_of(ErrorKind::usage, [&] { Run run(std::move(options)); });
  };
  CHECK(contains(refused({.epochs = 0}), "epochs = 0"));
  CHECK(contains(refused({.max_steps = -1}), "max_steps"));
  CHECK(contains(refused({.clip_norm = -1}), "clip_norm"));
  CHECK(contains(refused({.ema_decay = 1}), "ema_decay"));
  CHECK(contains(refused({.keep = 0}), "keep"));
  CHECK(contains(refused({.patience = -2}), "patience"));
  CHECK(contains(refused({.resume = true}), "folder"));

  Linear net({.in = features, .out = 1});
  Adam optimizer(net.parameters());
  Loader loader(waves(8), {.batch_size = 8, .prefetch = 0});
  const auto train = [&](const LossFunction& loss) {
    return error_of(ErrorKind::usage,
                    [&] { Trainer(net, loss, optimizer, loader, nullptr, {.epochs = 1}).run(); });
  };
  CHECK(contains(train([](auto&, auto&, auto&) { return Terms(); }), "no terms"));
  CHECK(contains(train([&](const Tensor& input, auto&, auto&) -> Terms {
                   return {{"loss", mean(net(input))}, {"wide", net(input)}};
                 }),
                 "'wide' is (8, 1)"));
  const auto scheduled = error_of(ErrorKind::usage, [&] {
    Trainer(net, {}, optimizer, loader, nullptr, {.scheduled = {{"beta", 1, Tensor()}}});
  });
  CHECK(contains(scheduled, "'beta'"));
}

TEST_CASE("schedules that leave their range are refused before a step is done") {
  manual_seed(1);
  Linear net({.in = features, .out = 1});
  Adam optimizer(net.parameters());
  Loader loader(waves(10), {.batch_size = 5, .prefetch = 0});
  const auto loss = [&](const Tensor& input, const Tensor&, const Tensor&) -> Terms {
    return {{"loss", mean(net(input))}};
  };
  const auto complaint = [&](TrainerOptions options) {
    return error_of(ErrorKind::usage,
                    [&] { Trainer(net, loss, optimizer, loader, nullptr, std::move(options)); });
  };
  CHECK(contains(complaint({.epochs = 4, .learning_rate = Schedule::linear(1, -1, 8)}),
                 "-0.75 at step 8 of 8"));
  CHECK(contains(complaint({.epochs = 40, .learning_rate = Schedule::exponential(1, 1e30, 1)}),
                 "learning rate"));
  const ScheduledValue weight{.name = "weight",
                              .schedule = Schedule::linear(0, 4, 4),
                              .target = Tensor::scalar(0),
                              .least = 0,
                              .most = 3};
  CHECK(contains(complaint({.epochs = 4, .scheduled = {weight}}), "weight is 4 at step 5"));
  Trainer short_enough(net, loss, optimizer, loader, nullptr, {.epochs = 2, .scheduled = {weight}});
}

TEST_CASE("without a validation set only epochs of the last scheduled value can be the best") {
  manual_seed(1);
  Linear net({.in = features, .out = 1});
  Adam optimizer(net.parameters());
  Loader loader(waves(8), {.batch_size = 4, .prefetch = 0});
  const Tensor weight = Tensor::scalar(0);
  // The loss is the weight: it rises, so that the first epoch is lowest.
  const auto loss = [&](const Tensor& input, const Tensor&, const Tensor&) -> Terms {
    return {{"loss", weight + 0 * mean(net(input))}};
  };
  for (const int patience : {0, 1}) {
    Trainer trainer(net, loss, optimizer, loader, nullptr,
                    {.epochs = 6,
                     .scheduled = {{"weight", Schedule::linear(0, 4, 4), weight}},
                     .patience = patience});
    Journal journal;
    trainer.add(journal);
    const auto result = trainer.run();
    CHECK(result.best_epoch == 3);  // steps 4 and 5 are the first of weight 4
    CHECK(*result.best_loss == 4);
    CHECK(result.epochs == (patience == 0 ? 6 : 4));
    REQUIRE(journal.start.notes.size() == 1);
    CHECK(contains(journal.start.notes[0], "weight = 4"));
    CHECK(contains(journal.start.notes[0], "epochs from 3 on"));
  }
}

TEST_CASE("a rate of 0 at all steps is noted") {
  manual_seed(1);
  Linear net({.in = features, .out = 1});
  Adam optimizer(net.parameters());
  Loader loader(waves(8), {.batch_size = 4, .prefetch = 0});
  const auto loss = [&](const Tensor& input, const Tensor&, const Tensor&) -> Terms {
    return {{"loss", mean(net(input))}};
  };
  for (const double rate : {0.0, 1e-3}) {
    Trainer trainer(net, loss, optimizer, loader, nullptr, {.epochs = 1, .learning_rate = rate});
    Journal journal;
    trainer.add(journal);
    trainer.run();
    CHECK(journal.start.notes.size() == (rate == 0 ? 1 : 0));
  }
}

TEST_CASE("checkpoints some epochs apart, and the best epoch between them") {
  platform::TemporaryDirectory folder;
  // Validation is of a rate that soon makes it worse.
  Run run({.epochs = 9, .folder = folder.path(), .keep = 9, .checkpoint_epochs = 4});
  const auto result = run.trainer.run();
  std::vector<std::int64_t> epochs;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "checkpoints"))
    if (entry.is_directory()) epochs.push_back(load_checkpoint(entry.path()).state.epoch);
  std::sort(epochs.begin(), epochs.end());
  for (const std::int64_t always : {4, 8, 9})
    CHECK(std::count(epochs.begin(), epochs.end(), always) == 1);
  const auto best = load_best_checkpoint(folder.path() / "checkpoints").checkpoint.state;
  CHECK(best.epoch == result.best_epoch);
  CHECK(best.best == result.best_loss);
  for (const auto epoch : epochs) CHECK((epoch % 4 == 0 || epoch == 9 || epoch == best.epoch));
}
