#include "framework/train/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "framework/core/error.h"
#include "framework/platform/platform.h"

namespace varve {
namespace {

constexpr double bar_interval = 0.1;    // seconds between two redraws
constexpr double plain_interval = 10;   // seconds between two lines within an epoch
constexpr std::int64_t bar_width = 20;  // columns

bool wants_plain() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  const char* terminal = std::getenv("TERM");
  return set("NO_COLOR") || set("CI") ||
         (terminal != nullptr && std::string_view(terminal) == "dumb");
}

ProgressOptions completed(ProgressOptions options) {
  if (options.style == ProgressStyle::automatic)
    options.style = platform::is_terminal(STDERR_FILENO) && !wants_plain() ? ProgressStyle::bar
                                                                           : ProgressStyle::plain;
  if (!options.write)
    options.write = [](std::string_view text) {
      std::fwrite(text.data(), 1, text.size(), stderr);
      std::fflush(stderr);
    };
  if (!options.clock)
    options.clock = [] {
      const auto now = std::chrono::steady_clock::now().time_since_epoch();
      return std::chrono::duration<double>(now).count();
    };
  if (options.width == 0) options.width = platform::terminal_width(STDERR_FILENO);
  return options;
}

/// "0:07", "2:03:04".
std::string duration(double seconds) {
  const auto total = static_cast<std::int64_t>(std::llround(std::clamp(seconds, 0.0, 3.6e8)));
  const auto hours = total / 3600, minutes = total / 60 % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, total % 60)
                   : fmt::format("{}:{:02}", minutes, total % 60);
}

std::string shown(const Metrics& metrics, std::string_view prefix = "") {
  std::string text;
  for (const auto& [name, value] : metrics)
    text += fmt::format("  {}{} {:.5g}", prefix, name, value);
  return text;
}

std::string ending(const TrainingResult& result) {
  switch (result.reason) {
    case StopReason::epochs:
      return "trained";
    case StopReason::max_steps:
      return "trained to the greatest number of steps";
    case StopReason::patience:
      return "stopped as the loss no longer fell";
    case StopReason::signal:
      return result.signal == SIGINT ? "interrupted" : "terminated";
    case StopReason::requested:
      return "stopped";
  }
  return {};
}

}  // namespace

ProgressStyle parse_progress_style(std::string_view text) {
  if (text == "auto") return ProgressStyle::automatic;
  if (text == "bar") return ProgressStyle::bar;
  if (text == "plain") return ProgressStyle::plain;
  if (text == "none") return ProgressStyle::none;
  fail(ErrorKind::usage, "[progress] '{}' is no style; choose auto, bar, plain or none", text);
}

Progress::Progress(ProgressOptions options) : options_(completed(std::move(options))) {}

Progress::~Progress() {
  if (line_open_) options_.write("\n");
}

void Progress::on_start(const StartReport& report) {
  start_ = report;
  started_ = drawn_ = epoch_started_ = options_.clock();
  epoch_examples_ = 0;
  for (const auto& note : report.notes) print("note: " + note);
  if (silent()) return;
  if (!report.resumed_from.empty())
    print(fmt::format("resuming from {} at step {}", report.resumed_from.string(),
                      report.first_step));
}

void Progress::on_step(const StepReport& report) {
  epoch_examples_ += report.examples;
  if (silent()) return;
  const double now = options_.clock();
  const bool redrawn = options_.style == ProgressStyle::bar;
  if (now - drawn_ < (redrawn ? bar_interval : plain_interval)) return;
  drawn_ = now;
  if (redrawn)
    redraw(status(report, now));
  else
    print(status(report, now));
}

void Progress::on_epoch(const EpochReport& report) {
  const double now = options_.clock();
  if (!silent()) {
    const std::string left = time_left(report.step, now);
    print(fmt::format("epoch {}/{}{}{}  {:.0f}/s  {}{}", report.epoch, start_.epochs,
                      shown(report.train), shown(report.validation, "val_"),
                      report.samples_per_second, duration(report.seconds),
                      left.empty() ? "" : "  " + left + " left"));
  }
  epoch_started_ = drawn_ = now;
  epoch_examples_ = 0;
}

void Progress::on_end(const TrainingResult& result) {
  if (silent()) return;
  const auto checkpoint =
      result.checkpoint.empty() ? "" : fmt::format("; checkpoint {}", result.checkpoint.string());
  print(fmt::format("{}: {} epochs, {} steps in {}{}", ending(result), result.epochs, result.step,
                    duration(result.seconds), checkpoint));
}

/// A line that stays, in place of the one being redrawn.
void Progress::print(std::string_view line) {
  options_.write(fmt::format("{}{}\n", line_open_ ? "\r\x1b[K" : "", line));
  line_open_ = false;
}

void Progress::redraw(std::string line) {
  // A line that wraps could not be drawn over.
  line.resize(std::min(line.size(), static_cast<std::size_t>(std::max(1, options_.width - 1))));
  options_.write("\r\x1b[K" + line);
  line_open_ = true;
}

std::string Progress::status(const StepReport& report, double now) const {
  const double seconds = now - epoch_started_;
  const double rate = seconds > 0 ? static_cast<double>(epoch_examples_) / seconds : 0;
  const std::string left = time_left(report.step, now);
  return fmt::format("epoch {}/{} {}  {:.0f}/s{}{}", report.epoch, start_.epochs, bar(report), rate,
                     left.empty() ? "" : "  " + left + " left", shown(report.terms()));
}

std::string Progress::bar(const StepReport& report) const {
  const auto percent = fmt::format("{}%", 100 * report.batch / start_.batches);
  if (options_.style == ProgressStyle::plain) return percent;
  const auto filled = static_cast<std::size_t>(bar_width * report.batch / start_.batches);
  return fmt::format("[{:<{}}] {:>4}", std::string(filled, '='), bar_width, percent);
}

/// Empty before it can be told and when nothing is left.
std::string Progress::time_left(std::int64_t step, double now) const {
  const auto done = step - start_.first_step, left = start_.steps - step;
  if (done <= 0 || left <= 0) return {};
  return duration((now - started_) / static_cast<double>(done) * static_cast<double>(left));
}

}  // namespace varve
