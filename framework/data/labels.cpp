#include "framework/data/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace varve::detail {
namespace {

constexpr int most_classes = 65536;

/// The place of the only 1 in each row; nothing if a row is anything else.
std::optional<std::vector<double>> from_one_hot(const std::vector<double>& values,
                                                std::size_t width) {
  std::vector<double> out;
  for (std::size_t row = 0; row < values.size(); row += width) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row);
    const auto end = begin + static_cast<std::ptrdiff_t>(width);
    const auto one = std::find(begin, end, 1.0);
    if (one == end || std::count(begin, end, 0.0) != static_cast<std::ptrdiff_t>(width) - 1)
      return std::nullopt;
    out.push_back(static_cast<double>(one - begin));
  }
  return out;
}

Classes number_texts(const std::vector<RawLabels>& parts) {
  std::map<std::string, int> numbers;
  for (const auto& part : parts)
    for (const auto& text : part.texts) numbers[text];
  Classes out;
  for (auto& [name, number] : numbers) {
    number = out.count++;
    out.names.push_back(name);
  }
  for (const auto& part : parts) {
    auto& labels = out.labels.emplace_back();
    for (const auto& text : part.texts) labels.push_back(numbers.at(text));
  }
  return out;
}

}  // namespace

std::optional<RawLabels> read_labels(const io::StoredArray& array, std::string& why) {
  const Shape& shape = array.shape();
  const bool column = shape.size() == 1 || (shape.size() == 2 && shape[1] == 1);
  if (column) return RawLabels{{}, io::read_all(array)};
  if (shape.size() == 2 && shape[1] <= most_classes && shape[1] > 1)
    if (auto labels = from_one_hot(io::read_all(array), static_cast<std::size_t>(shape[1])))
      return RawLabels{{}, std::move(*labels)};
  why = fmt::format("has shape {}, not one label a row, nor one 1 in each row", shape.str());
  return std::nullopt;
}

std::optional<RawLabels> read_labels(io::NamedArrays& file, const std::string& name,
                                     std::string& why) {
  const auto info = file.info(name);
  if (info.kind == io::ArrayInfo::Kind::text) return RawLabels{file.texts(name), {}};
  if (info.kind == io::ArrayInfo::Kind::numbers) return read_labels(*file.open(name), why);
  why = fmt::format("holds {}, neither numbers nor text", info.type);
  return std::nullopt;
}

std::optional<Classes> number_classes(const std::vector<RawLabels>& parts, std::string& why) {
  if (std::ranges::any_of(parts, [](const auto& part) { return !part.texts.empty(); }))
    return number_texts(parts);
  std::set<double> values;
  for (const auto& part : parts)
    for (const double value : part.numbers) {
      if (!std::isfinite(value) || value != std::floor(value)) {
        why = fmt::format("holds {}, and labels are whole numbers", value);
        return std::nullopt;
      }
      values.insert(value);
    }
  if (values.size() > most_classes) {
    why = fmt::format("has {} different values, more than {} classes", values.size(), most_classes);
    return std::nullopt;
  }
  Classes out;
  const bool direct = values.empty() || (*values.begin() >= 0 && *values.rbegin() < most_classes);
  std::map<double, int> numbers;
  if (direct) {
    out.count = values.empty() ? 0 : static_cast<int>(*values.rbegin()) + 1;
  } else {
    for (const double value : values) {
      numbers[value] = out.count++;
      out.names.push_back(fmt::format("{:.0f}", value));
    }
  }
  for (const auto& part : parts) {
    auto& labels = out.labels.emplace_back();
    for (const double value : part.numbers)
      labels.push_back(direct ? static_cast<int>(value) : numbers.at(value));
  }
  return out;
}

}  // namespace varve::detail
