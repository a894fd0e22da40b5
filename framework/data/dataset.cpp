#include "framework/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "framework/core/error.h"
#include "framework/core/philox.h"

namespace varve {
namespace {

/// A selection of another dataset: `map` turns an index here into an index there.
class View final : public Dataset {
 public:
  using Map = std::function<std::int64_t(std::int64_t)>;

  View(std::shared_ptr<const Dataset> base, std::int64_t size, Map map)
      : base_(std::move(base)), size_(size), map_(std::move(map)) {}

  std::int64_t size() const override { return size_; }
  Shape shape() const override { return base_->shape(); }
  void read(std::int64_t index, std::span<float> out) const override {
    base_->read(map_(index), out);
  }
  int num_classes() const override { return base_->num_classes(); }
  int label(std::int64_t index) const override { return base_->label(map_(index)); }
  std::span<const Factor> factors() const override { return base_->factors(); }
  void factor_values(std::int64_t index, std::span<int> out) const override {
    base_->factor_values(map_(index), out);
  }

 private:
  std::shared_ptr<const Dataset> base_;
  std::int64_t size_;
  Map map_;
};

/// Another dataset's values on another scale.
class Rescaled final : public Dataset {
 public:
  Rescaled(std::shared_ptr<const Dataset> base, double low, double high)
      : base_(std::move(base)), low_(low), width_(high - low) {}

  std::int64_t size() const override { return base_->size(); }
  Shape shape() const override { return base_->shape(); }
  void read(std::int64_t index, std::span<float> out) const override {
    base_->read(index, out);
    for (float& value : out) value = static_cast<float>((value - low_) / width_);
  }
  int num_classes() const override { return base_->num_classes(); }
  int label(std::int64_t index) const override { return base_->label(index); }
  std::span<const Factor> factors() const override { return base_->factors(); }
  void factor_values(std::int64_t index, std::span<int> out) const override {
    base_->factor_values(index, out);
  }

 private:
  std::shared_ptr<const Dataset> base_;
  double low_, width_;
};

/// Which example of a block of `period` is held out.
std::int64_t drawn(std::int64_t block, std::int64_t period) {
  constexpr std::uint64_t seed = 0x484f4c44;  // any fixed number
  PhiloxStream rng(seed, static_cast<std::uint64_t>(block));
  return static_cast<std::int64_t>(rng.below(static_cast<std::uint32_t>(period)));
}

}  // namespace

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

std::shared_ptr<const Dataset> holdout(std::shared_ptr<const Dataset> dataset, std::int64_t period,
                                       bool held_out) {
  if (period < 2 || period > INT32_MAX)
    fail(ErrorKind::usage, "[holdout] one in {} cannot be held out; give a period of at least 2",
         period);
  const std::int64_t blocks = dataset->size() / period;
  if (held_out)
    return std::make_shared<View>(std::move(dataset), blocks, [period](std::int64_t i) {
      return i * period + drawn(i, period);
    });
  const std::int64_t kept = dataset->size() - blocks;
  return std::make_shared<View>(std::move(dataset), kept, [period, blocks](std::int64_t i) {
    const std::int64_t block = i / (period - 1);
    const std::int64_t place = i % (period - 1);
    const bool behind = block < blocks && place >= drawn(block, period);
    return block * period + place + (behind ? 1 : 0);
  });
}

}  // namespace varve
