#include "framework/data/array_dataset.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "framework/core/error.h"

namespace varve {
namespace {

template <class T>
Array converted(const Array& values) {
  Array out = Array::zeros(values.shape, DType::f32);
  std::ranges::transform(values.as<T>(), out.as<float>().begin(),
                         [](T x) { return static_cast<float>(x); });
  return out;
}

Array as_stored(Array values) {
  switch (values.dtype) {
    case DType::u8:
    case DType::f32:
      return values;
    case DType::boolean:
      values.dtype = DType::u8;
      return values;
    case DType::f64:
      return converted<double>(values);
    case DType::i32:
      return converted<std::int32_t>(values);
    case DType::i64:
      return converted<std::int64_t>(values);
  }
  return values;
}

Shape without_first(const Shape& shape) {
  Shape out = shape;
  out.erase(0);
  return out;
}

class ArrayDataset final : public Dataset {
 public:
  explicit ArrayDataset(ArrayDatasetOptions o)
      : divisor_(o.values.dtype == DType::boolean ? 1.0F : o.divisor),
        values_(as_stored(std::move(o.values))),
        shape_(without_first(values_.shape)),
        stride_(static_cast<std::size_t>(shape_.numel())),
        labels_(std::move(o.labels)),
        num_classes_(o.num_classes),
        factors_(std::move(o.factors)),
        factor_values_(std::move(o.factor_values)) {
    check_values(o.where);
    check_labels(o.where);
    check_factors(o.where);
  }

  std::int64_t size() const override { return values_.shape[0]; }
  Shape shape() const override { return shape_; }
  int num_classes() const override { return num_classes_; }
  int label(std::int64_t index) const override {
    return labels_.empty() ? -1 : labels_[static_cast<std::size_t>(index)];
  }
  std::span<const Factor> factors() const override { return factors_; }
  void factor_values(std::int64_t index, std::span<int> out) const override {
    const auto row = static_cast<std::size_t>(index) * factors_.size();
    std::ranges::copy(std::span(factor_values_).subspan(row, factors_.size()), out.begin());
  }
  void read(std::int64_t index, std::span<float> out) const override {
    const std::size_t begin = static_cast<std::size_t>(index) * stride_;
    if (values_.dtype == DType::u8)
      detail::divide_bytes(values_.as<std::uint8_t>().subspan(begin, stride_), divisor_, out);
    else
      std::ranges::copy(values_.as<float>().subspan(begin, stride_), out.begin());
  }

 private:
  void check_values(const std::string& where) const {
    if (values_.dtype == DType::u8) return;
    const auto all = values_.as<float>();
    const auto bad = std::ranges::find_if(all, [](float x) { return !std::isfinite(x); });
    if (bad != all.end())
      fail(ErrorKind::input,
           "[data] {}: example {} has a value that is not a finite 32-bit number; remove or repair "
           "that example",
           where, static_cast<std::size_t>(bad - all.begin()) / stride_);
  }

  void check_labels(const std::string& where) {
    if (labels_.empty()) return;
    if (static_cast<std::int64_t>(labels_.size()) != size())
      fail(ErrorKind::input,
           "[data] {}: {} labels for {} examples; the two must be of the same number", where,
           labels_.size(), size());
    const auto [low, high] = std::ranges::minmax(labels_);
    if (num_classes_ == 0) num_classes_ = high + 1;
    if (low < 0 || high >= num_classes_)
      fail(ErrorKind::input, "[data] {}: label {} is outside 0 to {}", where, low < 0 ? low : high,
           num_classes_ - 1);
  }

  void check_factors(const std::string& where) const {
    if (factor_values_.size() != factors_.size() * static_cast<std::size_t>(size()))
      fail(ErrorKind::input,
           "[data] {}: {} factor values for {} examples with {} factors; each example needs one of "
           "each factor",
           where, factor_values_.size(), size(), factors_.size());
    for (std::size_t i = 0; i < factor_values_.size(); ++i) {
      const auto& factor = factors_[i % factors_.size()];
      if (factor_values_[i] < 0 || factor_values_[i] >= factor.cardinality)
        fail(ErrorKind::input,
             "[data] {}: example {} has the value {} of factor {}, outside 0 to {}", where,
             i / factors_.size(), factor_values_[i], factor.name, factor.cardinality - 1);
    }
  }

  float divisor_;
  Array values_;
  Shape shape_;
  std::size_t stride_;
  std::vector<int> labels_;
  int num_classes_;
  std::vector<Factor> factors_;
  std::vector<int> factor_values_;
};

}  // namespace

std::shared_ptr<const Dataset> array_dataset(ArrayDatasetOptions options) {
  const Shape& shape = options.values.shape;
  if (shape.size() < 2 || shape.numel() == 0)
    fail(ErrorKind::input,
         "[data] {}: shape {} holds no examples; it must be [examples, ...] with no empty side",
         options.where, shape.str());
  return std::make_shared<ArrayDataset>(std::move(options));
}

namespace detail {

void divide_bytes(std::span<const std::uint8_t> in, float divisor, std::span<float> out) {
  const std::uint8_t* __restrict from = in.data();
  float* __restrict to = out.data();
  for (std::size_t i = 0; i < in.size(); ++i) to[i] = static_cast<float>(from[i]) / divisor;
}

}  // namespace detail
}  // namespace varve
