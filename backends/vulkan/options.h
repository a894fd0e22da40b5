#pragma once

#include <chrono>
#include <string>

namespace varve::vulkan {

/// What the validation layers look for. Each needs the package `vulkan-validationlayers`.
enum class Validation {
  off,
  core,  ///< wrong use of Vulkan, and best practices
  sync,  ///< the same, and missing barriers
  gpu,   ///< wrong use of Vulkan, and accesses out of bounds in shaders
};

/// Switches for people who look for a fault, from the environment; docs/pages/vulkan.md lists them.
struct Options {
  Validation validation = Validation::off;  ///< VARVE_VULKAN_VALIDATION=core|sync|gpu
  std::string device;           ///< VARVE_VULKAN_DEVICE: an index, a part of a name or a UUID
  bool serialize = false;       ///< VARVE_VULKAN_SERIALIZE=1: submit and wait after every dispatch
  bool barrier_always = false;  ///< VARVE_VULKAN_BARRIERS=all: a barrier before every dispatch
  // VARVE_VULKAN_DISABLE=push,replay,fusion,splitk,cache,int64,int8,hostmemory:
  // a list of what to do without.
  bool push_descriptors = true;  ///< else descriptor sets from a pool; Validation::gpu needs those
  bool replay = true;            ///< captured steps as pre-recorded command buffers
  bool fusion = true;            ///< captured elementwise chains as one kernel
  bool split_k = true;           ///< matrix products split along the inner size
  bool disk_cache = true;        ///< pipelines kept in the user's cache folder
  bool int64 = true;             ///< use shaderInt64 where the device has it
  bool int8 = true;              ///< use 8-bit storage where the device has it
  bool host_memory = true;       ///< reach into device memory where the host can
  std::string tiles;             ///< VARVE_VULKAN_TILES=small|medium|large|register: matmul tiles
  std::chrono::seconds timeout{20};  ///< VARVE_VULKAN_TIMEOUT: of one wait, before it complains
  /// VARVE_VULKAN_FAULT=lost@N or memory@N: pretends that submission (allocation) N failed so, to
  /// test what follows. 0: never.
  long lose_at = 0;
  long exhaust_at = 0;

  friend bool operator==(const Options&, const Options&) = default;
};

/// Reads the environment. Throws ErrorKind::usage for a value that it does not know, naming the
/// variable and the values that it takes.
Options options_from_environment();

}  // namespace varve::vulkan
