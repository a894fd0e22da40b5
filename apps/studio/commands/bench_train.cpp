#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "apps/studio/commands/bench.h"
#include "framework/backend/device.h"
#include "framework/core/philox.h"
#include "framework/platform/platform.h"
#include "framework/train/trainer.h"
#include "models/objectives.h"
#include "models/registry.h"

namespace varve::studio {
namespace {

using Clock = std::chrono::steady_clock;

/// The first steps run eagerly and are recorded.
constexpr std::int64_t warm_up_steps = 5;
/// After those that are measured, of which the device tells how long it was at work: its clock
/// makes the host wait.
constexpr std::int64_t clocked_steps = 10;

/// As many images as are asked for, out of a few that are kept in memory, with labels.
class Noise : public Dataset {
 public:
  static constexpr int classes = 10;

  Noise(Shape shape, std::int64_t size) : shape_(shape), size_(size) {
    PhiloxStream stream(0, 0);
    values_.resize(static_cast<std::size_t>(pool * shape.numel()));
    for (auto& value : values_) value = stream.uniform();
  }
  std::int64_t size() const override { return size_; }
  Shape shape() const override { return shape_; }
  void read(std::int64_t index, std::span<float> out) const override {
    const auto* from = values_.data() + index % pool * shape_.numel();
    std::copy(from, from + out.size(), out.begin());
  }
  int num_classes() const override { return classes; }
  int label(std::int64_t index) const override { return static_cast<int>(index % classes); }

 private:
  static constexpr std::int64_t pool = 256;
  Shape shape_;
  std::int64_t size_;
  std::vector<float> values_;
};

/// Notes when each step was sent off, the first when it was done.
class StepClock : public Callback {
 public:
  explicit StepClock(std::int64_t last) : last_(last) {}

  void on_step(const StepReport& report) override {
    if (report.step == 1) {
      report.terms();
      first_step_seconds = platform::seconds_since_process_start();
    }
    if (report.step >= warm_up_steps && report.step <= last_) {
      if (report.step == last_) report.terms();
      done.push_back(Clock::now());
    }
    if (report.step == last_) static_cast<void>(default_device().backend().busy_us());
    if (report.step == last_ + clocked_steps) busy_us = default_device().backend().busy_us();
  }
  double first_step_seconds = 0;
  std::vector<Clock::time_point> done;
  std::optional<double> busy_us;  ///< of the clocked steps

 private:
  std::int64_t last_;
};

double milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

double median_step_ms(const std::vector<Clock::time_point>& done) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < done.size(); ++i)
    steps.push_back(milliseconds(done[i] - done[i - 1]));
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

void print(const nlohmann::json& out, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", out.dump());
    return;
  }
  for (const auto& [name, value] : out.items())
    fmt::print("{:<20}{}\n", name,
               value.is_number_float() ? fmt::format("{:.4g}", value.get<double>())
               : value.is_string()     ? value.get<std::string>()
                                       : value.dump());
}

}  // namespace

void bench_train(const BenchOptions& options, const OpenDevice& device) {
  const bool conv = options.arch == "conv";
  const std::int64_t side = conv ? 64 : 28;
  const std::int64_t batch_size = options.batch_size > 0 ? options.batch_size : conv ? 64 : 128;
  const std::int64_t last = warm_up_steps + options.steps;
  const std::int64_t steps = last + clocked_steps;
  const auto model = make_model(options.model, {.image = {side, side, 1},
                                                .classes = Noise::classes,
                                                .examples = steps * batch_size,
                                                .arch = options.arch,
                                                .latent = options.latent});
  Objectives objectives(*model);
  Loader loader(std::make_shared<Noise>(Shape{side, side, 1}, steps * batch_size),
                {.batch_size = batch_size, .shuffle = false});
  Trainer trainer(*model, loss_of(*model), objectives.optimizer(), loader, nullptr,
                  {.epochs = 1,
                   .second = objectives.second(),
                   .capture = !options.eager,
                   .seed = static_cast<std::uint64_t>(options.seed)});
  StepClock clock(last);
  trainer.add(clock);
  trainer.run();

  const double seconds = milliseconds(clock.done.back() - clock.done.front()) / 1e3;
  nlohmann::json out{
      {"model", options.model},
      {"arch", options.arch},
      {"latent", model->latent_size()},
      {"parameters", model->parameter_count()},
      {"batch_size", batch_size},
      {"steps", options.steps},
      {"backend", device.backend()},
      {"threads", device.threads()},
      {"samples_per_second", static_cast<double>(options.steps * batch_size) / seconds},
      {"step_ms", median_step_ms(clock.done)},
      {"first_step_seconds", clock.first_step_seconds},
      {"peak_rss_mib", static_cast<double>(platform::peak_resident_bytes()) / (1 << 20)}};
  if (clock.busy_us) out["device_step_ms"] = *clock.busy_us / 1e3 / clocked_steps;
  print(out, options.json);
}

}  // namespace varve::studio
