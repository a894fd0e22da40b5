#include "framework/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "framework/core/error.h"
#include "framework/core/philox.h"

namespace varve {
namespace {

using DatasetPtr = std::shared_ptr<const Dataset>;

/// Another dataset's examples: what a derived class does not change is that one's.
class Derived : public Dataset {
 public:
  explicit Derived(DatasetPtr base) : base_(std::move(base)) {}

  std::int64_t size() const override { return base_->size(); }
  Shape shape() const override { return base_->shape(); }
  void read(std::int64_t index, std::span<float> out) const override {
    base_->read(source(index), out);
    change(out);
  }
  void read_many(std::span<const std::int64_t> indices, std::span<float> out) const override {
    std::vector<std::int64_t> sources(indices.size());
    std::ranges::transform(indices, sources.begin(), [this](auto index) { return source(index); });
    base_->read_many(sources, out);
    change(out);
  }
  std::optional<ValueRange> range() const override { return base_->range(); }
  std::string name(std::int64_t index) const override { return base_->name(source(index)); }
  int num_classes() const override { return base_->num_classes(); }
  int label(std::int64_t index) const override { return base_->label(source(index)); }
  std::span<const std::string> class_names() const override { return base_->class_names(); }
  std::span<const Factor> factors() const override { return base_->factors(); }
  void factor_values(std::int64_t index, std::span<int> out) const override {
    base_->factor_values(source(index), out);
  }

 protected:
  /// The index there of an example here.
  virtual std::int64_t source(std::int64_t index) const { return index; }
  virtual void change(std::span<float> /*values*/) const {}
  const Dataset& base() const { return *base_; }

 private:
  DatasetPtr base_;
};

/// A selection of another dataset: `map` turns an index here into an index there.
class View final : public Derived {
 public:
  using Map = std::function<std::int64_t(std::int64_t)>;

  View(DatasetPtr base, std::int64_t size, Map map)
      : Derived(std::move(base)), size_(size), map_(std::move(map)) {}
  std::int64_t size() const override { return size_; }

 private:
  std::int64_t source(std::int64_t index) const override { return map_(index); }

  std::int64_t size_;
  Map map_;
};

/// Another dataset's values on another scale.
class Rescaled final : public Derived {
 public:
  Rescaled(DatasetPtr base, double low, double high)
      : Derived(std::move(base)), low_(low), width_(high - low) {}
  std::optional<ValueRange> range() const override {
    const auto range = base().range();
    if (!range) return range;
    return ValueRange{static_cast<float>((range->least - low_) / width_),
                      static_cast<float>((range->most - low_) / width_)};
  }

 private:
  void change(std::span<float> values) const override {
    for (float& value : values) value = static_cast<float>((value - low_) / width_);
  }

  double low_, width_;
};

/// The examples in another shape.
class Reshaped final : public Derived {
 public:
  Reshaped(DatasetPtr base, const Shape& shape) : Derived(std::move(base)), shape_(shape) {}
  Shape shape() const override { return shape_; }

 private:
  Shape shape_;
};

/// The examples with other numbers for their classes.
class Renumbered final : public Derived {
 public:
  Renumbered(DatasetPtr base, std::vector<std::string> names, std::vector<int> numbers)
      : Derived(std::move(base)), names_(std::move(names)), numbers_(std::move(numbers)) {}
  int num_classes() const override { return static_cast<int>(names_.size()); }
  std::span<const std::string> class_names() const override { return names_; }
  int label(std::int64_t index) const override {
    const int label = base().label(index);
    return label < 0 ? label : numbers_[static_cast<std::size_t>(label)];
  }

 private:
  std::vector<std::string> names_;
  std::vector<int> numbers_;
};

class Concatenated final : public Dataset {
 public:
  Concatenated(DatasetPtr first, DatasetPtr second)
      : first_(std::move(first)), second_(std::move(second)) {}

  std::int64_t size() const override { return first_->size() + second_->size(); }
  Shape shape() const override { return first_->shape(); }
  void read(std::int64_t index, std::span<float> out) const override {
    part(index).read(index, out);
  }
  std::optional<ValueRange> range() const override {
    const auto first = first_->range(), second = second_->range();
    return first && second ? std::optional(first->with(*second)) : std::nullopt;
  }
  std::string name(std::int64_t index) const override { return part(index).name(index); }
  int num_classes() const override { return first_->num_classes(); }
  int label(std::int64_t index) const override { return part(index).label(index); }
  std::span<const std::string> class_names() const override { return first_->class_names(); }
  std::span<const Factor> factors() const override { return first_->factors(); }
  void factor_values(std::int64_t index, std::span<int> out) const override {
    part(index).factor_values(index, out);
  }

 private:
  /// The dataset of an example, whose index becomes that in it.
  const Dataset& part(std::int64_t& index) const {
    if (index < first_->size()) return *first_;
    index -= first_->size();
    return *second_;
  }

