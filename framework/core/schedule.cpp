#include "framework/core/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>

#include "framework/core/error.h"

namespace varve {
namespace {

double finite(double value, const char* what) {
  if (!std::isfinite(value))
    fail(ErrorKind::usage, "[schedule] {} is {}: a finite number is needed", what, value);
  return value;
}

std::int64_t positive(std::int64_t steps, const char* what) {
  if (steps < 1)
    fail(ErrorKind::usage, "[schedule] {} = {} steps: one or more are needed", what, steps);
  return steps;
}

/// A joined schedule cannot stand inside another one: the text form has no brackets. Nor can one
/// whose length is not known.
const Schedule& plain(const Schedule& schedule, const char* where) {
  if (schedule.has_shares())
    fail(ErrorKind::usage,
         "[schedule] {} takes a schedule in steps, and '{}' holds a share of a run: give it by "
         "over(), or all of it as one text",
         where, schedule.str());
  if (schedule.str().find(',') != std::string::npos)
    fail(ErrorKind::usage, "[schedule] {} takes a plain schedule, and '{}' is a joined one", where,
         schedule.str());
  return schedule;
}

/// How far `step` is along `steps`: 0 to 1.
double progress(std::int64_t step, double steps) {
  return std::clamp(static_cast<double>(step) / steps, 0.0, 1.0);
}

[[noreturn]] void bad(std::string_view text, std::string_view why) {
  fail(ErrorKind::usage,
       "[schedule] '{}': {}; forms are 0.001, step:START:FACTOR:EVERY, "
       "exponential:START:FACTOR:EVERY, linear:START:END:STEPS, cosine:START:END:STEPS, "
       "cyclic:START:END:PERIOD[:RAMP], warmup:STEPS:SCHEDULE, SCHEDULE@STEPS,SCHEDULE",
       text, why);
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find(at, start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

template <class T>
T number(std::string_view text, std::string_view whole) {
  T value{};
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end)
    bad(whole,
        fmt::format("'{}' is no {}", text, std::is_integral_v<T> ? "whole number" : "number"));
  return value;
}

/// "100", or "25%" of a run.
std::int64_t step_count(std::string_view word, std::string_view whole, std::int64_t run_steps) {
  if (!word.ends_with('%')) return number<std::int64_t>(word, whole);
  const double share = number<double>(word.substr(0, word.size() - 1), whole);
  if (!(share > 0 && share <= 1e6)) bad(whole, fmt::format("'{}' is no share of a run", word));
  const double steps = share / 100 * static_cast<double>(run_steps);
  return std::max<std::int64_t>(1, std::llround(std::min(steps, 0x1p62)));
}

/// One form without '@' and ','.
Schedule parse_part(std::string_view text, std::int64_t run_steps) {
  const auto words = split(text, ':');
  const auto name = words[0];
  const auto real = [&](std::size_t i) { return number<double>(words[i], text); };
  const auto steps = [&](std::size_t i) { return step_count(words[i], text, run_steps); };
  const auto takes = [&](std::size_t least, std::size_t most) {
    if (words.size() - 1 < least || words.size() - 1 > most)
      bad(text, fmt::format("'{}' takes {} numbers, got {}", name, least, words.size() - 1));
  };
  if (words.size() == 1) return real(0);
  if (name == "warmup") {
    if (words.size() < 3) bad(text, "warmup takes a number of steps and a schedule");
    const auto rest = name.size() + words[1].size() + 2;
    return Schedule::warm_up(steps(1), parse_part(text.substr(rest), run_steps));
  }
  if (name == "cyclic") {
    takes(3, 4);
    return Schedule::cyclic(real(1), real(2), steps(3), words.size() > 4 ? real(4) : 0.5);
  }
  using Make = Schedule (*)(double, double, std::int64_t);
  const std::pair<std::string_view, Make> forms[] = {{"step", Schedule::step},
                                                     {"exponential", Schedule::exponential},
                                                     {"linear", Schedule::linear},
                                                     {"cosine", Schedule::cosine}};
  for (const auto& [form, make] : forms)
    if (name == form) {
      takes(3, 3);
      return make(real(1), real(2), steps(3));
    }
  bad(text, fmt::format("there is no schedule '{}'", name));
}

/// The whole text, in a run of so many steps.
Schedule parse_all(std::string_view text, std::int64_t run_steps) {
  const auto pieces = split(text, ',');
  std::vector<Schedule::Part> parts;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto halves = split(pieces[i], '@');
    const bool last = i + 1 == pieces.size();
    if (halves.size() != (last ? 1 : 2))
      bad(text, last ? "the last schedule has no '@': it goes on for ever"
                     : "each schedule but the last needs '@' and its number of steps");
    parts.push_back(
        {parse_part(halves[0], run_steps), last ? 0 : step_count(halves[1], text, run_steps)});
  }
  return parts.size() == 1 ? parts[0].schedule : Schedule::join(std::move(parts));
}

}  // namespace

Schedule::Schedule(double value)
    : Schedule(fmt::format("{}", finite(value, "the constant")),
               [value](std::int64_t) { return value; }) {}

Schedule::Schedule(std::string text, std::function<double(std::int64_t)> function, Steps turns)
    : text_(std::move(text)), function_(std::move(function)), turns_(std::move(turns)) {}

Schedule Schedule::step(double start, double factor, std::int64_t every) {
  finite(start, "the start");
  finite(factor, "the factor");
  positive(every, "step");
  return {fmt::format("step:{}:{}:{}", start, factor, every), [=](std::int64_t step) {
            return start * std::pow(factor, static_cast<double>(step / every));
          }};
}

Schedule Schedule::exponential(double start, double factor, std::int64_t every) {
  finite(start, "the start");
  positive(every, "exponential");
  if (!(finite(factor, "the factor") > 0))
    fail(ErrorKind::usage, "[schedule] the factor of an exponential is {}: it must be positive",
         factor);
  return {fmt::format("exponential:{}:{}:{}", start, factor, every), [=](std::int64_t step) {
            return start * std::pow(factor, static_cast<double>(step) / static_cast<double>(every));
          }};
}

Schedule Schedule::linear(double start, double end, std::int64_t steps) {
  finite(start, "the start");
  finite(end, "the end");
  positive(steps, "linear");
  return {fmt::format("linear:{}:{}:{}", start, end, steps),
          [=](std::int64_t step) {
            return std::lerp(start, end, progress(step, static_cast<double>(steps)));
          },
          {steps}};
}

Schedule Schedule::cosine(double start, double end, std::int64_t steps) {
  finite(start, "the start");
  finite(end, "the end");
  positive(steps, "cosine");
  return {fmt::format("cosine:{}:{}:{}", start, end, steps),
          [=](std::int64_t step) {
            const double angle = std::numbers::pi * progress(step, static_cast<double>(steps));
            return std::lerp(start, end, 0.5 * (1 - std::cos(angle)));
          },
          {steps}};
}

Schedule Schedule::cyclic(double start, double end, std::int64_t period, double ramp) {
  finite(start, "the start");
  finite(end, "the end");
  positive(period, "cyclic");
  if (!(ramp > 0 && ramp <= 1))
    fail(ErrorKind::usage, "[schedule] the ramp of a cycle is {} of it: needed (0, 1]", ramp);
  return {fmt::format("cyclic:{}:{}:{}:{}", start, end, period, ramp),
          [=](std::int64_t step) {
            return std::lerp(start, end,
                             progress(step % period, ramp * static_cast<double>(period)));
          },
          {period - 1, period}};
}

Schedule Schedule::warm_up(std::int64_t steps, Schedule schedule) {
  positive(steps, "warmup");
  std::string text = fmt::format("warmup:{}:{}", steps, plain(schedule, "warmup").str());
  Steps turns = schedule.turns_;
  turns.push_back(steps);
  return {std::move(text),
          [steps, schedule = std::move(schedule)](std::int64_t step) {
            return schedule(step) * progress(step + 1, static_cast<double>(steps));
          },
          std::move(turns)};
}

Schedule Schedule::join(std::vector<Part> parts) {
  if (parts.empty()) fail(ErrorKind::usage, "[schedule] there are no schedules to join");
  std::string text;
  for (const auto& part : parts) plain(part.schedule, "join");
  for (std::size_t i = 0; i + 1 < parts.size(); ++i)
    text += fmt::format("{}@{},", parts[i].schedule.str(), positive(parts[i].steps, "a part"));
  text += parts.back().schedule.str();
  Steps turns;
  std::int64_t begin = 0;
  for (const auto& part : parts) {
    for (const auto turn : part.schedule.turns_) turns.push_back(begin + turn);
    turns.push_back(begin);
    begin += part.steps;
  }
  return {std::move(text),
          [parts = std::move(parts)](std::int64_t step) {
            std::size_t i = 0;
            for (; i + 1 < parts.size() && step >= parts[i].steps; ++i) step -= parts[i].steps;
            return parts[i].schedule(step);
          },
          std::move(turns)};
}

Schedule::Range Schedule::range(std::int64_t steps) const {
  constexpr std::int64_t most_looks = 1 << 17;
  const std::int64_t last = positive(steps, "a range") - 1;
  Range range{{(*this)(0), 0}, {(*this)(0), 0}};
  const auto look = [&](std::int64_t step) {
    if (step < 0 || step > last || !std::isfinite(range.least.value)) return;
    const double value = (*this)(step);
    const bool wild = !std::isfinite(value);
    const auto comes_first = [&](const Extreme& known, double sign) {
      const double beyond = sign * (value - known.value);
      return wild || beyond > 0 || (beyond == 0 && step < known.step);
    };
    if (comes_first(range.least, -1)) range.least = {value, step};
    if (comes_first(range.most, 1)) range.most = {value, step};
  };
  const std::int64_t looks = std::min(steps, most_looks);
  const double apart = static_cast<double>(steps) / static_cast<double>(looks);
  for (std::int64_t i = 0; i < looks; ++i)
    look(static_cast<std::int64_t>(apart * static_cast<double>(i)));
  for (const auto turn : turns_)
    for (const std::int64_t step : {turn - 1, turn}) look(step);
  look(last);
  return range;
}

Schedule Schedule::parse(std::string_view text) {
  if (text.find('%') == std::string_view::npos) return parse_all(text, 1);
  parse_all(text, 1);  // whatever the run, it is a schedule
  return {std::string(text), [whole = std::string(text)](std::int64_t) -> double {
            fail(ErrorKind::usage,
                 "[schedule] '{}' holds a share of a run: say of how many steps, by over()", whole);
          }};
}

Schedule Schedule::over(std::int64_t run_steps) const {
  return has_shares() ? parse_all(text_, positive(run_steps, "a run")) : *this;
}

bool Schedule::has_shares() const { return text_.find('%') != std::string::npos; }

}  // namespace varve
