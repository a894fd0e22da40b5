#pragma once

#include <memory>

#include "backends/cpu/memory.h"
#include "backends/cpu/pools.h"
#include "framework/backend/backend.h"

namespace varve::cpu {

/// Prepares a recording for replay: drops copies of fresh results, merges runs of elementwise
/// commands into chains, and lays temporaries out in one arena. Every value stays the same to the
/// bit. `pools` must outlive the program.
std::unique_ptr<Program> compile(Recording recording, MemoryPool& memory, Pools& pools);

}  // namespace varve::cpu