  DatasetPtr first_, second_;
};

/// Which example of a block of `period` is held out.
std::int64_t drawn(std::int64_t block, std::int64_t period) {
  constexpr std::uint64_t seed = 0x484f4c44;  // any fixed number
  PhiloxStream rng(seed, static_cast<std::uint64_t>(block));
  return static_cast<std::int64_t>(rng.below(static_cast<std::uint32_t>(period)));
}

}  // namespace

ValueRange ValueRange::with(const ValueRange& other) const {
  return {std::min(least, other.least), std::max(most, other.most)};
}

void Dataset::read_many(std::span<const std::int64_t> indices, std::span<float> out) const {
  const auto each = static_cast<std::size_t>(shape().numel());
  for (std::size_t i = 0; i < indices.size(); ++i) read(indices[i], out.subspan(i * each, each));
}

std::shared_ptr<const Dataset> take(std::shared_ptr<const Dataset> dataset, std::int64_t count) {
  if (count < 1)
    fail(ErrorKind::usage, "[take] {} examples were asked for; take at least 1", count);
  if (count >= dataset->size()) return dataset;
  return std::make_shared<View>(std::move(dataset), count, [](std::int64_t i) { return i; });
}

std::shared_ptr<const Dataset> subset(std::shared_ptr<const Dataset> dataset,
                                      std::vector<std::int64_t> indices) {
  for (const auto index : indices)
    if (index < 0 || index >= dataset->size())
      fail(ErrorKind::usage, "[subset] index {} is outside a dataset of {} examples", index,
           dataset->size());
  const auto size = static_cast<std::int64_t>(indices.size());
  return std::make_shared<View>(
      std::move(dataset), size,
      [list = std::move(indices)](std::int64_t i) { return list[static_cast<std::size_t>(i)]; });
}

std::shared_ptr<const Dataset> rescaled(std::shared_ptr<const Dataset> dataset, double low,
                                        double high) {
  if (!(low < high) || !std::isfinite(low) || !std::isfinite(high) || !std::isfinite(high - low))
    fail(ErrorKind::usage, "[rescaled] {} to 0 and {} to 1: two finite numbers in order are needed",
         low, high);
  return std::make_shared<Rescaled>(std::move(dataset), low, high);
}

std::shared_ptr<const Dataset> concatenated(std::shared_ptr<const Dataset> first,
                                            std::shared_ptr<const Dataset> second) {
  const auto cardinalities = [](const Dataset& data) {
    std::vector<int> out;
    for (const auto& factor : data.factors()) out.push_back(factor.cardinality);
    return out;
  };
  if (!(first->shape() == second->shape()) || first->num_classes() != second->num_classes() ||
      cardinalities(*first) != cardinalities(*second))
    fail(ErrorKind::input,
         "[concatenated] examples of {} with {} classes and of {} with {} classes are no one "
         "dataset",
         first->shape().str(), first->num_classes(), second->shape().str(), second->num_classes());
  return std::make_shared<Concatenated>(std::move(first), std::move(second));
}

std::shared_ptr<const Dataset> with_classes(std::shared_ptr<const Dataset> dataset,
                                            std::vector<std::string> names,
                                            const std::string& where) {
  const auto own = dataset->class_names();
  if (own.empty() || names.empty() || std::ranges::equal(own, names)) return dataset;
  std::vector<int> numbers;
  for (const auto& name : own) {
    const auto at = std::ranges::find(names, name);
    if (at == names.end())
      fail(ErrorKind::input,
           "[data] {}: has the class '{}', which is none of those trained on: {}; rename or remove "
           "it",
           where, name, fmt::join(names, ", "));
    numbers.push_back(static_cast<int>(at - names.begin()));
  }
  return std::make_shared<Renumbered>(std::move(dataset), std::move(names), std::move(numbers));
}

std::shared_ptr<const Dataset> reshaped(std::shared_ptr<const Dataset> dataset,
                                        const Shape& shape) {
  if (shape.numel() != dataset->shape().numel())
    fail(ErrorKind::usage, "[reshaped] examples of shape {} have {} values, and {} needs {}",
         dataset->shape().str(), dataset->shape().numel(), shape.str(), shape.numel());
  return std::make_shared<Reshaped>(std::move(dataset), shape);
}

namespace {

/// How many are in a part of a holdout, and which index the i-th of it has.
struct Holdout {
  std::int64_t period, blocks;
  bool held_out;

  Holdout(std::int64_t size, std::int64_t one_in, bool held) : period(one_in), held_out(held) {
    if (period < 2 || period > INT32_MAX)
      fail(ErrorKind::usage, "[holdout] one in {} cannot be held out; give a period of at least 2",
           period);
    blocks = size / period;
  }
  std::int64_t count(std::int64_t size) const { return held_out ? blocks : size - blocks; }
  std::int64_t operator()(std::int64_t i) const {
    if (held_out) return i * period + drawn(i, period);
    const std::int64_t block = i / (period - 1);
    const std::int64_t place = i % (period - 1);
    const bool behind = block < blocks && place >= drawn(block, period);
    return block * period + place + (behind ? 1 : 0);
  }
};

}  // namespace

std::shared_ptr<const Dataset> holdout(std::shared_ptr<const Dataset> dataset, std::int64_t period,
                                       bool held_out) {
  const std::int64_t size = dataset->size();
  const Holdout part(size, period, held_out);
  return std::make_shared<View>(std::move(dataset), part.count(size), part);
}

std::vector<std::int64_t> holdout_indices(std::int64_t size, std::int64_t period, bool held_out) {
  const Holdout part(size, period, held_out);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(part.count(size)));
  for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = part(static_cast<std::int64_t>(i));
  return indices;
}

}  // namespace varve
