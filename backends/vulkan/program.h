#pragma once

#include <memory>
#include <mutex>

#include "backends/vulkan/context.h"
#include "backends/vulkan/memory.h"
#include "backends/vulkan/pipelines.h"
#include "backends/vulkan/stream.h"
#include "framework/backend/backend.h"

namespace varve::vulkan {

/// Prepares a recording for replay: drops copies of fresh results, merges runs of elementwise
/// commands into chains, lays temporaries out in one arena, and records all of it once into command
/// buffers: a replay is one submission. Every value stays the same to the bit. `mutex` guards
/// `stream`; the caller holds it, and all of them must outlive the program.
std::unique_ptr<Program> compile(Recording recording, Context& context, Pipelines& pipelines,
                                 Memory& memory, Stream& stream, std::mutex& mutex);

}  // namespace varve::vulkan
