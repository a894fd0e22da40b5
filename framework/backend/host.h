#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/backend/backend.h"
#include "framework/core/array.h"

namespace varve {

/// The elements [first, last) of its buffer that a view spans; {0, 0} for a view of no elements.
struct Reach {
  std::int64_t first = 0;
  std::int64_t last = 0;
};
Reach reach(const View& view);

/// The values of a view, row-major, in host memory. Waits for the device.
Array read(Backend& backend, const View& view);

/// Every element as a double.
std::vector<double> to_doubles(const Array& array);

/// Coordinates of element `index` in row-major order: "(1, 4)".
std::string coordinates(const Shape& shape, std::int64_t index);

/// "(2, 3) f32".
std::string str(const View& view);

/// "(2, 3) f32, (3, 4) f32 -> (2, 4) f32".
std::string str(const Command& command);

}  // namespace varve
