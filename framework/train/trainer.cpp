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
#include "framework/train/scheduled_values.h"

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

/// Whether a schedule is 0 at each step of a stretch.
bool is_zero(const Schedule& schedule, std::int64_t first, std::int64_t end) {
  return first < end &&
         holds_throughout(first, end, [&](std::int64_t step) { return schedule(step) == 0; });
}

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
  /// Of the epochs: a run that max_steps cuts into pieces is judged as a whole.
  std::int64_t last_step() const { return options_.epochs * state_.batches - 1; }
  void move_schedules_to(std::int64_t step);
  bool has_last_values(std::int64_t epoch) const;
  void judge_by_last_values(std::vector<std::string>& notes);
  void step(const Batch& batch);
  void require_finite(const Batch& batch);
  Terms compute(const Tensor& input, const Tensor& target, const Tensor& labels);
  Terms compute_second(const Tensor& input, const Tensor& target, const Tensor& labels);
  Terms with_gradients(Terms terms, Optimizer& optimizer, const std::string& prefix);
  void update();
  struct Sent;
  void settle();
  void require_finite(const Metrics& terms, const LossFunction& loss, const Sent& step);
  [[noreturn]] void fail_non_finite(const Metrics& terms, std::int64_t epoch, std::int64_t step,
                                    const std::string& first);

  void finish_epoch();
  Metrics validate();
  bool note_loss(double loss, bool comparable, bool counts);
  double epoch_seconds() const { return state_.seconds + epoch_watch_.seconds(); }
  bool is_due() const;
  Checkpoint snapshot();
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
  MovingValues scheduled_;

  // Of a run.
  const platform::SignalGuard* signals_ = nullptr;
  bool stop_requested_ = false;
  bool resumed_ = false;  // and no step has been done since
  TrainingState state_;   // sums and examples are in metrics_ until it is saved
  MeanMetrics metrics_;
  std::optional<CheckpointWriter> checkpoints_;
  std::optional<MetricsFile> metrics_file_;
  std::filesystem::path newest_;            // checkpoint
  TrainingState saved_;                     // in the newest or the one that is being written
  std::optional<Checkpoint> best_unsaved_;  // of the best epoch, if no checkpoint holds it yet
  double saving_seconds_ = 0;               // the last save took
  Metrics last_train_, last_validation_;
  Stopwatch run_watch_, epoch_watch_, saved_watch_;
  struct Saved {
    std::filesystem::path newest;
    std::string best;  // the name of the checkpoint of the best epoch
    double seconds = 0;
  };
  std::future<Saved> saving_;  // last: it ends before what it uses
};

