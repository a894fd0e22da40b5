#pragma once

#include <volk.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/vulkan/context.h"
#include "backends/vulkan/pipeline_cache.h"

namespace varve::vulkan {

/// A compiled shader that is part of the binary. The build makes one for every variant that a file
/// in shaders/ declares; `shaders.h` (generated) lists them as vulkan::shaders::NAME.
struct Shader {
  std::string_view name;
  std::span<const std::uint32_t> words;
};

/// Storage buffers that a shader may bind, at set 0, bindings 0 to 7.
inline constexpr std::uint32_t max_bindings = 8;

/// Bytes of push constants; every Vulkan device has as many.
inline constexpr std::uint32_t max_push_bytes = 128;

/// Specialization constants 0, 1, 2, ... of a shader.
using Constants = std::vector<std::uint32_t>;

/// Compute pipelines, made on first use and kept; one layout serves all: eight storage buffers and
/// the push constants. What the driver compiled is kept on disk (see pipeline_cache.h), one file
/// for each device and driver version; a file that does not fit or is damaged is ignored and
/// written anew.
class Pipelines {
 public:
  explicit Pipelines(const Context& context);
  ~Pipelines();  ///< save()
  Pipelines(const Pipelines&) = delete;
  Pipelines& operator=(const Pipelines&) = delete;

  /// Writes the cache, as far as that can be done.
  void save() const;
  VkPipeline get(const Shader& shader, const Constants& constants);
  VkPipelineLayout layout() const { return layout_; }
  VkDescriptorSetLayout set_layout() const { return set_layout_; }

 private:
  void create_layouts();
  void create_cache();
  void save_cache() const;
  void destroy();
  VkPipeline create(const Shader& shader, const Constants& constants) const;

  const Context& context_;
  VkDescriptorSetLayout set_layout_ = VK_NULL_HANDLE;
  VkPipelineLayout layout_ = VK_NULL_HANDLE;
  VkPipelineCache cache_ = VK_NULL_HANDLE;
  std::map<std::pair<const std::uint32_t*, Constants>, VkPipeline> pipelines_;
  CacheKey key_;
  std::string loaded_;  ///< what the file held
};

}  // namespace varve::vulkan
