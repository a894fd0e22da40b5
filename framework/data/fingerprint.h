#pragma once

#include <string>

#include "framework/data/dataset.h"

namespace varve {

/// A short text that tells data apart: shape and number of the examples, and a checksum of up to
/// 256 of them, spread over all, with their labels. Data that differ elsewhere alone look the same.
std::string fingerprint(const Dataset& data);

}  // namespace varve
