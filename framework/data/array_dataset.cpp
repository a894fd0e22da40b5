#include "framework/data/array_dataset.h"

#include <utility>

#include "framework/core/error.h"
#include "framework/data/stored_dataset.h"

namespace varve {
namespace {

Shape without_first(const Shape& shape) {
  Shape out = shape;
  out.erase(0);
  return out;
}

}  // namespace

std::shared_ptr<const Dataset> array_dataset(ArrayDatasetOptions options) {
  auto& [values, labels, num_classes, class_names, factors, factor_values, divisor, where] =
      options;
  if (values.shape.size() < 2 || values.shape.numel() == 0)
    fail(ErrorKind::input,
         "[data] {}: shape {} holds no examples; it must be [examples, ...] with no empty side",
         where, values.shape.str());
  values.require_whole("array_dataset");
  const detail::RowRule rule{without_first(values.shape), false,
                             values.dtype == DType::u8 ? divisor : 1.0F};
  return detail::stored_dataset(
      {.values = io::array_in_memory(values.dtype, values.shape, std::move(values.bytes), where),
       .rule = rule,
       .labels = std::move(labels),
       .num_classes = num_classes,
       .class_names = std::move(class_names),
       .factors = std::move(factors),
       .factor_values = std::move(factor_values),
       .where = where});
}

namespace detail {

void divide_bytes(std::span<const std::uint8_t> in, float divisor, std::span<float> out) {
  const std::uint8_t* __restrict from = in.data();
  float* __restrict to = out.data();
  for (std::size_t i = 0; i < in.size(); ++i) to[i] = static_cast<float>(from[i]) / divisor;
}

}  // namespace detail
}  // namespace varve