Trainer::Impl::Impl(Module& module, LossFunction loss, Optimizer& optimizer, Loader& train,
                    Loader* validation, TrainerOptions options)
    : module_(module),
      loss_(std::move(loss)),
      optimizer_(optimizer),
      train_(train),
      validation_(validation),
      options_(with_schedules(module, std::move(options), train.batches())),
      device_(optimizer.arena().device()),
      sends_ahead_(can_send_ahead(options_, optimizer, device_)),
      non_finite_(sends_ahead_ ? Tensor::zeros({}, DType::f32, device_) : Tensor()),
      gradients_([this](const auto&... batch) { return compute(batch...); }, device_,
                 options_.capture, non_finite_),
      evaluator_(module, loss_, options_.capture),
      scheduled_(options_.scheduled) {
  check_options(module, options_, train_.batches());
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
  best_unsaved_.reset();
  saving_seconds_ = 0;
  run_watch_ = epoch_watch_ = saved_watch_ = Stopwatch();
  stop_requested_ = false;
  resumed_ = options_.resume;
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
  judge_by_last_values(report.notes);
  const std::int64_t planned = planned_steps(options_, state_.batches);
  if (is_zero(options_.learning_rate, state_.step, planned))
    report.notes.push_back(fmt::format(
        "the learning rate is 0 at all of the {} steps to come, by the schedule {}: the weights "
        "stay as they are; give another learning rate",
        planned - state_.step, options_.learning_rate.str()));
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
  report.steps = planned;
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
  const auto& same = options_.same_configuration;
  require(saved.configuration == state_.configuration || saved.configuration.empty() ||
              state_.configuration.empty() ||
              (same && same(saved.configuration, state_.configuration)),
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
  train_.start(state_.epoch, state_.batch);
  for (bool goes_on = true; goes_on;) {
    const Batch* batch = train_.next();
    if (batch == nullptr) break;
    step(*batch);
    goes_on = !reason_to_stop();
    const bool ends = state_.batch == state_.batches;
    const bool saves =
        !ends && options_.checkpoint_steps > 0 && state_.step % options_.checkpoint_steps == 0;
    if (ends || saves || !goes_on) require_finite(*batch);
    if (saves) save();
  }
  if (state_.batch == state_.batches) finish_epoch();
}

void Trainer::Impl::move_schedules_to(std::int64_t step) {
  optimizer_.set_learning_rate(options_.learning_rate(step));
  if (options_.second)
    options_.second->optimizer->set_learning_rate(options_.second->learning_rate(step));
  scheduled_.move_to(step);
}

/// Whether every scheduled value has, in all steps of the epoch (from 0), that of the last step.
bool Trainer::Impl::has_last_values(std::int64_t epoch) const {
  const std::int64_t first = epoch * state_.batches;
  return scheduled_.are_last(first, first + state_.batches, last_step());
}

/// Sets what the best epoch is judged by, and says so if that is not what epochs are trained on.
void Trainer::Impl::judge_by_last_values(std::vector<std::string>& notes) {
  const auto judged = scheduled_.last_of_moving(last_step());
  std::string text;
  for (const auto& [name, last] : judged)
    text += fmt::format("{}{} = {:.6g}", text.empty() ? "" : ", ", name, last);
  if (state_.judged != judged) {
    if (state_.best)
      notes.push_back("the best epoch so far was judged by another objective, and counts no more");
    state_.best.reset();
    state_.best_epoch = state_.stale_epochs = 0;
    state_.best_checkpoint.clear();
    state_.judged = judged;
  }
  if (judged.empty()) return;
  std::int64_t first = options_.epochs;
  while (first > 0 && has_last_values(first - 1)) --first;
  const std::string from = first < options_.epochs
                               ? fmt::format("epochs from {} on, trained with it", first + 1)
                               : std::string("no epoch, since none is trained with it throughout");
  notes.push_back(
      validation_ == nullptr
          ? fmt::format(
                "a schedule moves: losses compare where it has its last value, {}: the best "
                "epoch and patience count {}",
                text, from)
          : fmt::format("a schedule moves: val_ figures and the best epoch are of its last value, "
                        "{}; patience counts {}",
                        text, from));
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
  require_finite(terms_, loss_, step);
  if (step.second) {
    const Metrics second = step.second->get();
    require_finite(second, options_.second->loss, step);
    terms_.insert(terms_.end(), second.begin(), second.end());
  }
  if (std::exchange(resumed_, false) && metrics_.sums().size() != terms_.size())
    metrics_ = {};  // it clips where it did not, or the other way round
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

/// The weights as they are now, before they are saved: the steps to come would find out too late.
void Trainer::Impl::require_finite(const Batch& batch) {
  settle();
  const Metrics terms = evaluator_(batch);
  if (all_finite(terms)) return;
  const std::string first = first_non_finite(module_, loss_, batch, state_.step);
  fail_non_finite(terms, state_.epoch, state_.step,
                  fmt::format("made by the weights after the step; the first that is not "
                              "finite is {}",
                              first));
}

/// What a step found before it changed the weights.
void Trainer::Impl::require_finite(const Metrics& terms, const LossFunction& loss,
                                   const Sent& step) {
  if (all_finite(terms)) return;
  // The next step may have been sent off since.
  move_schedules_to(step.step);
  train_.start(step.epoch, step.batch);
  const std::string first = first_non_finite(module_, loss, *train_.next(), step.step);
  fail_non_finite(terms, step.epoch, step.step + 1,
                  fmt::format("the first that is not finite is {}; the weights are as they were "
                              "before the step",
                              first));
}

void Trainer::Impl::fail_non_finite(const Metrics& terms, std::int64_t epoch, std::int64_t step,
                                    const std::string& first) {
  finish_saving();
  const std::string last_good =
      newest_.empty() ? "no checkpoint was saved before; start anew"
                      : fmt::format("the last good checkpoint is {}; resume", newest_.string());
  fail(ErrorKind::non_finite,
       "[train] epoch {}, step {}: {}, {}; {} with a lower learning rate (it was {}) or a smaller "
       "gradient norm",
       epoch + 1, step, non_finite_terms(terms), first, last_good, optimizer_.learning_rate());
}

// ---- the end of an epoch ----

void Trainer::Impl::finish_epoch() {
  const Metrics validation = validation_ == nullptr ? Metrics() : validate();
  if (validation_ != nullptr && validation.empty()) return;  // a signal: done again after a resume

  EpochReport report;
  const bool has_last = has_last_values(state_.epoch);
  report.epoch = ++state_.epoch;
  report.step = state_.step;
  report.seconds = epoch_seconds();
  report.samples_per_second = static_cast<double>(metrics_.examples()) / report.seconds;
  report.learning_rate = optimizer_.learning_rate();
  report.train = last_train_ = metrics_.means();
  report.validation = last_validation_ = validation;
  report.best = note_loss((validation_ == nullptr ? report.train : validation)[0].value,
                          validation_ != nullptr || has_last, has_last);
  state_.batch = 0;
  state_.seconds = 0;
  metrics_ = {};
  epoch_watch_ = Stopwatch();
  if (metrics_file_) metrics_file_->append(report);
  notify(&Callback::on_epoch, report);
  if (is_due() || reason_to_stop())
    save(report.best);
  else if (report.best && checkpoints_)
    best_unsaved_ = snapshot();
}

Metrics Trainer::Impl::validate() {
  const auto interrupted = [this] { return signals_->received() != 0; };
  std::optional<EmaWeights> averaged;
  if (ema_) averaged.emplace(*ema_);
  scheduled_.move_to(last_step());
  Metrics means = evaluator_(*validation_, interrupted);
  scheduled_.move_to(state_.step - 1);
  return means;
}

/// Whether it is the lowest so far. `comparable`: with the losses of other epochs; `counts`: for
/// patience.
bool Trainer::Impl::note_loss(double loss, bool comparable, bool counts) {
  const bool best = comparable && std::isfinite(loss) && (!state_.best || loss < *state_.best);
  if (best) {
    state_.best = loss;
    state_.best_epoch = state_.epoch;
    state_.stale_epochs = 0;
  } else if (counts) {
    ++state_.stale_epochs;
  }
  return best;
}

/// Whether the epoch that has just ended is to have a checkpoint.
bool Trainer::Impl::is_due() const {
  constexpr double share = 20;
  if (options_.checkpoint_epochs > 0) return state_.epoch % options_.checkpoint_epochs == 0;
  return saved_watch_.seconds() >= share * saving_seconds_;
}

/// Everything, on the host.
Checkpoint Trainer::Impl::snapshot() {
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
  return checkpoint;
}

/// Copies everything to the host, then writes it while training goes on, behind the best epoch if
/// that is yet to be saved. An error of the writing comes out at the next save or at the end.
void Trainer::Impl::save(bool best) {
  finish_saving();
  saved_ = state_;
  if (!checkpoints_) return;
  if (best) best_unsaved_.reset();
  const auto write = [this, best](std::optional<Checkpoint> before, Checkpoint newest) {
    const Stopwatch watch;
    Saved saved;
    if (before) {
      saved.best = checkpoints_->save(std::move(*before), true).filename().string();
      newest.state.best_checkpoint = saved.best;
    }
    saved.newest = checkpoints_->save(std::move(newest), best);
    if (best) saved.best = saved.newest.filename().string();
    saved.seconds = watch.seconds();
    return saved;
  };
  saved_watch_ = Stopwatch();
  saving_ = std::async(std::launch::async, write, std::exchange(best_unsaved_, {}), snapshot());
}

void Trainer::Impl::finish_saving() {
  if (!saving_.valid()) return;
  const Saved saved = saving_.get();
  newest_ = saved.newest;
  saving_seconds_ = saved.seconds;
  if (!saved.best.empty()) state_.best_checkpoint = saved.best;
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
