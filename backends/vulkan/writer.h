#pragma once

#include <volk.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backends/vulkan/context.h"
#include "backends/vulkan/encoder.h"
#include "backends/vulkan/hazards.h"
#include "backends/vulkan/pipelines.h"

namespace varve::vulkan {

/// Descriptor sets for the command buffers of one owner, for devices (or people) that do without
/// push descriptors.
class DescriptorSets {
 public:
  DescriptorSets(const Context& context, VkDescriptorSetLayout layout);
  ~DescriptorSets();
  DescriptorSets(const DescriptorSets&) = delete;
  DescriptorSets& operator=(const DescriptorSets&) = delete;

  VkDescriptorSet take();
  /// All sets may be taken again; no command buffer that uses them may be pending.
  void reset();

 private:
  const Context& context_;
  VkDescriptorSetLayout layout_;
  std::vector<VkDescriptorPool> pools_;
  std::size_t taken_ = 0;
};

/// Records dispatches, fills and copies into command buffers, with the barriers that they need and
/// no more. A command buffer starts with a full barrier and ends with one towards the host, so that
/// it need not know what runs before and after it.
class CommandWriter {
 public:
  CommandWriter(const Context& context, Pipelines& pipelines);

  /// `sets` must live as long as the command buffer.
  void begin(VkCommandBuffer commands, DescriptorSets& sets, VkCommandBufferUsageFlags usage);
  void end();

  void run(const Dispatch& dispatch, Groups groups);
  void fill(const Binding& to, std::uint32_t word);
  void copy(const Binding& from, const Binding& to);
  /// At most 65536 bytes, a multiple of 4, as is where they go to.
  void update(const Binding& to, std::span<const std::byte> bytes);

  VkCommandBuffer commands() const { return commands_; }
  /// Dispatches, fills, copies and updates since begin().
  std::uint32_t count() const { return count_; }
  /// Barriers between them.
  std::uint32_t barriers() const { return barriers_; }
  /// Whether a dispatch since begin() may leave words in the status buffer.
  bool flags() const { return flags_; }

 private:
  void order(std::span<const Binding> bindings);
  void barrier();
  void bind(const Dispatch& dispatch);

  const Context& context_;
  Pipelines& pipelines_;
  Hazards hazards_;
  DescriptorSets* sets_ = nullptr;
  VkCommandBuffer commands_ = VK_NULL_HANDLE;
  VkPipeline bound_ = VK_NULL_HANDLE;
  std::uint32_t count_ = 0, barriers_ = 0;
  bool flags_ = false;
};

}  // namespace varve::vulkan
