#include "backends/vulkan/instance.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "backends/vulkan/context.h"
#include "backends/vulkan/vulkan_backend.h"
#include "framework/core/error.h"
#include "tests/backends/vulkan/environment.h"

using varve::Error;
using varve::ErrorKind;
using varve::testing::Variable;
using varve::vulkan::arrange;
using varve::vulkan::PhysicalDevice;
using varve::vulkan::select;

namespace {

PhysicalDevice device(const std::string& name, VkPhysicalDeviceType type,
                      const std::string& uuid = "", VkDriverId driver = VK_DRIVER_ID_MAX_ENUM) {
  PhysicalDevice made;
  made.name = name;
  made.type = type;
  made.uuid = uuid;
  made.driver_id = driver;
  return made;
}

constexpr auto discrete = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU;
constexpr auto integrated = VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU;
constexpr auto virtualized = VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU;
constexpr auto software = VK_PHYSICAL_DEVICE_TYPE_CPU;

std::vector<std::string> names(const std::vector<PhysicalDevice>& devices) {
  std::vector<std::string> list;
  for (const auto& d : devices) list.push_back(d.name);
  return list;
}

/// The message of the refusal.
std::string refusal(const std::vector<PhysicalDevice>& devices, std::string_view argument,
                    std::string_view environment = "") {
  try {
    select(devices, argument, environment);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::device);
    return error.what();
  }
  return "";
}

const std::vector<PhysicalDevice> three =
    arrange({device("llvmpipe", software, "00000000-0000-0000-0000-000000000003"),
             device("Iris Xe", integrated, "00000000-0000-0000-0000-0000000000Ab"),
             device("Radeon 7900", discrete, "00000000-0000-0000-0000-000000000001")});

}  // namespace

TEST_CASE("discrete before integrated before virtual before software, and else as found") {
  const auto list = arrange({device("s", software), device("v", virtualized),
                             device("i", integrated), device("d1", discrete),
                             device("o", VK_PHYSICAL_DEVICE_TYPE_OTHER), device("d2", discrete)});
  CHECK(names(list) == std::vector<std::string>{"d1", "d2", "i", "v", "o", "s"});
  for (std::size_t i = 0; i < list.size(); ++i) CHECK(list[i].index == static_cast<int>(i));
  CHECK(list[0].kind() == "discrete");
  CHECK(list[2].kind() == "integrated");
  CHECK(list[3].kind() == "virtual");
  CHECK(list[4].kind() == "other");
  CHECK(list[5].kind() == "software");
}

TEST_CASE("what cannot be used comes last") {
  auto old = device("old", discrete);
  old.unusable = "it offers Vulkan 1.1, 1.2 is needed";
  CHECK(names(arrange({old, device("s", software)})) == std::vector<std::string>{"s", "old"});
}

TEST_CASE("a device that two drivers offer stays once") {
  const std::string uuid = "00000000-0000-0000-0000-000000000001";
  auto list = arrange({device("amdvlk", discrete, uuid, VK_DRIVER_ID_AMD_OPEN_SOURCE),
                       device("radv", discrete, uuid, VK_DRIVER_ID_MESA_RADV),
                       device("amd", discrete, uuid, VK_DRIVER_ID_AMD_PROPRIETARY)});
  CHECK(names(list) == std::vector<std::string>{"radv"});
  list = arrange({device("nvk", discrete, uuid, VK_DRIVER_ID_MESA_NVK),
                  device("nvidia", discrete, uuid, VK_DRIVER_ID_NVIDIA_PROPRIETARY)});
  CHECK(names(list) == std::vector<std::string>{"nvidia"});

  auto old = device("radv", discrete, uuid, VK_DRIVER_ID_MESA_RADV);
  old.unusable = "it is too old";
  list = arrange({old, device("amdvlk", discrete, uuid, VK_DRIVER_ID_AMD_OPEN_SOURCE)});
  CHECK(names(list) == std::vector<std::string>{"amdvlk"});
}

TEST_CASE("two devices stay two, also where the driver tells no UUID or always the same") {
  CHECK(arrange({device("a", discrete, "1"), device("b", discrete, "2")}).size() == 2);
  CHECK(arrange({device("a", discrete), device("b", discrete)}).size() == 2);
  CHECK(arrange({device("a", discrete, "1", VK_DRIVER_ID_MOLTENVK),
                 device("b", discrete, "1", VK_DRIVER_ID_MOLTENVK)})
            .size() == 2);
}

