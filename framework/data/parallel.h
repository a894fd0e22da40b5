#pragma once

#include <cstdint>
#include <functional>

namespace varve::detail {

/// Calls f(i) for each i below `count`, on all cores that this process may use. What f throws for
/// the lowest i of those that failed is thrown when all have ended.
void for_each_on_all_cores(std::int64_t count, const std::function<void(std::int64_t)>& f);

}  // namespace varve::detail
