#pragma once

namespace varve::testing {

/// Whether a sanitizer is in the program, with memory, threads and locks of its own.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace varve::testing
