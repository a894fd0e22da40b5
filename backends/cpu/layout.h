#pragma once

#include <cstddef>
#include <cstdint>

#include "framework/backend/backend.h"
#include "framework/backend/layout.h"

namespace varve::cpu {

/// The layout of a view whose bytes the host can address.
struct Walk : Layout {
  std::byte* data = nullptr;  ///< the first element
};

Walk walk(const View& view);

/// Copies elements [begin, begin + count) of the row-major order to or from packed memory.
void read_run(const Walk& from, std::int64_t begin, std::int64_t count, std::byte* to);
void write_run(const Walk& to, std::int64_t begin, std::int64_t count, const std::byte* from);

}  // namespace varve::cpu
