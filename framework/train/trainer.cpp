#include "framework/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>
#include <limits>
#include <optional>
#include <utility>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/optim/clip.h"
#include "framework/optim/ema.h"
#include "framework/platform/platform.h"
#include "framework/tensor/random.h"
#include "framework/train/batch_program.h"
#include "framework/train/diagnosis.h"

namespace varve {
namespace {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

TrainerOptions checked(TrainerOptions options) {
  const auto require = [](bool good, std::string_view option, auto value, std::string_view needed) {
    if (!good) fail(ErrorKind::usage, "[train] {} = {}: {} is needed", option, value, needed);
  };
  require(options.epochs >= 1, "epochs", options.epochs, "at least 1");
  require(options.max_steps >= 0, "max_steps", options.max_steps, "at least 0");
  require(options.clip_norm >= 0, "clip_norm", options.clip_norm, "at least 0");
  require(options.ema_decay >= 0 && options.ema_decay < 1, "ema_decay", options.ema_decay,
          "at least 0 and less than 1");
  require(options.keep >= 1, "keep", options.keep, "at least 1");
  require(options.checkpoint_steps >= 0, "checkpoint_steps", options.checkpoint_steps,
          "at least 0");
  require(options.patience >= 0, "patience", options.patience, "at least 0");
  if (options.resume && options.folder.empty())
    fail(ErrorKind::usage, "[train] a resume needs the folder of the run");
  return options;
}

Checkpoint::Arrays downloaded(const NamedTensors& tensors) {
  Checkpoint::Arrays arrays;
  for (const auto& [path, tensor] : tensors) arrays[path] = tensor.to_array();
  return arrays;
}

bool all_finite(const Metrics& metrics) {
  return std::all_of(metrics.begin(), metrics.end(),
                     [](const Metric& metric) { return std::isfinite(metric.value); });
}

/// The entries of `state` under a prefix, without it; they leave `state`.
State taken(State& state, const std::string& prefix) {
  State out;
  for (auto entry = state.lower_bound(prefix);
       entry != state.end() && entry->first.starts_with(prefix); entry = state.erase(entry))
    out[entry->first.substr(prefix.size())] = std::move(entry->second);
  return out;
}

/// While it lives, no gradient flows into the parameters of an optimizer.
class Frozen {
 public:
  explicit Frozen(Optimizer& optimizer) {
    for (const Tensor& parameter : optimizer.arena().parameters())
      if (parameter.requires_grad()) parameters_.push_back(parameter);
    for (Tensor& parameter : parameters_) parameter.set_requires_grad(false);
  }
  ~Frozen() {
    for (Tensor& parameter : parameters_) parameter.set_requires_grad(true);
  }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  Tensors parameters_;
};

/// Whether updates may be sent off before it is known that gradients are finite.
bool can_send_ahead(const TrainerOptions& options, const Optimizer& optimizer,
                    const Device& device) {
  const bool second = !options.second || options.second->optimizer == nullptr ||
                      options.second->optimizer->can_skip();
  return options.capture && device.backend().asynchronous() && optimizer.can_skip() && second;
}

/// A scheduled value and what is on the device, so that it is uploaded only when it changes.
struct Scheduled {
  ScheduledValue value;
  float uploaded = std::numeric_limits<float>::quiet_NaN();

  void move_to(std::int64_t step) {
    const auto next = static_cast<float>(value.schedule(step));
    if (next == uploaded) return;
    value.target.upload(std::span<const float>(&next, 1));
    uploaded = next;
  }
};

}  // namespace

class Trainer::Impl {
 public:
  Impl(Module& module, LossFunction loss, Optimizer& optimizer, Loader& train, Loader* validation,
       TrainerOptions options);

  void add(Callback& callback) { callbacks_.push_back(&callback); }
  void stop() { stop_requested_ = true; }
  TrainingResult run();

 private:
  void start();
  LoadedCheckpoint resume();
  void load(const Checkpoint& checkpoint);

