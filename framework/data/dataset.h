#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/core/shape.h"

namespace varve {

/// One generative factor of a synthetic dataset: its name and how many values it takes.
struct Factor {
  std::string name;
  int cardinality = 0;
};

/// A fixed collection of examples. Implementations are immutable after construction, so that
/// several loader threads may read at once.
class Dataset {
 public:
  virtual ~Dataset() = default;

  virtual std::int64_t size() const = 0;
  /// Of one example: [height, width, channels] for images, [features] for tables.
  virtual Shape shape() const = 0;
  /// Writes example `index` (0 <= index < size()) to `out`, shape().numel() values. Bytes are
  /// scaled to [0, 1]; floating-point sources keep their values.
  virtual void read(std::int64_t index, std::span<float> out) const = 0;

  /// Number of classes, 0 when there are no labels.
  virtual int num_classes() const { return 0; }
  /// The class of an example in [0, num_classes()), -1 when there are no labels.
  virtual int label(std::int64_t /*index*/) const { return -1; }

  /// The factors of variation, slowest first; empty when they are not known.
  virtual std::span<const Factor> factors() const { return {}; }
  /// The factor values of an example, one per entry of factors().
  virtual void factor_values(std::int64_t /*index*/, std::span<int> /*out*/) const {}
};

/// The first `count` examples of a dataset (all of them when there are fewer).
std::shared_ptr<const Dataset> take(std::shared_ptr<const Dataset> dataset, std::int64_t count);
/// The named examples, in the given order.
std::shared_ptr<const Dataset> subset(std::shared_ptr<const Dataset> dataset,
                                      std::vector<std::int64_t> indices);
/// The examples with their values mapped so that `low` becomes 0 and `high` 1. Throws
/// ErrorKind::usage unless low < high, both finite.
std::shared_ptr<const Dataset> rescaled(std::shared_ptr<const Dataset> dataset, double low,
                                        double high);
/// A split that a dataset does not bring itself: of every `period` consecutive examples one, drawn
/// by Philox, is held out; a last, incomplete group is not. `held_out` gives those, otherwise the
/// rest.
std::shared_ptr<const Dataset> holdout(std::shared_ptr<const Dataset> dataset, std::int64_t period,
                                       bool held_out);

}  // namespace varve
