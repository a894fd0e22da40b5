#include "backends/vulkan/writer.h"

#include <algorithm>
#include <array>

#include "framework/ops/op.h"

namespace varve::vulkan {

namespace {

constexpr std::uint32_t sets_per_pool = 64;

constexpr VkPipelineStageFlags work_stages =
    VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
constexpr VkAccessFlags work_writes = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
constexpr VkAccessFlags work_reads = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_TRANSFER_READ_BIT;

/// The name of the op around what it records, for debuggers and the validation layers' messages.
class Label {
 public:
  Label(VkCommandBuffer commands, Op op) : commands_(commands) {
    if (vkCmdBeginDebugUtilsLabelEXT == nullptr) return;
    VkDebugUtilsLabelEXT label{};
    label.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_LABEL_EXT;
    label.pLabelName = varve::name(op).data();  // a literal
    vkCmdBeginDebugUtilsLabelEXT(commands_, &label);
  }
  ~Label() {
    if (vkCmdEndDebugUtilsLabelEXT != nullptr) vkCmdEndDebugUtilsLabelEXT(commands_);
  }
  Label(const Label&) = delete;
  Label& operator=(const Label&) = delete;

 private:
  VkCommandBuffer commands_;
};

}  // namespace

DescriptorSets::DescriptorSets(const Context& context, VkDescriptorSetLayout layout)
    : context_(context), layout_(layout) {}

DescriptorSets::~DescriptorSets() {
  for (const VkDescriptorPool pool : pools_) {
    context_.api().vkDestroyDescriptorPool(context_.device(), pool, nullptr);
  }
}

VkDescriptorSet DescriptorSets::take() {
  const std::size_t pool = taken_++ / sets_per_pool;
  if (pool == pools_.size()) {
    const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                    sets_per_pool * max_bindings};
    VkDescriptorPoolCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
    info.maxSets = sets_per_pool;
    info.poolSizeCount = 1;
    info.pPoolSizes = &size;
    VkDescriptorPool made = VK_NULL_HANDLE;
    context_.check(context_.api().vkCreateDescriptorPool(context_.device(), &info, nullptr, &made),
                   "vkCreateDescriptorPool");
    pools_.push_back(made);
  }
  VkDescriptorSetAllocateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
  info.descriptorPool = pools_[pool];
  info.descriptorSetCount = 1;
  info.pSetLayouts = &layout_;
  VkDescriptorSet set = VK_NULL_HANDLE;
  context_.check(context_.api().vkAllocateDescriptorSets(context_.device(), &info, &set),
                 "vkAllocateDescriptorSets");
  return set;
}

void DescriptorSets::reset() {
  for (const VkDescriptorPool pool : pools_) {
    context_.check(context_.api().vkResetDescriptorPool(context_.device(), pool, 0),
                   "vkResetDescriptorPool");
  }
  taken_ = 0;
}

CommandWriter::CommandWriter(const Context& context, Pipelines& pipelines)
    : context_(context), pipelines_(pipelines) {}

void CommandWriter::begin(VkCommandBuffer commands, DescriptorSets& sets,
                          VkCommandBufferUsageFlags usage) {
  VkCommandBufferBeginInfo info{};
  info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  info.flags = usage;
  context_.check(context_.api().vkBeginCommandBuffer(commands, &info), "vkBeginCommandBuffer");
  commands_ = commands;
  sets_ = &sets;
  bound_ = VK_NULL_HANDLE;
  flags_ = false;
  barrier();
  count_ = barriers_ = 0;
}

void CommandWriter::end() {
  VkMemoryBarrier to_host{};
  to_host.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
  to_host.srcAccessMask = work_writes;
  to_host.dstAccessMask = VK_ACCESS_HOST_READ_BIT;
  const VolkDeviceTable& api = context_.api();
  api.vkCmdPipelineBarrier(commands_, work_stages, VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &to_host, 0,
                           nullptr, 0, nullptr);
  const VkCommandBuffer commands = commands_;
  commands_ = VK_NULL_HANDLE;
  hazards_.clear();
  context_.check(api.vkEndCommandBuffer(commands), "vkEndCommandBuffer");
}