  std::optional<StopReason> reason_to_stop() const;
  void train_epoch();
  void move_schedules_to(std::int64_t step);
  void step(const Batch& batch);
  Terms compute(const Tensor& input, const Tensor& target, const Tensor& labels);
  Terms compute_second(const Tensor& input, const Tensor& target, const Tensor& labels);
  Terms with_gradients(Terms terms, Optimizer& optimizer, const std::string& prefix);
  void update();
  struct Sent;
  void settle();
  [[noreturn]] void fail_non_finite(const Metrics& terms, const LossFunction& loss,
                                    const Sent& step);

  void finish_epoch();
  Metrics validate();
  bool note_loss(double loss);
  double epoch_seconds() const { return state_.seconds + epoch_watch_.seconds(); }
  void save(bool best = false);
  void finish_saving();
  TrainingResult result(StopReason reason) const;

  template <class Report>
  void notify(void (Callback::*function)(const Report&), const Report& report) {
    for (auto* callback : callbacks_) (callback->*function)(report);
  }

  Module& module_;
  LossFunction loss_;
  Optimizer& optimizer_;
  Loader& train_;
  Loader* validation_;
  TrainerOptions options_;
  Device device_;
  std::vector<Callback*> callbacks_;

  /// A step that was sent off, and what it had to do with.
  struct Sent {
    std::int64_t step, epoch, batch;  ///< done before it
    std::int64_t examples;
    PendingTerms terms;
    std::optional<PendingTerms> second;
  };

  // Gradients first, weights only once those are known to be finite: two programs. Where the device
  // works by itself it is the device that knows, and the host looks at a step's terms when it has
  // sent off the next one.
  bool sends_ahead_;
  Tensor non_finite_;
  std::optional<Sent> sent_;  ///< whose terms are not known yet
  Metrics terms_;             ///< of the latest step that is
  BatchProgram gradients_;
  std::optional<BatchProgram> second_gradients_;
  std::optional<Captured> update_;
  Evaluator evaluator_;
  std::optional<Ema> ema_;
  std::vector<Scheduled> scheduled_;

