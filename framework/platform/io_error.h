#pragma once

#include <filesystem>

namespace varve::platform {

/// Throws ErrorKind::io: what was to be done with a path ("write"), the system's reason (an errno),
/// and what a person can do about it.
[[noreturn]] void fail_io(const char* action, const std::filesystem::path& path, int code);

}  // namespace varve::platform
