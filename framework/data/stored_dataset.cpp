#include "framework/data/stored_dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "framework/core/error.h"
#include "framework/data/array_dataset.h"

namespace varve::detail {
namespace {

/// How far a rounding may leave [0, 1].
constexpr double slack = 1e-5;

/// The rows that are looked at: all in memory, else spread over all.
template <class F>
void for_rows_looked_at(const io::StoredArray& values, F f) {
  const std::int64_t rows = values.rows();
  const auto bytes = std::max<std::size_t>(values.row_bytes(), 1);
  const auto most = std::max<std::int64_t>(static_cast<std::int64_t>(io::small_array / bytes), 1);
  const std::int64_t looks = values.is_in_memory() ? rows : std::min(rows, most);
  for (std::int64_t i = 0; i < looks; ++i)
    if (!f(looks == rows ? i : i * (rows / looks) + i * (rows % looks) / looks)) return;
}

class StoredDataset final : public Dataset {
 public:
  StoredDataset(StoredDatasetOptions options, DataReport* report) : o_(std::move(options)) {
    find_range(report);
    check_labels();
    check_factors();
  }

  std::int64_t size() const override { return o_.values->rows(); }
  Shape shape() const override { return o_.rule.shape; }
  std::optional<ValueRange> range() const override { return range_; }
  int num_classes() const override { return o_.num_classes; }
  int label(std::int64_t index) const override {
    return o_.labels.empty() ? -1 : o_.labels[static_cast<std::size_t>(index)];
  }
  std::span<const std::string> class_names() const override { return o_.class_names; }
  std::span<const Factor> factors() const override { return o_.factors; }
  void factor_values(std::int64_t index, std::span<int> out) const override {
    const auto row = static_cast<std::size_t>(index) * o_.factors.size();
    std::ranges::copy(std::span(o_.factor_values).subspan(row, o_.factors.size()), out.begin());
  }
  void read(std::int64_t index, std::span<float> out) const override {
    read_plain(index, out);
    if (is_settled_) return;
    for (float& value : out)
      if (!(value >= range_.least && value <= range_.most)) value = settled(value, index);
  }

 private:
  /// Bytes that are divided cannot leave [0, 1].
  bool divides() const { return o_.rule.divisor != 1 && o_.values->type().size == 1; }

  void read_plain(std::int64_t index, std::span<float> out) const {
    thread_local std::vector<std::byte> row;
    thread_local std::vector<float> planes;
    row.resize(o_.values->row_bytes());
    o_.values->read(index, row);
    auto to = out;
    if (o_.rule.channels_first) {
      planes.resize(out.size());
      to = planes;
    }
    if (divides())
      divide_bytes({reinterpret_cast<const std::uint8_t*>(row.data()), row.size()}, o_.rule.divisor,
                   to);
    else
      io::to_floats(row, o_.values->type(), to);
    if (!o_.rule.channels_first) return;
    const auto channels = static_cast<std::size_t>(o_.rule.shape[2]);
    const std::size_t pixels = out.size() / channels;
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t i = 0; i < pixels; ++i) out[i * channels + c] = to[c * pixels + i];
  }

  void find_range(DataReport* report) {
    if (divides()) {
      is_settled_ = true;
      return;
    }
    constexpr double beyond = std::numeric_limits<double>::infinity();
    range_ = {beyond, -beyond};
    std::vector<float> example(o_.values->row_elements());
    for_rows_looked_at(*o_.values, [&](std::int64_t index) {
      read_plain(index, example);
      float least = example[0], most = example[0];
      bool finite = true;
      for (const float value : example) {
        finite = finite && std::isfinite(value);
        least = std::min(least, value);
        most = std::max(most, value);
      }
      if (!finite) fail_not_finite(index);
      range_ = range_.with({least, most});
      return true;
    });
    const bool slips = !range_.is_unit() && range_.least >= -slack && range_.most <= 1 + slack;
    is_settled_ = o_.values->is_in_memory() && !slips;
    if (is_settled_) return;
    is_unit_ = range_.is_unit() || slips;
    if (slips && report != nullptr)
      report->taken.push_back(
          fmt::format("values from {} to {}: what a rounding has put outside of "
                      "0 to 1 is taken as 0 and 1",
                      range_.least, range_.most));
    if (is_unit_) range_ = {std::max(range_.least, 0.0), std::min(range_.most, 1.0)};
  }

