#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/core/array.h"
#include "framework/data/dataset.h"

namespace varve {

/// What `array_dataset` needs: `array_dataset({.values = images, .labels = digits})`.
struct ArrayDatasetOptions {
  Array values{};                          ///< [examples, ...shape of one], any dtype
  std::vector<int> labels{};               ///< one an example, or none at all
  int num_classes = 0;                     ///< 0: the largest label plus one
  std::vector<std::string> class_names{};  ///< of all classes, or none
  std::vector<Factor> factors{};           ///< of variation, slowest first, where they are known
  std::vector<int> factor_values{};  ///< [examples, factors], each from 0 to its cardinality - 1
  float divisor = 255.0F;            ///< u8 is kept as bytes and read as x / divisor
  std::string where = "array";       ///< names the origin in errors
};

/// Examples in memory, which stay as they are: a byte a value of u8 and bool.
/// Throws ErrorKind::input when there is no example, when labels and examples differ in number,
/// when a label lies outside [0, num_classes), when factor values do not fit the examples or their
/// factors, or a value is not finite.
std::shared_ptr<const Dataset> array_dataset(ArrayDatasetOptions options);

namespace detail {

/// out[i] = in[i] / divisor; both have the same length.
void divide_bytes(std::span<const std::uint8_t> in, float divisor, std::span<float> out);

}  // namespace detail
}  // namespace varve
