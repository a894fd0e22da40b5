#include "framework/statistics/information.h"

#include <algorithm>
#include <cmath>

#include "framework/core/error.h"

namespace varve {
namespace {

std::size_t kinds(std::span<const int> symbols) {
  return symbols.empty() ? 0 : static_cast<std::size_t>(*std::ranges::max_element(symbols)) + 1;
}

double entropy_of_counts(std::span<const double> counts, double total) {
  double sum = 0;
  for (const double count : counts)
    if (count > 0) sum -= count / total * std::log(count / total);
  return sum;
}

}  // namespace

std::vector<int> histogram_bins(std::span<const double> values, int bins) {
  std::vector<int> out(values.size(), 0);
  if (values.empty()) return out;
  const auto [low, high] = std::ranges::minmax(values);
  if (!(high > low)) return out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double place = (values[i] - low) / (high - low) * bins;
    out[i] = std::clamp(static_cast<int>(place), 0, bins - 1);
  }
  return out;
}

double entropy(std::span<const int> symbols) {
  std::vector<double> counts(kinds(symbols), 0);
  for (const int symbol : symbols) ++counts[static_cast<std::size_t>(symbol)];
  return entropy_of_counts(counts, static_cast<double>(symbols.size()));
}

double mutual_information(std::span<const int> a, std::span<const int> b) {
  if (a.size() != b.size())
    fail(ErrorKind::usage,
         "[mutual_information] the sequences have {} and {} symbols, one length "
         "was needed",
         a.size(), b.size());
  const std::size_t width = kinds(b);
  std::vector<double> joint(kinds(a) * width, 0);
  for (std::size_t i = 0; i < a.size(); ++i)
    ++joint[static_cast<std::size_t>(a[i]) * width + static_cast<std::size_t>(b[i])];
  return entropy(a) + entropy(b) - entropy_of_counts(joint, static_cast<double>(a.size()));
}

}  // namespace varve
