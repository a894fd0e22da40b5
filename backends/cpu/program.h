#pragma once

#include <memory>
#include <mutex>

#include "backends/cpu/memory.h"
#include "backends/cpu/thread_pool.h"
#include "framework/backend/backend.h"

namespace varve::cpu {

/// Prepares a recording for replay: drops copies of fresh results, merges runs of elementwise
/// commands into chains, and lays temporaries out in one arena. Every value stays the same to the
/// bit. `mutex` guards `pool`; both must outlive the program.
std::unique_ptr<Program> compile(Recording recording, MemoryPool& memory, ThreadPool& pool,
                                 std::mutex& mutex);

}  // namespace varve::cpu
