#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "framework/data/dataset.h"
#include "framework/data/report.h"
#include "framework/io/stored_array.h"

// Examples of an array that stays as its file stores it: what array_dataset() and the sources of
// array files are.
namespace varve::detail {

/// What makes examples of the rows of arrays, the same for all parts of a source.
struct RowRule {
  Shape shape{};                ///< of an example: [features] or [height, width, channels]
  bool channels_first = false;  ///< a row is [channels, height, width]
  float divisor = 1;            ///< of bytes
};

struct StoredDatasetOptions {
  io::StoredArrayPtr values{};
  RowRule rule{};
  std::vector<int> labels{};  ///< one an example, or none at all
  int num_classes = 0;        ///< 0: the largest label plus one
  std::vector<std::string> class_names{};
  std::vector<Factor> factors{};
  std::vector<int> factor_values{};
  std::string where{};
};

/// Values in memory are all looked at now, of those on disk some tens of MiB, spread over all; what
/// is met later and is not finite, or leaves the range [0, 1] that these kept, is an error then.
/// Values that leave [0, 1] by no more than a rounding (1e-5) are taken as 0 and 1, which the
/// report says. Throws ErrorKind::input as array_dataset() does.
std::shared_ptr<const Dataset> stored_dataset(StoredDatasetOptions options,
                                              DataReport* report = nullptr);

/// Whether bytes are all 0 and 1, as far as stored_dataset() looks.
bool are_binary(const io::StoredArray& values);

}  // namespace varve::detail
