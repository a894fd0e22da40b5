// Deliberate faults, each of which the validation layers must report: without these, a layer that
// was not switched on, or that sees nothing, would pass for a suite without errors.

#include <array>

#include "backends/vulkan/shaders.h"
#include "backends/vulkan/validation.h"
#include "backends/vulkan/writer.h"
#include "tests/backends/vulkan/testing.h"

using namespace varve;
using namespace varve::testing;

namespace {

constexpr std::uint32_t group = 256;  // invocations of fma_peak, each of which writes one element

/// A command buffer of its own, so that what is recorded lacks what the stream would add.
class Recorded {
 public:
  explicit Recorded(Rig& rig)
      : rig_(rig),
        sets_(rig.context, rig.pipelines.set_layout()),
        writer(rig.context, rig.pipelines) {
    VkCommandPoolCreateInfo pool{};
    pool.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
    pool.queueFamilyIndex = rig.context.queue_family();
    rig.context.check(api().vkCreateCommandPool(device(), &pool, nullptr, &pool_), "pool");
    VkCommandBufferAllocateInfo buffer{};
    buffer.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
    buffer.commandPool = pool_;
    buffer.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    buffer.commandBufferCount = 1;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    rig.context.check(api().vkAllocateCommandBuffers(device(), &buffer, &commands), "commands");
    writer.begin(commands, sets_, 0);
  }
  ~Recorded() { api().vkDestroyCommandPool(device(), pool_, nullptr); }
  Recorded(const Recorded&) = delete;
  Recorded& operator=(const Recorded&) = delete;

  void write(const View& view, std::uint32_t groups) {
    vulkan::Dispatch dispatch(rig_.context.traits(), vulkan::shaders::fma_peak, Op::fill);
    dispatch.write(view);
    dispatch.constants({1});
    writer.run(dispatch, {groups, 1, 1});
  }
  void submit() {
    const std::array commands{writer.commands()};
    writer.end();
    rig_.stream.wait(rig_.stream.submit(commands, false, "canary"));
  }
  const VolkDeviceTable& api() const { return rig_.context.api(); }

 private:
  VkDevice device() const { return rig_.context.device(); }

  Rig& rig_;
  VkCommandPool pool_ = VK_NULL_HANDLE;
  vulkan::DescriptorSets sets_;

 public:
  vulkan::CommandWriter writer;
};

/// Null, with a message, where there is no device or no layer.
std::unique_ptr<Rig> validated(vulkan::Validation validation) {
  auto options = vulkan::options_from_environment();
  options.validation = validation;
  if (validation == vulkan::Validation::gpu) options.push_descriptors = false;
  return make_rig(options);
}

}  // namespace

TEST_CASE("a missing barrier between a shader and a copy is reported") {
  const auto rig = validated(vulkan::Validation::sync);
  if (!rig) return;
  vulkan::reset_validation_counts();
  for (const bool barrier : {true, false}) {
    const View from = rig->make({group});
    const View to = rig->make({group});
    Recorded recorded(*rig);
    recorded.write(from, 1);
    const auto& source = vulkan::allocation(from.buffer);
    const auto& target = vulkan::allocation(to.buffer);
    if (barrier) {
      recorded.writer.copy(
          {source.block, source.offset, group * 4},
          {target.block, target.offset, group * 4, vulkan::Binding::Access::write});
    } else {
      const VkBufferCopy region{source.offset, target.offset, group * 4};
      recorded.api().vkCmdCopyBuffer(recorded.writer.commands(), source.block, target.block, 1,
                                     &region);
    }
    recorded.submit();
    CHECK((vulkan::validation_counts().hazards > 0) == !barrier);
  }
  vulkan::reset_validation_counts();
  rig->errors_before = 0;
}

TEST_CASE("a write out of bounds is reported") {
  const auto rig = validated(vulkan::Validation::gpu);
  if (!rig) return;
  vulkan::reset_validation_counts();
  for (const std::uint32_t groups : {1U, 2U}) {
    const View view = rig->make({group});
    Recorded recorded(*rig);
    recorded.write(view, groups);
    recorded.submit();
    CHECK((vulkan::validation_counts().errors > 0) == (groups == 2));
  }
  vulkan::reset_validation_counts();
  rig->errors_before = 0;
}
