#pragma once

#define VARVE_VERSION_MAJOR 0
#define VARVE_VERSION_MINOR 1
#define VARVE_VERSION_PATCH 0

namespace varve {

inline constexpr int version_major = VARVE_VERSION_MAJOR;
inline constexpr int version_minor = VARVE_VERSION_MINOR;
inline constexpr int version_patch = VARVE_VERSION_PATCH;

}  // namespace varve
