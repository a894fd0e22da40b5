#include "backends/vulkan/vulkan_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string>
#include <utility>

#include "backends/vulkan/context.h"
#include "backends/vulkan/instance.h"
#include "backends/vulkan/kernel.h"
#include "backends/vulkan/memory.h"
#include "backends/vulkan/pipelines.h"
#include "backends/vulkan/program.h"
#include "backends/vulkan/stream.h"
#include "framework/backend/layout.h"
#include "framework/core/error.h"
#include "framework/ops/table.h"

namespace varve {

namespace {

std::vector<Spec> specs_of(const std::vector<View>& views) {
  std::vector<Spec> specs;
  specs.reserve(views.size());
  for (const View& view : views) specs.push_back({view.shape, view.dtype});
  return specs;
}

bool has(const Signature& s, DType dtype) {
  const auto is = [&](const Spec& spec) { return spec.dtype == dtype; };
  return std::any_of(s.in.begin(), s.in.end(), is) || std::any_of(s.out.begin(), s.out.end(), is);
}

class VulkanBackend : public Backend {
 public:
  VulkanBackend(std::shared_ptr<vulkan::Instance> instance, const vulkan::PhysicalDevice& device)
      : context_(std::move(instance), device),
        pipelines_(context_),
        memory_(context_),
        stream_(context_, pipelines_, memory_) {
    for (std::size_t i = 0; i < op_count; ++i) {
      kernels_[i] = vulkan::find_kernel(static_cast<Op>(i));
    }
  }

  std::string_view name() const override { return "vulkan"; }

  Buffer allocate(std::size_t bytes) override {
    const std::lock_guard lock(mutex_);
    return memory_.allocate(bytes);
  }

  Buffer promise(std::size_t bytes) override { return memory_.promise(bytes); }

  void fulfil(const Buffer& buffer) override {
    const std::lock_guard lock(mutex_);
    memory_.fulfil(buffer);
  }

  void upload(const Buffer& to, std::size_t offset, std::span<const std::byte> from) override {
    const std::lock_guard lock(mutex_);
    stream_.upload(to, offset, from);
  }

  void download(const Buffer& from, std::size_t offset, std::span<std::byte> to) override {
    const std::lock_guard lock(mutex_);
    stream_.download(from, offset, to);
  }

  bool supports(Op op, const Signature& s) const override { return refusal(op, s).empty(); }

  void execute(const Command& command) override {
    const std::lock_guard lock(mutex_);
    check(command);
    if (!is_empty(command)) entry(command.op).kernel(command, stream_);
  }

  std::unique_ptr<Program> compile(Recording recording) override {
    const vulkan::Options& options = context_.options();
    if (!options.replay || options.serialize) return Backend::compile(std::move(recording));
    const std::lock_guard lock(mutex_);
    return vulkan::compile(std::move(recording), context_, pipelines_, memory_, stream_, mutex_);
  }

  void synchronize() override {
    const std::lock_guard lock(mutex_);
    stream_.synchronize();
  }

  std::optional<double> busy_us() override {
    if (context_.timestamp_period_ns() == 0) return {};
    const std::lock_guard lock(mutex_);
    return stream_.busy_us();
  }

 private:
  const vulkan::KernelEntry& entry(Op op) const { return kernels_[static_cast<std::size_t>(op)]; }

  /// Why a command is not taken, and what to do; empty: it is.
  std::string refusal(Op op, const Signature& s) const {
    if (has(s, DType::f64)) {
      return "the vulkan backend computes in f32; use the cpu backend for f64";
    }
    const vulkan::KernelEntry& found = entry(op);
    if (found.kernel == nullptr || s.out.empty()) return "the vulkan backend has no kernel for it";
    if (found.takes != nullptr && !found.takes(s, context_.traits())) {
      return "the vulkan backend has no kernel for these dtypes; cast to f32";
    }
    return "";
  }

  void check(const Command& command) const {
    const std::string why =
        refusal(command.op, {specs_of(command.in), specs_of(command.out), command.attributes});
    if (why.empty()) return;
    std::string dtypes;
    for (const auto* views : {&command.in, &command.out}) {
      for (const View& view : *views) {
        dtypes += (dtypes.empty() ? "" : ", ") + std::string(varve::name(view.dtype));
      }
    }
    fail(ErrorKind::usage, "[{}] of {}: {}", varve::name(command.op), dtypes, why);
  }

  vulkan::Context context_;
  vulkan::Pipelines pipelines_;
  vulkan::Memory memory_;
  vulkan::Stream stream_;
  std::mutex mutex_;  // one caller at a time
  std::array<vulkan::KernelEntry, op_count> kernels_;
};

}  // namespace

std::unique_ptr<Backend> vulkan::make_backend(std::shared_ptr<Instance> instance,
                                              const PhysicalDevice& device) {
  return std::make_unique<VulkanBackend>(std::move(instance), device);
}

std::unique_ptr<Backend> make_vulkan_backend(std::string_view argument) {
  auto instance = vulkan::instance();
  const vulkan::PhysicalDevice& device = instance->choose(argument);
  return vulkan::make_backend(std::move(instance), device);
}

}  // namespace varve
