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
///
/// EVERY, STEPS and PERIOD are numbers of steps, or shares of the run's: linear:0:1:50%. A schedule
/// with shares has values only once it is known how long the run is: see over(). Trainers do that.
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
  /// The same schedule in a run of so many steps: str() then holds numbers of steps alone, one or
  /// more for each share.
  Schedule over(std::int64_t run_steps) const;
  bool has_shares() const;

  /// Throws ErrorKind::usage for a schedule with shares.
  double operator()(std::int64_t step) const { return function_(step); }
  /// What it starts from. A schedule with shares is taken as of a run of one step, whose start may
  /// be another than a longer one's: warmup:50%:1 begins with 1 there.
  double first() const { return over(1)(0); }

  /// A value and the step at which it is first taken.
  struct Extreme {
    double value;
    std::int64_t step;
  };
  struct Range {
    Extreme least, most;
  };
  /// The least and the greatest value over the first `steps` steps, one or more. Every step is
  /// looked at in runs of up to 131,072; in longer ones as many, and all at which a schedule turns.
  /// A value that is not finite is both.
  Range range(std::int64_t steps) const;
  /// The text form.
  const std::string& str() const { return text_; }

 private:
  using Steps = std::vector<std::int64_t>;
  Schedule(std::string text, std::function<double(std::int64_t)> function, Steps turns = {});

  std::string text_;
  std::function<double(std::int64_t)> function_;
  Steps turns_;  ///< steps around which it may stop rising or falling
};

struct Schedule::Part {
  Schedule schedule;
  std::int64_t steps = 0;  ///< of the last part: not read
};

}  // namespace varve
