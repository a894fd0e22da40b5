#include "backends/vulkan/pipelines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace varve::vulkan {

Pipelines::Pipelines(const Context& context)
    : context_(context),
      key_{context.physical().uuid, context.physical().driver_uuid,
           context.physical().driver_version} {
  try {
    create_layouts();
    create_cache();
  } catch (...) {
    destroy();
    throw;
  }
}

Pipelines::~Pipelines() {
  save();
  destroy();
}

void Pipelines::save() const {
  try {
    save_cache();
  } catch (const std::exception&) {
    // Only memory can be short here; the cache is then not kept.
  }
}

void Pipelines::destroy() {
  const auto& api = context_.api();
  const VkDevice device = context_.device();
  for (const auto& [key, pipeline] : pipelines_) api.vkDestroyPipeline(device, pipeline, nullptr);
  api.vkDestroyPipelineCache(device, cache_, nullptr);
  api.vkDestroyPipelineLayout(device, layout_, nullptr);
  api.vkDestroyDescriptorSetLayout(device, set_layout_, nullptr);
}

void Pipelines::create_layouts() {
  std::array<VkDescriptorSetLayoutBinding, max_bindings> bindings{};
  for (std::uint32_t i = 0; i < max_bindings; ++i)
    bindings[i] = {i, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr};
  VkDescriptorSetLayoutCreateInfo set{};
  set.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
  if (context_.traits().push_descriptors)
    set.flags = VK_DESCRIPTOR_SET_LAYOUT_CREATE_PUSH_DESCRIPTOR_BIT_KHR;
  set.bindingCount = max_bindings;
  set.pBindings = bindings.data();
  context_.check(
      context_.api().vkCreateDescriptorSetLayout(context_.device(), &set, nullptr, &set_layout_),
      "vkCreateDescriptorSetLayout");

  const VkPushConstantRange push{VK_SHADER_STAGE_COMPUTE_BIT, 0, max_push_bytes};
  VkPipelineLayoutCreateInfo layout{};
  layout.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
  layout.setLayoutCount = 1;
  layout.pSetLayouts = &set_layout_;
  layout.pushConstantRangeCount = 1;
  layout.pPushConstantRanges = &push;
  context_.check(
      context_.api().vkCreatePipelineLayout(context_.device(), &layout, nullptr, &layout_),
      "vkCreatePipelineLayout");
}

void Pipelines::create_cache() {
  if (!context_.options().disk_cache) return;
  loaded_ = load_pipeline_cache(key_);
  VkPipelineCacheCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO;
  info.initialDataSize = loaded_.size();
  info.pInitialData = loaded_.data();
  const auto& api = context_.api();
  if (api.vkCreatePipelineCache(context_.device(), &info, nullptr, &cache_) >= 0) return;
  // The driver refuses what it wrote itself: begin anew.
  info.initialDataSize = 0;
  context_.check(api.vkCreatePipelineCache(context_.device(), &info, nullptr, &cache_),
                 "vkCreatePipelineCache");
}

void Pipelines::save_cache() const {
  if (cache_ == VK_NULL_HANDLE || pipelines_.empty() || context_.lost()) return;
  const auto& api = context_.api();
  std::size_t size = 0;
  if (api.vkGetPipelineCacheData(context_.device(), cache_, &size, nullptr) < 0) return;
  std::string data(size, '\0');
  if (api.vkGetPipelineCacheData(context_.device(), cache_, &size, data.data()) != VK_SUCCESS)
    return;
  data.resize(size);
  if (data != loaded_) save_pipeline_cache(key_, data);
}

VkPipeline Pipelines::get(const Shader& shader, const Constants& constants) {
  const std::pair key(shader.words.data(), constants);
  if (const auto known = pipelines_.find(key); known != pipelines_.end()) return known->second;
  const VkPipeline pipeline = create(shader, constants);
  pipelines_.emplace(key, pipeline);
  return pipeline;
}

VkPipeline Pipelines::create(const Shader& shader, const Constants& constants) const {
  const auto& api = context_.api();
  VkShaderModuleCreateInfo code{};
  code.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
  code.codeSize = shader.words.size_bytes();
  code.pCode = shader.words.data();
  VkShaderModule module = VK_NULL_HANDLE;
  context_.check(api.vkCreateShaderModule(context_.device(), &code, nullptr, &module),
                 fmt::format("vkCreateShaderModule for {}", shader.name));

  std::vector<VkSpecializationMapEntry> entries;
  for (std::uint32_t i = 0; i < constants.size(); ++i) entries.push_back({i, i * 4, 4});
  const VkSpecializationInfo specialization{static_cast<std::uint32_t>(entries.size()),
                                            entries.data(), constants.size() * 4, constants.data()};
  VkComputePipelineCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
  info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  info.stage.module = module;
  info.stage.pName = "main";
  info.stage.pSpecializationInfo = entries.empty() ? nullptr : &specialization;
  info.layout = layout_;
  VkPipeline pipeline = VK_NULL_HANDLE;
  const VkResult result =
      api.vkCreateComputePipelines(context_.device(), cache_, 1, &info, nullptr, &pipeline);
  api.vkDestroyShaderModule(context_.device(), module, nullptr);
  const auto label = fmt::format("{}[{}]", shader.name, fmt::join(constants, ","));
  context_.check(result, fmt::format("vkCreateComputePipelines for {}", label));
  context_.label(VK_OBJECT_TYPE_PIPELINE, reinterpret_cast<std::uint64_t>(pipeline), label);
  return pipeline;
}

}  // namespace varve::vulkan
