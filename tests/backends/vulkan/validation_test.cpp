#include "backends/vulkan/validation.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "backends/vulkan/context.h"
#include "backends/vulkan/instance.h"
#include "framework/core/error.h"

using varve::Error;
using varve::ErrorKind;
using varve::vulkan::Context;
using varve::vulkan::Instance;
using varve::vulkan::Options;
using varve::vulkan::Validation;
using varve::vulkan::validation_counts;

namespace {

/// The first device with validation, or nothing, said aloud.
std::unique_ptr<Context> open_validated(Validation validation) {
  Options options;
  options.validation = validation;
  try {
    const auto instance = std::make_shared<Instance>(options);
    return std::make_unique<Context>(instance, instance->choose("0"));
  } catch (const Error& error) {
    REQUIRE(error.kind() == ErrorKind::device);
    MESSAGE("not tested: " << std::string(error.what()));
    return nullptr;
  }
}

/// A buffer without memory, made and destroyed.
void make_buffer(const Context& context, VkDeviceSize size) {
  VkBufferCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  info.size = size;
  info.usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  VkBuffer buffer = VK_NULL_HANDLE;
  context.api().vkCreateBuffer(context.device(), &info, nullptr, &buffer);
  context.api().vkDestroyBuffer(context.device(), buffer, nullptr);
}

}  // namespace

TEST_CASE("wrong use of Vulkan is counted") {
  for (const auto validation : {Validation::core, Validation::sync, Validation::gpu}) {
    const auto context = open_validated(validation);
    if (!context) return;
    const auto before = validation_counts();
    make_buffer(*context, 256);
    CHECK(validation_counts().errors == before.errors);
    make_buffer(*context, 0);
    CHECK(validation_counts().errors > before.errors);
    CHECK(validation_counts().hazards == before.hazards);
  }
  varve::vulkan::reset_validation_counts();
}
