#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "framework/backend/registry.h"
#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "tests/remedies/remedies.h"

namespace varve::remedies {
namespace {

/// More memory than any machine has.
constexpr std::int64_t far_too_many = std::int64_t{1} << 50;

Action on(const char* device, std::function<void(const Device&)> work) {
  return [=] { work(Device::open(device)); };
}

void allocate(const Device& device, std::int64_t count) {
  Tensor::zeros({count}, DType::u8, device);
}

void gather_at(const Device& device, int index) {
  take(Tensor::zeros({3, 2}, DType::f32, device),
       Tensor::from(Array::of<std::int32_t>({1}, std::vector<std::int32_t>{index}), device));
}

}  // namespace

Remedies of_devices() {
  return {
      {"[cpu] \"{}\" is not a number of threads, use 1 to {}: cpu:2",
       [] { Device::open("cpu:none"); },
       {[] { Device::open("cpu:1"); }, [] { Device::open("cpu:2"); }}},
      {"[cpu] no {} bytes of memory left, use a smaller batch or model",
       on("cpu", [](const Device& device) { allocate(device, far_too_many); }),
       {on("cpu", [](const Device& device) { allocate(device, 100); })}},
      {"[reference] {} bytes of memory are not to be had; use a smaller batch",
       on("reference", [](const Device& device) { allocate(device, far_too_many); }),
       {on("reference", [](const Device& device) { allocate(device, 100); })}},
      {"[{}] index {} is out of range for an axis of {}, use 0 to {}",
       on("cpu", [](const Device& device) { gather_at(device, 3); }),
       {on("cpu", [](const Device& device) { gather_at(device, 0); }),
        on("cpu", [](const Device& device) { gather_at(device, 2); })}},
  };
}

}  // namespace varve::remedies

TEST_CASE("remedies of devices") {
  varve::remedies::check(varve::test::Place(), varve::remedies::of_devices());
}
