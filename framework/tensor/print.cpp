#include <fmt/format.h>

#include <ostream>

#include "framework/tensor/tensor.h"

namespace varve {
namespace {

constexpr std::int64_t full_print_limit = 1000;
constexpr std::int64_t edge_items = 3;

std::string number(double value, DType dtype) {
  if (dtype == DType::boolean) return value != 0 ? "true" : "false";
  if (!is_floating(dtype)) return fmt::format("{}", static_cast<std::int64_t>(value));
  return fmt::format("{:.5g}", value);
}

/// Prints one axis and what lies behind it; `at` is the flat index where it begins.
void print_axis(std::string& out, const std::vector<double>& values, const Tensor& tensor,
                std::size_t axis, std::int64_t at, std::size_t width, bool shorten) {
  const auto& shape = tensor.shape();
  if (axis == shape.size()) {
    out +=
        fmt::format("{:>{}}", number(values[static_cast<std::size_t>(at)], tensor.dtype()), width);
    return;
  }
  const auto count = shape[axis];
  const auto stride = contiguous_strides(shape)[axis];
  const bool last = axis + 1 == shape.size();
  const std::string separator = last ? ", " : ",\n" + std::string(axis + 1, ' ');
  out += '[';
  for (std::int64_t i = 0; i < count; ++i) {
    if (i > 0) out += separator;
    if (shorten && count > 2 * edge_items && i == edge_items) {
      out += "...";
      i = count - edge_items - 1;
      continue;
    }
    print_axis(out, values, tensor, axis + 1, at + i * stride, width, shorten);
  }
  out += ']';
}

}  // namespace

std::string Tensor::str() const {
  if (!defined()) return "undefined tensor";
  const auto values = to_vector<double>();
  std::size_t width = 0;
  for (const auto value : values) width = std::max(width, number(value, dtype()).size());
  std::string out;
  print_axis(out, values, *this, 0, 0, rank() == 0 ? 0 : width, numel() > full_print_limit);
  return fmt::format("{}\n{} {} on {}", out, shape().str(), varve::name(dtype()), device().name());
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << tensor.str(); }

}  // namespace varve
