#include "backends/vulkan/options.h"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "framework/core/error.h"
#include "tests/backends/vulkan/environment.h"

using varve::Error;
using varve::ErrorKind;
using varve::testing::Variable;
using varve::vulkan::Options;
using varve::vulkan::options_from_environment;
using varve::vulkan::Validation;

namespace {

constexpr std::array<const char*, 8> names{"VARVE_VULKAN_VALIDATION", "VARVE_VULKAN_DEVICE",
                                           "VARVE_VULKAN_SERIALIZE",  "VARVE_VULKAN_BARRIERS",
                                           "VARVE_VULKAN_DISABLE",    "VARVE_VULKAN_TILES",
                                           "VARVE_VULKAN_TIMEOUT",    "VARVE_VULKAN_FAULT"};

/// With this variable alone: the tests may themselves run with some of them.
Options with(const char* name, const std::string& value) {
  std::vector<std::unique_ptr<Variable>> set;
  for (const auto* other : names) set.push_back(std::make_unique<Variable>(other, ""));
  set.push_back(std::make_unique<Variable>(name, value));
  auto options = options_from_environment();
  while (!set.empty()) set.pop_back();  // the last one first
  return options;
}

/// A value is refused by a message with the variable, the value and what it takes.
void check_refused(const std::string& name, const std::string& value, const std::string& takes) {
  CAPTURE(name);
  CAPTURE(value);
  try {
    with(name.c_str(), value);
    FAIL("taken");
  } catch (const Error& error) {
    const std::string message = error.what();
    CHECK(error.kind() == ErrorKind::usage);
    for (const auto& part : {name, "'" + value + "'", takes})
      CHECK_MESSAGE(message.find(part) != std::string::npos, message);
  }
}

}  // namespace

TEST_CASE("every switch has its value") {
  CHECK(with("VARVE_VULKAN_VALIDATION", "core").validation == Validation::core);
  CHECK(with("VARVE_VULKAN_VALIDATION", "sync").validation == Validation::sync);
  CHECK(with("VARVE_VULKAN_VALIDATION", "gpu").validation == Validation::gpu);
  CHECK(with("VARVE_VULKAN_VALIDATION", "off").validation == Validation::off);
  CHECK(with("VARVE_VULKAN_DEVICE", "Radeon").device == "Radeon");
  CHECK(with("VARVE_VULKAN_SERIALIZE", "1").serialize);
  CHECK_FALSE(with("VARVE_VULKAN_SERIALIZE", "0").serialize);
  CHECK(with("VARVE_VULKAN_BARRIERS", "all").barrier_always);
  CHECK(with("VARVE_VULKAN_TILES", "register").tiles == "register");
  CHECK(with("VARVE_VULKAN_TIMEOUT", "3").timeout.count() == 3);
  CHECK(with("VARVE_VULKAN_FAULT", "lost@7").lose_at == 7);
  CHECK(with("VARVE_VULKAN_FAULT", "lost@7").exhaust_at == 0);
  CHECK(with("VARVE_VULKAN_FAULT", "memory@2").exhaust_at == 2);
}

TEST_CASE("an empty variable is as good as none") {
  CHECK(with("VARVE_VULKAN_VALIDATION", "") == Options());
}

TEST_CASE("a list of what to do without") {
  Options expected;
  expected.push_descriptors = expected.fusion = expected.int64 = false;
  CHECK(with("VARVE_VULKAN_DISABLE", "push,fusion,int64") == expected);
  expected = {};
  expected.replay = expected.split_k = expected.disk_cache = expected.int8 = false;
  CHECK(with("VARVE_VULKAN_DISABLE", "cache,int8,splitk,replay") == expected);
}

TEST_CASE("shader instrumentation goes without push descriptors") {
  CHECK_FALSE(with("VARVE_VULKAN_VALIDATION", "gpu").push_descriptors);
  CHECK(with("VARVE_VULKAN_VALIDATION", "sync").push_descriptors);
}

TEST_CASE("values that it does not know are refused") {
  check_refused("VARVE_VULKAN_VALIDATION", "1", "core, sync, gpu");
  check_refused("VARVE_VULKAN_SERIALIZE", "yes", "1 or 0");
  check_refused("VARVE_VULKAN_BARRIERS", "none", "all");
  check_refused("VARVE_VULKAN_TILES", "huge", "small, medium, large or register");
  for (const auto* value : {"0", "-1", "1.5", "20s", "99999999999"})
    check_refused("VARVE_VULKAN_TIMEOUT", value, "seconds");
  for (const auto* value : {"lost", "lost@", "lost@0", "found@1", "memory@x"})
    check_refused("VARVE_VULKAN_FAULT", value, "lost@N or memory@N");
  CHECK_THROWS_WITH_AS(with("VARVE_VULKAN_DISABLE", "push,pushes"),
                       doctest::Contains("VARVE_VULKAN_DISABLE is 'pushes'"), Error);
}
