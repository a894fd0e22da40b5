#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/apps/command.h"

using varve::test::check_error;
using varve::test::Outcome;
using varve::test::Place;
using varve::test::tiny;

namespace {

/// "vulkan:0", or nothing on a machine without a device.
std::string device(const Place& place) {
  for (const auto& entry : nlohmann::json::parse(place.varve("devices --json").out)) {
    const auto name = entry["name"].get<std::string>();
    if (name.starts_with("vulkan:") && entry["available"] == true) return name;
  }
  MESSAGE("not tested: there is no Vulkan device");
  return "";
}

Outcome train(const Place& place, std::string_view fault, std::string_view device,
              std::string_view run) {
  return place.shell(
      fmt::format("VARVE_VULKAN_FAULT={} exec \"$varve\" train {} --epochs 3 --backend {} --out {}",
                  fault, tiny, device, run));
}

}  // namespace

TEST_CASE("a lost device: exit code 4, what ran last, and a checkpoint from which a run goes on") {
  const Place place;
  const std::string name = device(place);
  if (name.empty()) return;
  CHECK(train(place, "", name, "whole").code == 0);
  // The first loss that comes after a checkpoint.
  int submission = 4;
  std::string run;
  do {
    run = fmt::format("lost{}", submission *= 2);
    const Outcome lost = train(place, fmt::format("lost@{}", submission), name, run);
    CHECK(lost.code == 4);
    CAPTURE(lost.err);
    REQUIRE(lost.err.starts_with("varve: [vulkan] "));
    CHECK(lost.err.find(fmt::format("(submission {})", submission)) != std::string::npos);
    CHECK(lost.err.find("was lost") != std::string::npos);
    CHECK(lost.err.find("go on from the last checkpoint") != std::string::npos);
  } while (!std::filesystem::exists(place / (run + "/checkpoints/LATEST")));
  CHECK(place.weights(run) != place.weights("whole"));
  const Outcome resumed =
      place.varve(fmt::format("train --resume {} --backend {} --progress none", run, name));
  CHECK_MESSAGE(resumed.code == 0, resumed.err);
  CHECK(place.weights(run) == place.weights("whole"));
}

TEST_CASE("memory that runs out: exit code 5, and what would need less") {
  const Place place;
  const std::string name = device(place);
  if (name.empty()) return;
  for (const int allocation : {1, 20, 60}) {
    CAPTURE(allocation);
    const auto run = fmt::format("run{}", allocation);
    check_error(train(place, fmt::format("memory@{}", allocation), name, run), 5,
                "use a smaller batch or model");
  }
}
