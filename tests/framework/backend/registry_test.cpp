#include "framework/backend/registry.h"

#include <doctest/doctest.h>

#include "framework/backend/decorators.h"
#include "framework/core/error.h"

using varve::BackendEntry;
using varve::DeviceInfo;
using varve::Error;
using varve::fastest_backend;

namespace {

BackendEntry entry(const std::string& name, const std::vector<DeviceInfo>& devices) {
  return {name, "", [](std::string_view) { return varve::make_null_backend(); },
          [devices] { return devices; }};
}

DeviceInfo device(bool available, bool accelerator) {
  return {"device", "", available, "", accelerator};
}

}  // namespace

TEST_CASE("the fastest backend is an accelerator that is there, else the first") {
  const auto nothing = entry("null", {device(true, false)});
  const auto processor = entry("cpu", {device(true, false)});
  const auto card = entry("card", {device(false, true), device(true, false), device(true, true)});
  const auto broken = entry("broken", {device(false, true)});
  const auto software = entry("software", {device(true, false)});

  CHECK(fastest_backend({nothing, processor, card}) == "card");
  CHECK(fastest_backend({nothing, processor, broken, card}) == "card");
  CHECK(fastest_backend({nothing, processor, broken, software}) == "cpu");
  CHECK(fastest_backend({nothing, processor, entry("none", {})}) == "cpu");
  CHECK(fastest_backend({nothing}) == "null");
}

TEST_CASE("a name is registered once, and an unknown one is refused with the nearest") {
  CHECK_THROWS_WITH_AS(varve::register_backend(entry("null", {})), doctest::Contains("already"),
                       Error);
  CHECK_THROWS_WITH_AS(varve::open_backend("refrence"), doctest::Contains("'reference'"), Error);
  CHECK(varve::open_backend("null")->name() == "null");
}
