#pragma once

#include <span>
#include <string>
#include <string_view>

namespace varve {

/// The candidate that a person most likely meant by `name`, for "did you mean"; empty when none is
/// near. Letters missing, added, changed or swapped with their neighbour count one each, case none.
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

/// The end of an "unknown name" message: "; did you mean 'x'? Known: a, b, x".
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

}  // namespace varve
