#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace varve {

/// A number for each step, counted from 0: a learning rate, a KL weight, a capacity.
///
/// As text, for the command line and the configuration (str() gives it back):
///
///     0.001                           constant
///     step:START:FACTOR:EVERY         START FACTOR^floor(step / EVERY)
///     exponential:START:FACTOR:EVERY  START FACTOR^(step / EVERY)
///     linear:START:END:STEPS          from START to END in STEPS steps, then END
///     cosine:START:END:STEPS          the same along half a cosine
///     cyclic:START:END:PERIOD[:RAMP]  in each period, linear for the share RAMP (0.5), then END
///     warmup:STEPS:SCHEDULE           SCHEDULE times min(1, (step + 1) / STEPS)
///     SCHEDULE@STEPS,SCHEDULE         the first for STEPS steps, then the second from its step 0
class Schedule {
 public:
  /// A constant.
  Schedule(double value = 0);  // NOLINT: a number is a schedule

  static Schedule step(double start, double factor, std::int64_t every);
  static Schedule exponential(double start, double factor, std::int64_t every);
  static Schedule linear(double start, double end, std::int64_t steps);
  /// Loshchilov and Hutter 2017, without restarts.
  static Schedule cosine(double start, double end, std::int64_t steps);
  /// Fu et al. 2019, cyclical annealing of the KL weight.
  static Schedule cyclic(double start, double end, std::int64_t period, double ramp = 0.5);
  static Schedule warm_up(std::int64_t steps, Schedule schedule);

  /// A schedule and how long it lasts.
  struct Part;
  /// One after the other, each from its own step 0; the last goes on for ever.
  static Schedule join(std::vector<Part> parts);

  /// Reads the text form. Throws ErrorKind::usage saying what is wrong and what the forms are.
  static Schedule parse(std::string_view text);

  double operator()(std::int64_t step) const { return function_(step); }
  /// The text form.
  const std::string& str() const { return text_; }

 private:
  Schedule(std::string text, std::function<double(std::int64_t)> function);

  std::string text_;
  std::function<double(std::int64_t)> function_;
};

struct Schedule::Part {
  Schedule schedule;
  std::int64_t steps = 0;  ///< of the last part: not read
};

}  // namespace varve
