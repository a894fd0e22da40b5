#pragma once

namespace varve {

/// Registers the backends: "cpu" ("cpu:2" for two threads), "vulkan" ("vulkan:1" for the second
/// device; in a build without it, it says so when it is opened) and "reference".
/// Calling it again does nothing.
void register_backends();

}  // namespace varve