  /// What a value outside of the range that was seen is taken as.
  float settled(float value, std::int64_t index) const {
    if (!std::isfinite(value)) fail_not_finite(index);
    if (!is_unit_) return value;
    if (!(value >= -slack && value <= 1 + slack))
      fail(ErrorKind::input,
           "[data] {}: example {} holds {}, and those that were looked at before lie within 0 and "
           "1; give the range of all with --rescale",
           o_.where, index, value);
    return std::clamp(value, 0.0F, 1.0F);
  }

  [[noreturn]] void fail_not_finite(std::int64_t index) const {
    fail(ErrorKind::input,
         "[data] {}: example {} has a value that is not a finite 32-bit number; remove or repair "
         "that example",
         o_.where, index);
  }

  void check_labels() {
    if (o_.labels.empty()) return;
    if (static_cast<std::int64_t>(o_.labels.size()) != size())
      fail(ErrorKind::input,
           "[data] {}: {} labels for {} examples; the two must be of the same number", o_.where,
           o_.labels.size(), size());
    const auto [low, high] = std::ranges::minmax(o_.labels);
    if (o_.num_classes == 0) o_.num_classes = high + 1;
    if (low < 0 || high >= o_.num_classes)
      fail(ErrorKind::input, "[data] {}: label {} is outside 0 to {}", o_.where,
           low < 0 ? low : high, o_.num_classes - 1);
    if (!o_.class_names.empty() &&
        o_.class_names.size() != static_cast<std::size_t>(o_.num_classes))
      fail(ErrorKind::input, "[data] {}: {} names for {} classes; each needs one", o_.where,
           o_.class_names.size(), o_.num_classes);
  }

  void check_factors() const {
    if (o_.factor_values.size() != o_.factors.size() * static_cast<std::size_t>(size()))
      fail(ErrorKind::input,
           "[data] {}: {} factor values for {} examples with {} factors; each example needs one of "
           "each factor",
           o_.where, o_.factor_values.size(), size(), o_.factors.size());
    for (std::size_t i = 0; i < o_.factor_values.size(); ++i) {
      const auto& factor = o_.factors[i % o_.factors.size()];
      if (o_.factor_values[i] < 0 || o_.factor_values[i] >= factor.cardinality)
        fail(ErrorKind::input,
             "[data] {}: example {} has the value {} of factor {}, outside 0 to {}", o_.where,
             i / o_.factors.size(), o_.factor_values[i], factor.name, factor.cardinality - 1);
    }
  }

  StoredDatasetOptions o_;
  ValueRange range_;
  bool is_settled_ = false;  ///< every value is known to lie in range_
  bool is_unit_ = false;     ///< else: every value must lie in [0, 1]
};

}  // namespace

std::shared_ptr<const Dataset> stored_dataset(StoredDatasetOptions options, DataReport* report) {
  if (options.values->rows() == 0 || options.values->row_elements() == 0)
    fail(ErrorKind::input, "[data] {}: shape {} holds no examples; it must be [examples, ...]",
         options.where, options.values->shape().str());
  return std::make_shared<StoredDataset>(std::move(options), report);
}

bool are_binary(const io::StoredArray& values) {
  std::vector<std::byte> row(values.row_bytes());
  bool binary = true;
  for_rows_looked_at(values, [&](std::int64_t index) {
    values.read(index, row);
    binary = std::ranges::all_of(row, [](std::byte x) { return x <= std::byte{1}; });
    return binary;
  });
  return binary;
}

}  // namespace varve::detail
