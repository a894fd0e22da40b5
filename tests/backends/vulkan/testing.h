#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backends/vulkan/context.h"
#include "backends/vulkan/instance.h"
#include "backends/vulkan/memory.h"
#include "backends/vulkan/pipelines.h"
#include "backends/vulkan/stream.h"
#include "backends/vulkan/vulkan_backend.h"
#include "framework/core/error.h"

namespace varve::testing {

/// The parts of the backend on the device that VARVE_VULKAN_DEVICE names, else the best one.
struct Rig {
  Rig(std::shared_ptr<vulkan::Instance> i, const vulkan::PhysicalDevice& device)
      : instance(std::move(i)),
        context(instance, device),
        pipelines(context),
        memory(context),
        stream(context, pipelines, memory) {}
  ~Rig() { CHECK(vulkan::validation_counts().errors == errors_before); }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  /// A packed view of fresh memory.
  View make(Shape shape, DType dtype = DType::f32) {
    const auto bytes = static_cast<std::size_t>(shape.numel()) * size_of(dtype);
    return {memory.allocate(bytes), shape, contiguous_strides(shape), 0, dtype};
  }
  template <class T>
  void put(const View& view, const std::vector<T>& values) {
    stream.upload(view.buffer, static_cast<std::size_t>(view.offset) * sizeof(T),
                  std::as_bytes(std::span(values)));
  }
  template <class T>
  std::vector<T> get(const View& view) {
    std::vector<T> values(static_cast<std::size_t>(view.shape.numel()));
    stream.download(view.buffer, static_cast<std::size_t>(view.offset) * sizeof(T),
                    std::as_writable_bytes(std::span(values)));
    return values;
  }

  long errors_before = vulkan::validation_counts().errors;
  std::shared_ptr<vulkan::Instance> instance;
  vulkan::Context context;
  vulkan::Pipelines pipelines;
  vulkan::Memory memory;
  vulkan::Stream stream;
};

/// f(instance, device); null, with a message, on a machine without a device.
template <class F>
auto with_device(const vulkan::Options& options, const F& f)
    -> decltype(f(std::shared_ptr<vulkan::Instance>(),
                  std::declval<const vulkan::PhysicalDevice&>())) {
  try {
    auto instance = std::make_shared<vulkan::Instance>(options);
    const vulkan::PhysicalDevice& device = instance->choose("");
    return f(std::move(instance), device);
  } catch (const Error& error) {
    REQUIRE(error.kind() == ErrorKind::device);
    MESSAGE("not tested: " << std::string(error.what()));
    return nullptr;
  }
}

inline std::unique_ptr<Rig> make_rig(
    const vulkan::Options& options = vulkan::options_from_environment()) {
  return with_device(options, [](std::shared_ptr<vulkan::Instance> instance,
                                 const vulkan::PhysicalDevice& device) {
    return std::make_unique<Rig>(std::move(instance), device);
  });
}

/// The device as it is, and, where it has more, as the least one: i64 on pairs of words, bytes as
/// parts of words. Empty on a machine without a device.
inline std::vector<std::unique_ptr<Rig>> make_rigs() {
  std::vector<std::unique_ptr<Rig>> rigs;
  vulkan::Options options = vulkan::options_from_environment();
  auto rig = make_rig(options);
  if (!rig) return rigs;
  const bool more = rig->context.traits().int64 || rig->context.traits().int8;
  rigs.push_back(std::move(rig));
  options.int64 = options.int8 = false;
  if (more) rigs.push_back(make_rig(options));
  return rigs;
}

/// With what of the choices of make_rigs(), for messages.
inline std::string describe(const Rig& rig) {
  const vulkan::Traits& traits = rig.context.traits();
  return std::string(traits.int64 ? "int64" : "pairs of words") +
         (traits.int8 ? ", int8" : ", parts of words");
}

inline std::unique_ptr<Backend> make_backend(const vulkan::Options& options) {
  return with_device(options, vulkan::make_backend);
}

/// What `f` throws; fails the test if it throws nothing.
template <class F>
Error error_of(F&& f) {
  try {
    std::forward<F>(f)();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  return {ErrorKind::usage, ""};
}

/// A packed part of a packed view.
inline View part(View view, std::int64_t offset, Shape shape) {
  view.offset += offset;
  view.shape = shape;
  view.strides = contiguous_strides(shape);
  return view;
}

}  // namespace varve::testing
