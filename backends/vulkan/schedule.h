#pragma once

#include <cstddef>
#include <vector>

#include "backends/vulkan/chains.h"

namespace varve::vulkan {

/// Steps that need not wait for each other, to run between two barriers.
using Batch = std::vector<Step>;

/// Puts steps into batches, so that a device has several to work on at once: a step runs in the
/// batch after the last one that it depends on. None moves ahead of more than `reach` others, since
/// results that are made early take memory for longer; but small ones, such as a number that the
/// gradient of a mean is scaled by, move as far as they can.
std::vector<Batch> schedule(std::vector<Step> steps, std::size_t reach);

}  // namespace varve::vulkan
