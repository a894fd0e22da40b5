#pragma once

#include <string>
#include <vector>

namespace varve {

/// What a source says of itself before anything is done with its examples: each entry is a short
/// statement, such as "50 JPEG and 10 PNG pictures of 28 x 28" or "bytes 0 and 1: taken as 0 and
/// 1".
struct DataReport {
  std::vector<std::string> taken;     ///< what was taken, and how, where there was a choice
  std::vector<std::string> left_out;  ///< what was not, and why; empty if all was taken
};

}  // namespace varve