TEST_CASE("a device is named by index, a part of its name in any case, or its UUID") {
  CHECK(select(three, "", "").device->name == "Radeon 7900");
  CHECK(select(three, "1", "").device->name == "Iris Xe");
  CHECK(select(three, "iris", "").device->name == "Iris Xe");
  CHECK(select(three, "LLVM", "").device->name == "llvmpipe");
  CHECK(select(three, "7900", "").device->name == "Radeon 7900");  // no index: there are three
  CHECK(select(three, "00000000-0000-0000-0000-000000000003", "").device->name == "llvmpipe");
  CHECK(select(three, "000000000000000000000000000000aB", "").device->name == "Iris Xe");
}

TEST_CASE("an argument beats the environment, which beats the order") {
  CHECK(select(three, "", "iris").device->name == "Iris Xe");
  CHECK(select(three, "0", "iris").device->name == "Radeon 7900");
}

TEST_CASE("a software device is never taken silently") {
  CHECK_FALSE(select(three, "", "").software_unasked);
  CHECK_FALSE(select(three, "llvmpipe", "").software_unasked);
  CHECK_FALSE(select(three, "", "llvmpipe").software_unasked);
  const auto alone = arrange({device("llvmpipe", software)});
  CHECK(select(alone, "", "").software_unasked);
  CHECK_FALSE(select(alone, "0", "").software_unasked);
}

TEST_CASE("what is refused, and what is said") {
  const std::string unknown = refusal(three, "GeForce");
  CHECK(unknown.starts_with("Vulkan unavailable: "));
  CHECK(unknown.find("'GeForce'; there are vulkan:0 (Radeon 7900)") != std::string::npos);
  CHECK(refusal(three, "", "3").find("VARVE_VULKAN_DEVICE") != std::string::npos);
  CHECK(refusal(three, "99999999999999999999999").find("no device fits") != std::string::npos);
  CHECK(refusal({}, "").starts_with("Vulkan unavailable: "));
  auto old = device("old", discrete);
  old.unusable = "it offers Vulkan 1.1, 1.2 is needed";
  const auto list = arrange({old});
  for (const auto* argument : {"", "0", "old"})
    CHECK(refusal(list, argument).find("old cannot be used: it offers Vulkan 1.1") !=
          std::string::npos);
}

TEST_CASE("the devices of this machine can be opened") {
  for (const auto& info : varve::vulkan_devices()) {
    if (!info.available) {
      MESSAGE("not tested on " << info.name << ": " << info.reason);
      continue;
    }
    CAPTURE(info.name);
    const auto vulkan = varve::vulkan::instance();
    const auto& physical = vulkan->choose(info.name.substr(std::string("vulkan:").size()));
    const varve::vulkan::Context context(vulkan, physical);
    CHECK(context.queue() != VK_NULL_HANDLE);
    const auto& traits = context.traits();
    CHECK(traits.software == physical.software());
    CHECK(traits.compute_units > 0);
    CHECK(traits.max_range >= 128 << 20);  // the least that Vulkan allows
    CHECK(traits.push_bytes >= 128);
    CHECK(context.free_bytes(0, 0) > 0);

    context.check(VK_SUCCESS, "nothing");
    CHECK_THROWS_WITH_AS(context.check(VK_ERROR_OUT_OF_DEVICE_MEMORY, "an allocation"),
                         doctest::Contains("VK_ERROR_OUT_OF_DEVICE_MEMORY"), Error);
    CHECK_FALSE(context.lost());
    CHECK_THROWS_WITH_AS(context.check(VK_ERROR_DEVICE_LOST, "a wait"), doctest::Contains("lost"),
                         Error);
    CHECK(context.lost());
    CHECK_THROWS_AS(context.check(VK_SUCCESS, "the next call"), Error);
  }
}

TEST_CASE("switches take features away") {
  const auto devices = varve::vulkan_devices();
  if (!devices.front().available) {
    MESSAGE("not tested: " << devices.front().reason);
    return;
  }
  const Variable without("VARVE_VULKAN_DISABLE", "push,int64,int8,splitk");
  const auto vulkan = varve::vulkan::instance();
  const varve::vulkan::Context context(vulkan, vulkan->choose("0"));
  CHECK_FALSE(context.traits().push_descriptors);
  CHECK_FALSE(context.traits().int64);
  CHECK_FALSE(context.traits().int8);
  CHECK_FALSE(context.traits().split_k);
}
