#pragma once

#include <cstdint>
#include <memory>
#include <optional>
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

/// From the least to the greatest value of data.
struct ValueRange {
  double least = 0, most = 1;

  bool is_unit() const { return least >= 0 && most <= 1; }
  /// What both span.
  ValueRange with(const ValueRange& other) const;
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
  /// scaled to [0, 1]; floating-point sources keep their values. Throws ErrorKind::input for a
  /// value that is not finite, or outside of [0, 1] though range() is within.
  virtual void read(std::int64_t index, std::span<float> out) const = 0;
  /// The same for several examples, one behind the other: what has to be decoded may be so on all
  /// cores.
  virtual void read_many(std::span<const std::int64_t> indices, std::span<float> out) const;

  /// What the values span, if that is known without reading them all; of much data, by a look at
  /// some of them.
  virtual std::optional<ValueRange> range() const { return std::nullopt; }
  /// Where an example is from, if it is a file of its own; else empty.
  virtual std::string name(std::int64_t /*index*/) const { return {}; }

  /// Number of classes, 0 when there are no labels.
  virtual int num_classes() const { return 0; }
  /// The class of an example in [0, num_classes()), -1 when there are no labels.
  virtual int label(std::int64_t /*index*/) const { return -1; }
  /// What the classes are called, num_classes() of them, or none: then they are numbers.
  virtual std::span<const std::string> class_names() const { return {}; }

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
/// The examples of one behind those of the other. Throws ErrorKind::input unless shape, number of
/// classes and factors are the same.
std::shared_ptr<const Dataset> concatenated(std::shared_ptr<const Dataset> first,
                                            std::shared_ptr<const Dataset> second);
/// The examples with each class under the number that its name has in `names`. A dataset without
/// names of classes, or with these, stays as it is. Throws ErrorKind::input, naming `where`, for a
/// class that is not among them.
std::shared_ptr<const Dataset> with_classes(std::shared_ptr<const Dataset> dataset,
                                            std::vector<std::string> names,
                                            const std::string& where);
/// A table's row of features as an image of this shape (the same number of values).
std::shared_ptr<const Dataset> reshaped(std::shared_ptr<const Dataset> dataset, const Shape& shape);
/// A split that a dataset does not bring itself: of every `period` consecutive examples one, drawn
/// by Philox, is held out; a last, incomplete group is not. `held_out` gives those, otherwise the
/// rest.
std::shared_ptr<const Dataset> holdout(std::shared_ptr<const Dataset> dataset, std::int64_t period,
                                       bool held_out);
/// The indices that holdout() gives of a dataset of `size` examples.
std::vector<std::int64_t> holdout_indices(std::int64_t size, std::int64_t period, bool held_out);

}  // namespace varve
