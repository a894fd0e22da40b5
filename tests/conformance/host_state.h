#pragma once

#include <cstdint>
#include <string>

#include "framework/backend/device.h"

namespace varve::conformance {

/// A random training program with host state, a function of its seed alone: numbers and branches
/// that change, modes that flip, parameters that are frozen and thawed, optimizers that are
/// rebuilt, batches of changing size, gradients that are kept, set by hand or left to add up. Runs
/// it eagerly and captured, and compares every bit of results, weights, gradients and state after
/// every call. Returns "" or what differs first.
std::string differ(std::uint64_t seed, const Device& device, int& replays);

}  // namespace varve::conformance
