#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/io/named_arrays.h"

namespace varve::detail {

/// One value an example that tells classes apart, as a file has them: texts or numbers.
struct RawLabels {
  std::vector<std::string> texts;
  std::vector<double> numbers;
};

/// Classes as numbers from 0, the same for all parts of a source.
struct Classes {
  std::vector<std::vector<int>> labels;  ///< of each part
  std::vector<std::string> names{};      ///< none if the labels were such numbers themselves
  int count = 0;
};

/// Labels of an array [N], [N, 1], or [N, K] whose rows hold one 1 and else 0 (one-hot). Nothing,
/// and `why` says what is wrong, for any other.
std::optional<RawLabels> read_labels(io::NamedArrays& file, const std::string& name,
                                     std::string& why);
std::optional<RawLabels> read_labels(const io::StoredArray& array, std::string& why);

/// Whole numbers from 0 to 65535 are classes themselves; other whole numbers and texts are put in
/// order and numbered, their names kept. Nothing for numbers that are not whole.
std::optional<Classes> number_classes(const std::vector<RawLabels>& parts, std::string& why);

}  // namespace varve::detail
