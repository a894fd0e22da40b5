#pragma once

#include <span>
#include <vector>

namespace varve {

/// Which of `bins` equally wide bins between the least and the greatest value each value falls in;
/// the greatest belongs to the last bin. All 0 when the values are equal.
std::vector<int> histogram_bins(std::span<const double> values, int bins);

/// -sum p log p of the frequencies of non-negative symbols, in nats (the plug-in estimate).
double entropy(std::span<const int> symbols);

/// Mutual information of two sequences of non-negative symbols, in nats, from their joint
/// frequencies. The plug-in estimate: for independent symbols of a and b kinds it is about
/// (a - 1)(b - 1) / 2n above 0. Throws ErrorKind::usage if the lengths differ.
double mutual_information(std::span<const int> a, std::span<const int> b);

}  // namespace varve
