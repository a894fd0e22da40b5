#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "framework/io/checkpoint.h"

namespace varve {

/// A named number, such as the mean of a loss term over an epoch.
struct Metric {
  std::string name;
  double value = 0;
  friend bool operator==(const Metric&, const Metric&) = default;
};
using Metrics = std::vector<Metric>;

/// Means over examples of what was measured as means over batches, in double.
class MeanMetrics {
 public:
  MeanMetrics() = default;
  MeanMetrics(std::vector<PartialSum> sums, std::int64_t examples);

  /// Adds the means over a batch of `examples`.
  void add(const Metrics& batch, std::int64_t examples);
  /// Empty before the first add().
  Metrics means() const;

  const std::vector<PartialSum>& sums() const { return sums_; }
  std::int64_t examples() const { return examples_; }

 private:
  std::vector<PartialSum> sums_;
  std::int64_t examples_ = 0;
};

/// What is known at the end of an epoch.
struct EpochReport {
  std::int64_t epoch = 0;         ///< its number, from 1
  std::int64_t step = 0;          ///< steps done in all
  double seconds = 0;             ///< since the epoch before: with validation, callbacks and saving
  double samples_per_second = 0;  ///< training examples over these seconds
  double learning_rate = 0;       ///< of the last step
  Metrics train;
  Metrics validation{};  ///< empty without a validation set
  bool best = false;     ///< the lowest loss so far
};

/// metrics.csv: one header, a row an epoch, flushed at once:
/// epoch,step,seconds,samples_per_second,learning_rate,train_<term>...,val_<term>...
/// Numbers are the shortest text that reads back to the same bits.
class MetricsFile {
 public:
  /// Goes on behind epoch `finished_epochs`: rows of later epochs (they will be done again) and a
  /// row cut short by a crash are removed. With 0 a new file begins. Throws ErrorKind::io.
  MetricsFile(std::filesystem::path path, std::int64_t finished_epochs);

  /// A file of other columns becomes metrics-until-<epoch>.csv. Throws ErrorKind::io.
  void append(const EpochReport& report);

 private:
  std::filesystem::path path_;
  std::string header_;  ///< of the file; empty in a new one
};

}  // namespace varve
