#pragma once

namespace varve {

/// Registers the backends that this build has: "cpu" ("cpu:2" for two threads) and "reference".
/// Calling it again does nothing.
void register_backends();

}  // namespace varve