  // Of a run.
  const platform::SignalGuard* signals_ = nullptr;
  bool stop_requested_ = false;
  TrainingState state_;  // sums and examples are in metrics_ until it is saved
  MeanMetrics metrics_;
  std::optional<CheckpointWriter> checkpoints_;
  std::optional<MetricsFile> metrics_file_;
  std::filesystem::path newest_;  // checkpoint
  TrainingState saved_;           // in the newest or the one that is being written
  bool saving_best_ = false;
  Metrics last_train_, last_validation_;
  Stopwatch run_watch_, epoch_watch_;
  std::future<std::filesystem::path> saving_;  // last: it ends before what it uses
};

Trainer::Impl::Impl(Module& module, LossFunction loss, Optimizer& optimizer, Loader& train,
                    Loader* validation, TrainerOptions options)
    : module_(module),
      loss_(std::move(loss)),
      optimizer_(optimizer),
      train_(train),
      validation_(validation),
      options_(checked(std::move(options))),
      device_(optimizer.arena().device()),
      sends_ahead_(can_send_ahead(options_, optimizer, device_)),
      non_finite_(sends_ahead_ ? Tensor::zeros({}, DType::f32, device_) : Tensor()),
      gradients_([this](const auto&... batch) { return compute(batch...); }, device_,
                 options_.capture, non_finite_),
      evaluator_(module, loss_, options_.capture) {
  for (const auto& value : options_.scheduled) {
    if (!value.target.defined() || value.target.numel() != 1 || value.target.dtype() != DType::f32)
      fail(ErrorKind::usage, "[train] the scheduled value '{}' needs a target of one f32 element",
           value.name);
    scheduled_.push_back({value});
  }
  if (!options_.second) return;
  if (options_.second->optimizer == nullptr || !options_.second->loss)
    fail(ErrorKind::usage, "[train] the second objective '{}' needs a loss and an optimizer",
         options_.second->name);
  second_gradients_.emplace([this](const auto&... batch) { return compute_second(batch...); },
                            device_, options_.capture, non_finite_);
}

// ---- a run ----

TrainingResult Trainer::Impl::run() {
  const platform::SignalGuard signals;
  signals_ = &signals;
  start();
  if (state_.batch == state_.batches) finish_epoch();  // it was interrupted while validating
  while (!reason_to_stop()) train_epoch();
  settle();
  const bool saved = saved_.step == state_.step && saved_.epoch == state_.epoch;
  if (!saved) save();
  finish_saving();
  const TrainingResult ended = result(*reason_to_stop());
  notify(&Callback::on_end, ended);
  return ended;
}

void Trainer::Impl::start() {
  saving_ = {};
  run_watch_ = epoch_watch_ = Stopwatch();
  stop_requested_ = false;
  metrics_ = {};
  sent_.reset();
  if (sends_ahead_) non_finite_.assign(Tensor::zeros({}, DType::f32, device_));
  last_train_ = last_validation_ = {};
  state_ = {};
  state_.batches = train_.batches();
  state_.seed = options_.seed;
  state_.configuration = options_.configuration;
  device_.generator().seed(options_.seed);

  StartReport report;
  const auto folder = options_.folder / "checkpoints";
  if (options_.resume) {
    auto loaded = resume();
    newest_ = report.resumed_from = loaded.path;
    report.notes = std::move(loaded.notes);
  } else {
    if (!options_.folder.empty() && has_checkpoint(folder))
      fail(ErrorKind::usage,
           "[train] {}: holds the checkpoints of another run; resume it or choose another folder",
           folder.string());
    if (options_.ema_decay > 0) ema_.emplace(optimizer_.arena(), options_.ema_decay);
  }
  saved_ = state_;
  if (options_.capture)
    update_.emplace([this](const Tensors&) { return update(), Tensors(); }, device_);
  if (!options_.folder.empty()) {
    checkpoints_.emplace(folder, options_.keep);
    metrics_file_.emplace(options_.folder / "metrics.csv", state_.epoch);
  }
  module_.train();
  if (state_.step > 0) move_schedules_to(state_.step - 1);  // a validation may come first

  report.epochs = options_.epochs;
  report.batches = state_.batches;
  report.steps = options_.epochs * state_.batches;
  if (options_.max_steps > 0) report.steps = std::min(report.steps, options_.max_steps);
  report.first_step = state_.step;
  notify(&Callback::on_start, report);
}

LoadedCheckpoint Trainer::Impl::resume() {
  auto loaded = load_latest_checkpoint(options_.folder / "checkpoints");
  auto& saved = loaded.checkpoint.state;
  const auto require = [&](bool same, std::string_view what) {
    if (!same)
      fail(ErrorKind::usage,
           "[train] {}: was made with another {}; resume with the configuration that the run was "
           "started with",
           loaded.path.string(), what);
  };
  require(saved.seed == state_.seed, "seed");
  require(saved.batches == state_.batches && saved.batch <= saved.batches,
          "data set or batch size");
  require(saved.configuration == state_.configuration || saved.configuration.empty() ||
              state_.configuration.empty(),
          "configuration");
  load(loaded.checkpoint);
  metrics_ = MeanMetrics(std::move(saved.sums), saved.examples);
  state_ = saved;
  state_.sums.clear();
  state_.configuration = options_.configuration;
  return loaded;
}

void Trainer::Impl::load(const Checkpoint& checkpoint) {
  module_.load_state(checkpoint.model, WeightOrder::varve);
  State moments = checkpoint.optimizer;
  if (options_.second)
    options_.second->optimizer->load_state(taken(moments, options_.second->name + "."));
  optimizer_.load_state(moments);
  if (options_.ema_decay == 0) return;
  ema_.emplace(optimizer_.arena(), options_.ema_decay);
  if (checkpoint.average.empty()) return;
  module_.load_state(checkpoint.average, WeightOrder::varve);
  ema_->swap();
  module_.load_state(checkpoint.model, WeightOrder::varve);
}

std::optional<StopReason> Trainer::Impl::reason_to_stop() const {
  if (signals_->received() != 0) return StopReason::signal;
  if (stop_requested_) return StopReason::requested;
  if (state_.epoch >= options_.epochs) return StopReason::epochs;
  if (options_.patience > 0 && state_.stale_epochs >= options_.patience)
    return StopReason::patience;
  if (options_.max_steps > 0 && state_.step >= options_.max_steps) return StopReason::max_steps;
  return {};
}

// ---- a step ----

void Trainer::Impl::train_epoch() {
  epoch_watch_ = Stopwatch();
  train_.start(state_.epoch, state_.batch);
  while (!reason_to_stop()) {
    const Batch* batch = train_.next();
    if (batch == nullptr) break;
    step(*batch);
    if (options_.checkpoint_steps > 0 && state_.step % options_.checkpoint_steps == 0 &&
        state_.batch < state_.batches)
      save();
  }
  if (state_.batch == state_.batches) finish_epoch();
}

void Trainer::Impl::move_schedules_to(std::int64_t step) {
  optimizer_.set_learning_rate(options_.learning_rate(step));
  if (options_.second)
    options_.second->optimizer->set_learning_rate(options_.second->learning_rate(step));
  for (auto& value : scheduled_) value.move_to(step);
}

void Trainer::Impl::step(const Batch& batch) {
  move_schedules_to(state_.step);
  device_.generator().set_step(static_cast<std::uint64_t>(state_.step));

  Sent sent{state_.step, state_.epoch, state_.batch, batch.size(), gradients_.start(batch), {}};
  if (second_gradients_) sent.second = second_gradients_->start(batch);
  if (!sends_ahead_) {
    sent_ = std::move(sent);
    settle();
  }
  if (update_)
    (*update_)({});
  else
    update();
  if (sends_ahead_) {
    settle();
    sent_ = std::move(sent);
  }
  ++state_.step;
  ++state_.batch;
  const auto terms = [this]() -> const Metrics& {
    settle();
    return terms_;
  };
  notify(&Callback::on_step, StepReport{state_.step, state_.epoch + 1, state_.batch, batch.size(),
                                        optimizer_.learning_rate(), terms});
}

/// Looks at the terms of the step that was sent off last, if nobody has yet.
void Trainer::Impl::settle() {
  if (!sent_) return;
  Sent step = *std::exchange(sent_, {});
  terms_ = step.terms.get();
  if (!all_finite(terms_)) fail_non_finite(terms_, loss_, step);
  if (step.second) {
    const Metrics second = step.second->get();
    if (!all_finite(second)) fail_non_finite(second, options_.second->loss, step);
    terms_.insert(terms_.end(), second.begin(), second.end());
  }
  metrics_.add(terms_, step.examples);
}

Terms Trainer::Impl::compute(const Tensor& input, const Tensor& target, const Tensor& labels) {
  std::optional<Frozen> adversary;
  if (options_.second) adversary.emplace(*options_.second->optimizer);
  optimizer_.zero_grad();
  return with_gradients(loss_(input, target, labels), optimizer_, "");
}

Terms Trainer::Impl::compute_second(const Tensor& input, const Tensor& target,
                                    const Tensor& labels) {
  const Frozen first(optimizer_);
  const SecondObjective& second = *options_.second;
  second.optimizer->zero_grad();
  return with_gradients(second.loss(input, target, labels), *second.optimizer, second.name + "_");
}

Terms Trainer::Impl::with_gradients(Terms terms, Optimizer& optimizer, const std::string& prefix) {
  if (terms.empty()) fail(ErrorKind::usage, "[train] the loss function returned no terms");
  backward(terms[0].value);
  if (options_.clip_norm > 0)
    terms.push_back(
        {prefix + "gradient_norm", clip_by_norm(optimizer.arena(), options_.clip_norm)});
  return terms;
}

void Trainer::Impl::update() {
  const auto move = [this](Optimizer& optimizer) {
    if (sends_ahead_)
      optimizer.step_unless(non_finite_);
    else
      optimizer.step();
  };
  move(optimizer_);
  if (options_.second) move(*options_.second->optimizer);
  if (ema_) ema_->update(non_finite_);
}

void Trainer::Impl::fail_non_finite(const Metrics& terms, const LossFunction& loss,
                                    const Sent& step) {
  finish_saving();
  // The next step may have been sent off since.
  move_schedules_to(step.step);
  train_.start(step.epoch, step.batch);
  const Batch& batch = *train_.next();
  const std::string last_good =
      newest_.empty() ? "no checkpoint was saved before; start anew"
                      : fmt::format("the last good checkpoint is {}; resume", newest_.string());
  fail(ErrorKind::non_finite,
       "[train] epoch {}, step {}: {}; the first that is not finite is {}; the weights are as they "
       "were before the step; {} with a lower learning rate (it was {}) or a smaller gradient norm",
       step.epoch + 1, step.step + 1, non_finite_terms(terms),
       first_non_finite(module_, loss, batch, step.step), last_good, optimizer_.learning_rate());
}

// ---- the end of an epoch ----

void Trainer::Impl::finish_epoch() {
  settle();
  const double training_seconds = epoch_seconds();
  const Metrics validation = validation_ == nullptr ? Metrics() : validate();
  if (validation_ != nullptr && validation.empty()) return;  // a signal: done again after a resume

  EpochReport report;
  report.epoch = ++state_.epoch;
  report.step = state_.step;
  report.seconds = epoch_seconds();
  report.samples_per_second = static_cast<double>(metrics_.examples()) / training_seconds;
  report.learning_rate = optimizer_.learning_rate();
  report.train = last_train_ = metrics_.means();
  report.validation = last_validation_ = validation;
  report.best = note_loss((validation_ == nullptr ? report.train : validation)[0].value);
  state_.batch = 0;
  state_.seconds = 0;
  metrics_ = {};
  epoch_watch_ = Stopwatch();
  if (metrics_file_) metrics_file_->append(report);
  notify(&Callback::on_epoch, report);
  save(report.best);
}

Metrics Trainer::Impl::validate() {
  const auto interrupted = [this] { return signals_->received() != 0; };
  std::optional<EmaWeights> averaged;
  if (ema_) averaged.emplace(*ema_);
  return evaluator_(*validation_, interrupted);
}

/// Whether it is the lowest so far.
bool Trainer::Impl::note_loss(double loss) {
  const bool best = std::isfinite(loss) && (!state_.best || loss < *state_.best);
  state_.stale_epochs = best ? 0 : state_.stale_epochs + 1;
  if (best) {
    state_.best = loss;
    state_.best_epoch = state_.epoch;
  }
  return best;
}

/// Copies everything to the host, then writes it while training goes on. An error of the writing
/// comes out at the next save or at the end.
void Trainer::Impl::save(bool best) {
  settle();
  finish_saving();
  saved_ = state_;
  if (!checkpoints_) return;
  Checkpoint checkpoint;
  checkpoint.state = state_;
  checkpoint.state.sums = metrics_.sums();
  checkpoint.state.examples = metrics_.examples();
  checkpoint.state.seconds = epoch_seconds();
  checkpoint.model = downloaded(module_.state());
  checkpoint.optimizer = downloaded(optimizer_.state());
  if (options_.second)
    for (const auto& [path, tensor] : options_.second->optimizer->state())
      checkpoint.optimizer[options_.second->name + "." + path] = tensor.to_array();
  if (ema_) {
    const EmaWeights averaged(*ema_);
    checkpoint.average = downloaded(module_.state());
  }
  saving_best_ = best;
  const auto write = [this, best](Checkpoint complete) {
    return checkpoints_->save(std::move(complete), best);
  };
  saving_ = std::async(std::launch::async, write, std::move(checkpoint));
}

void Trainer::Impl::finish_saving() {
  if (!saving_.valid()) return;
  newest_ = saving_.get();
  if (saving_best_) state_.best_checkpoint = newest_.filename().string();
}

TrainingResult Trainer::Impl::result(StopReason reason) const {
  TrainingResult ended;
  ended.reason = reason;
  ended.signal = signals_->received();
  ended.step = state_.step;
  ended.epochs = state_.epoch;
  ended.seconds = run_watch_.seconds();
  ended.train = last_train_.empty() ? metrics_.means() : last_train_;
  ended.validation = last_validation_;
  ended.best_loss = state_.best;
  ended.best_epoch = state_.best_epoch;
  ended.checkpoint = newest_;
  return ended;
}

Trainer::Trainer(Module& module, LossFunction loss, Optimizer& optimizer, Loader& train,
                 Loader* validation, TrainerOptions options)
    : impl_(std::make_unique<Impl>(module, std::move(loss), optimizer, train, validation,
                                   std::move(options))) {}
Trainer::~Trainer() = default;
void Trainer::add(Callback& callback) { impl_->add(callback); }
void Trainer::stop() { impl_->stop(); }
TrainingResult Trainer::run() { return impl_->run(); }

}  // namespace varve
