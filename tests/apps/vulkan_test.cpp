#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "tests/apps/command.h"

using nlohmann::json;
using varve::test::check_error;
using varve::test::contains;
using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;

namespace {

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// `varve devices` with some variables set; checks that the processor is there.
json vulkan_devices(const Place& place, std::string_view variables = "") {
  const Outcome done = place.shell(fmt::format("{} \"$varve\" devices --json", variables));
  REQUIRE_MESSAGE(done.code == 0, done.err);
  json found = json::array();
  bool processor = false;
  for (const auto& device : json::parse(done.out)) {
    const auto name = device["name"].get<std::string>();
    if (name.starts_with("vulkan")) found.push_back(device);
    processor = processor || (name == "cpu" && device["available"] == true);
  }
  CHECK(processor);
  return found;
}

Outcome train(const Place& place, std::string_view variables, std::string_view backend,
              std::string_view more = "--out run") {
  return place.shell(
      fmt::format("{} \"$varve\" train {} --backend {} {}", variables, tiny, backend, more));
}

bool built_without(const Place& place) {
  return contains(vulkan_devices(place).front()["reason"].get<std::string>(),
                  "this build has none");
}

/// Says aloud that a build without Vulkan does not run a test case.
bool skipped(const Place& place) {
  const bool without = built_without(place);
  if (without) MESSAGE("not tested: this build has no Vulkan");
  return without;
}

/// The name of a software device, if one is installed.
std::optional<std::string> software_device(const Place& place) {
  for (const auto& device : vulkan_devices(place))
    if (device["available"] == true && device["details"]["type"] == "software")
      return device["name"].get<std::string>();
  MESSAGE("not tested: there is no software device (package mesa-vulkan-drivers)");
  return {};
}

/// Everything works but Vulkan, which says why it does not.
void check_without(const Place& place, const std::string& variables, std::string_view reason) {
  CAPTURE(variables);
  const auto devices = vulkan_devices(place, variables);
  REQUIRE(devices.size() == 1);
  CHECK(devices[0]["name"] == "vulkan");
  CHECK(devices[0]["available"] == false);
  CHECK_MESSAGE(contains(devices[0]["reason"].get<std::string>(), reason), devices[0]["reason"]);
  const Outcome listed = place.shell(variables + " \"$varve\" devices");
  CHECK(listed.code == 0);
  CHECK_MESSAGE(contains(listed.out, fmt::format("not available: {}", reason)), listed.out);

  for (const auto* backend : {"vulkan", "vulkan:0", "vulkan:llvmpipe"})
    check_error(train(place, variables, backend), 4, fmt::format("Vulkan unavailable: {}", reason));
  CHECK_FALSE(std::filesystem::exists(place / "run"));
  CHECK(train(place, variables, "auto", "--out run").code == 0);
  CHECK(json::parse(place.read("run/config.json"))["backend"] == "cpu");
}

}  // namespace

TEST_CASE("without a driver everything but Vulkan works, and it says why not") {
  const Place place;
  if (skipped(place)) return;
  check_without(place, "VK_DRIVER_FILES=/nonexistent VK_ICD_FILENAMES=/nonexistent",
                "no driver was found (VK_DRIVER_FILES is '/nonexistent')");
}

TEST_CASE("without libvulkan everything but Vulkan works, and it says why not") {
  const Place place;
  if (skipped(place)) return;
  std::filesystem::create_directory(place / "broken");
  place.write("broken/libvulkan.so.1", "no library");
  place.write("broken/libvulkan.so", "no library");
  check_without(place, "LD_LIBRARY_PATH=\"$PWD/broken\"", "libvulkan.so.1 cannot be loaded");
}

TEST_CASE("a build without Vulkan says so") {
  const Place place;
  if (!built_without(place)) return;
  check_error(train(place, "", "vulkan"), 4, "Vulkan unavailable: this build has none");
}

TEST_CASE("validation needs its layer") {
  const Place place;
  if (skipped(place)) return;
  check_error(train(place, "VARVE_VULKAN_VALIDATION=core VK_LAYER_PATH=/nonexistent", "vulkan"), 4,
              "vulkan-validationlayers");
}

TEST_CASE("variables and devices that are none") {
  const Place place;
  if (skipped(place)) return;
  for (const std::string variable :
       {"VARVE_VULKAN_VALIDATION=all", "VARVE_VULKAN_DISABLE=everything", "VARVE_VULKAN_TILES=huge",
        "VARVE_VULKAN_TIMEOUT=never", "VARVE_VULKAN_FAULT=now"}) {
    CAPTURE(variable);
    const auto name = variable.substr(0, variable.find('='));
    check_error(train(place, variable, "vulkan"), 2, name);
    check_error(place.shell(fmt::format("{} \"$varve\" devices", variable)), 2, name);
  }
  if (vulkan_devices(place).front()["available"] == false) {
    MESSAGE("not tested: which devices there are, for there are none");
    return;
  }
  check_error(train(place, "", "vulkan:nonesuch"), 4, "there are vulkan:0");
  check_error(train(place, "VARVE_VULKAN_DEVICE=nonesuch", "vulkan"), 4, "VARVE_VULKAN_DEVICE");
}

TEST_CASE("devices tells what there is to know of a device") {
  const Place place;
  const auto device = vulkan_devices(place).front();
  if (device["available"] == false) {
    MESSAGE("not tested: " << device["reason"]);
    return;
  }
  CHECK(device["name"] == "vulkan:0");
  for (const auto* detail : {"type", "driver", "API", "memory", "work group", "largest buffer"})
    CHECK_MESSAGE(!device["details"][detail].get<std::string>().empty(), detail);
  const Outcome listed = place.varve("devices");
  CHECK(contains(listed.out, "vulkan:0 "));
  CHECK(contains(listed.out, device["details"]["driver"].get<std::string>()));
}

TEST_CASE("a software device is used when it is named, with a warning when it is not") {
  const Place place;
  const auto device = software_device(place);
  if (!device) return;
  const Outcome named = train(place, "", *device, "--out named");
  CHECK_MESSAGE(named.code == 0, named.err);
  CHECK_FALSE(contains(named.err, "warning"));
  CHECK(json::parse(place.read("named/config.json"))["backend"] == *device);

  const auto variable =
      fmt::format("VARVE_VULKAN_DEVICE={}", device->substr(device->find(':') + 1));
  const Outcome by_variable = train(place, variable, "vulkan", "--out by_variable");
  CHECK_MESSAGE(by_variable.code == 0, by_variable.err);
  CHECK_FALSE(contains(by_variable.err, "warning"));
  CHECK(place.weights("by_variable") == place.weights("named"));

  if (*device != "vulkan:0") {
    MESSAGE("not tested: what happens where there is no graphics card, for there is one");
    return;
  }
  const Outcome unnamed = train(place, "", "vulkan", "--out unnamed");
  CHECK_MESSAGE(unnamed.code == 0, unnamed.err);
  CHECK_MESSAGE(count(unnamed.err, "warning: ") == 1, unnamed.err);
  CHECK(train(place, "", "auto", "--out auto").code == 0);
  CHECK(json::parse(place.read("auto/config.json"))["backend"] == "cpu");
}
