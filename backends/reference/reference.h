#pragma once

#include <memory>

#include "framework/backend/backend.h"

namespace varve {

/// The oracle: every required op in plain loops, f32 and f64, on one thread. The other backends are
/// tested against it, and the guide "write a backend" walks through it.
std::unique_ptr<Backend> make_reference_backend();

}  // namespace varve