void CommandWriter::barrier() {
  VkMemoryBarrier work{};
  work.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
  work.srcAccessMask = work_writes;
  work.dstAccessMask = work_reads | work_writes;
  context_.api().vkCmdPipelineBarrier(commands_, work_stages, work_stages, 0, 1, &work, 0, nullptr,
                                      0, nullptr);
  hazards_.clear();
  ++barriers_;
}

void CommandWriter::order(std::span<const Binding> bindings) {
  const bool always = context_.options().barrier_always && count_ > 0;
  if (always || hazards_.conflict(bindings)) barrier();
  hazards_.note(bindings);
  ++count_;
}

void CommandWriter::bind(const Dispatch& dispatch) {
  std::array<VkDescriptorBufferInfo, max_bindings> ranges{};
  std::array<VkWriteDescriptorSet, max_bindings> writes{};
  const auto bindings = dispatch.bindings();
  const VolkDeviceTable& api = context_.api();
  const bool push = context_.traits().push_descriptors;
  const VkDescriptorSet set = push ? VK_NULL_HANDLE : sets_->take();
  for (std::uint32_t i = 0; i < bindings.size(); ++i) {
    ranges[i] = {bindings[i].block, bindings[i].offset, bindings[i].range};
    writes[i].sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
    writes[i].dstSet = set;
    writes[i].dstBinding = i;
    writes[i].descriptorCount = 1;
    writes[i].descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    writes[i].pBufferInfo = &ranges[i];
  }
  const auto count = static_cast<std::uint32_t>(bindings.size());
  if (push) {
    api.vkCmdPushDescriptorSetKHR(commands_, VK_PIPELINE_BIND_POINT_COMPUTE, pipelines_.layout(), 0,
                                  count, writes.data());
  } else {
    api.vkUpdateDescriptorSets(context_.device(), count, writes.data(), 0, nullptr);
    api.vkCmdBindDescriptorSets(commands_, VK_PIPELINE_BIND_POINT_COMPUTE, pipelines_.layout(), 0,
                                1, &set, 0, nullptr);
  }
}

void CommandWriter::run(const Dispatch& dispatch, Groups groups) {
  const VolkDeviceTable& api = context_.api();
  const VkPipeline pipeline = pipelines_.get(dispatch.shader(), dispatch.constants());
  const Label label(commands_, dispatch.op());
  order(dispatch.bindings());
  if (pipeline != bound_) {
    api.vkCmdBindPipeline(commands_, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
    bound_ = pipeline;
  }
  bind(dispatch);
  const auto constants = dispatch.push_bytes();
  if (!constants.empty()) {
    api.vkCmdPushConstants(commands_, pipelines_.layout(), VK_SHADER_STAGE_COMPUTE_BIT, 0,
                           static_cast<std::uint32_t>(constants.size()), constants.data());
  }
  api.vkCmdDispatch(commands_, groups.x, groups.y, groups.z);
  flags_ = flags_ || std::any_of(dispatch.bindings().begin(), dispatch.bindings().end(),
                                 [](const Binding& binding) {
                                   return binding.access == Binding::Access::flag;
                                 });
}

void CommandWriter::fill(const Binding& to, std::uint32_t word) {
  order({&to, 1});
  context_.api().vkCmdFillBuffer(commands_, to.block, to.offset, to.range, word);
}

void CommandWriter::copy(const Binding& from, const Binding& to) {
  const std::array<Binding, 2> bindings{from, to};
  order(bindings);
  const VkBufferCopy region{from.offset, to.offset, from.range};
  context_.api().vkCmdCopyBuffer(commands_, from.block, to.block, 1, &region);
}

void CommandWriter::update(const Binding& to, std::span<const std::byte> bytes) {
  order({&to, 1});
  context_.api().vkCmdUpdateBuffer(commands_, to.block, to.offset, bytes.size(), bytes.data());
}

}  // namespace varve::vulkan
