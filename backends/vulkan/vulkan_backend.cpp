#include "backends/vulkan/vulkan_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

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

Specs specs_of(std::span<const View> views) {
  Specs specs;
  specs.reserve(views.size());
  for (const View& view : views) specs.push_back({view.shape, view.dtype});
  return specs;
}

bool has(const Signature& s, DType dtype) {
  const auto is = [&](const Spec& spec) { return spec.dtype == dtype; };
  return std::any_of(s.in.begin(), s.in.end(), is) || std::any_of(s.out.begin(), s.out.end(), is);
}

/// A device, with all that the driver holds for it.
struct Opened {
  Opened(std::shared_ptr<vulkan::Instance> instance, const vulkan::PhysicalDevice& device)
      : context(std::move(instance), device),
        pipelines(context),
        memory(context),
        stream(context, pipelines, memory) {}

  vulkan::Context context;
  vulkan::Pipelines pipelines;
  vulkan::Memory memory;
  vulkan::Stream stream;
};

class VulkanBackend;

/// What is open when the process ends is closed before the drivers go: global tensors stay longer.
class OpenBackends {
 public:
  /// First called when a driver has been loaded.
  static OpenBackends& all() {
    static auto& backends = *new OpenBackends;
    return backends;
  }
  void add(VulkanBackend& backend) {
    const std::lock_guard lock(mutex_);
    backends_.insert(&backend);
  }
  void remove(VulkanBackend& backend) {
    const std::lock_guard lock(mutex_);
    backends_.erase(&backend);
  }
  /// For what the driver must not be told to give back.
  void keep(std::unique_ptr<Opened> opened) {
    const std::lock_guard lock(mutex_);
    kept_.push_back(std::move(opened));
  }

 private:
  OpenBackends() {
    std::atexit([] { all().close(); });
  }
  void close();

  std::mutex mutex_;
  std::set<VulkanBackend*> backends_;
  std::vector<std::unique_ptr<Opened>> kept_;
};

class VulkanBackend : public Backend {
 public:
  VulkanBackend(std::shared_ptr<vulkan::Instance> instance, const vulkan::PhysicalDevice& device)
      : opened_(std::make_unique<Opened>(std::move(instance), device)) {
    for (std::size_t i = 0; i < op_count; ++i) {
      kernels_[i] = vulkan::find_kernel(static_cast<Op>(i));
    }
    OpenBackends::all().add(*this);
  }

  ~VulkanBackend() override {
    OpenBackends::all().remove(*this);
    if (!opened_->context.usable()) OpenBackends::all().keep(std::move(opened_));
  }
  VulkanBackend(const VulkanBackend&) = delete;
  VulkanBackend& operator=(const VulkanBackend&) = delete;

  /// At the end of the process, while the driver is still there. What is not destroyed by then
  /// never is.
  void close() {
    if (!opened_->context.usable()) return;
    // A thread that holds the lock may be the one that ends the process.
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock()) {
      try {
        opened_->stream.synchronize();
      } catch (const Error&) {
        // There is nobody left to tell.
      }
      opened_->pipelines.save();
    }
    opened_->context.close();
  }

  std::string_view name() const override { return "vulkan"; }

  Buffer allocate(std::size_t bytes) override {
    const auto lock = enter();
    return opened_->memory.allocate(bytes);
  }

  Buffer promise(std::size_t bytes) override { return opened_->memory.promise(bytes); }

  void fulfil(const Buffer& buffer) override {
    const auto lock = enter();
    opened_->memory.fulfil(buffer);
  }

  void upload(const Buffer& to, std::size_t offset, std::span<const std::byte> from) override {
    const auto lock = enter();
    opened_->stream.upload(to, offset, from);
  }

  void download(const Buffer& from, std::size_t offset, std::span<std::byte> to) override {
    const auto lock = enter();
    opened_->stream.download(from, offset, to);
  }

  std::unique_ptr<Reading> start_reading(const Buffer& from, std::size_t offset,
                                         std::size_t bytes) override;

  bool asynchronous() const override { return true; }

  bool supports(Op op, const Signature& s) const override { return refusal(op, s).empty(); }

  void execute(const Command& command) override {
    const auto lock = enter();
    check(command);
    if (!is_empty(command)) entry(command.op).kernel(command, opened_->stream);
  }

  std::unique_ptr<Program> compile(Recording recording) override {
    const vulkan::Options& options = opened_->context.options();
    if (!options.replay || options.serialize) return Backend::compile(std::move(recording));
    const auto lock = enter();
    Opened& o = *opened_;
    return vulkan::compile(std::move(recording), o.context, o.pipelines, o.memory, o.stream,
                           mutex_);
  }

  void synchronize() override {
    const auto lock = enter();
    opened_->stream.synchronize();
  }

  std::vector<std::byte> finish(const vulkan::Download& download) {
    const auto lock = enter();
    return opened_->stream.finish(download);
  }

  std::optional<double> busy_us() override {
    const auto lock = enter();
    if (opened_->context.timestamp_period_ns() == 0) return {};
    return opened_->stream.busy_us();
  }

 private:
  /// One caller at a time, of the process that opened the device.
  std::unique_lock<std::mutex> enter() {
    opened_->context.check_usable();
    return std::unique_lock(mutex_);
  }

  const vulkan::KernelEntry& entry(Op op) const { return kernels_[static_cast<std::size_t>(op)]; }

  /// Why a command is not taken, and what to do; empty: it is.
  std::string refusal(Op op, const Signature& s) const {
    if (has(s, DType::f64)) {
      return "the vulkan backend computes in f32; use the cpu backend for f64";
    }
    const vulkan::KernelEntry& found = entry(op);
    if (found.kernel == nullptr || s.out.empty()) return "the vulkan backend has no kernel for it";
    if (found.takes != nullptr && !found.takes(s, opened_->context.traits())) {
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

  std::unique_ptr<Opened> opened_;
  std::mutex mutex_;
  std::array<vulkan::KernelEntry, op_count> kernels_;
};

std::unique_ptr<Reading> VulkanBackend::start_reading(const Buffer& from, std::size_t offset,
                                                      std::size_t bytes) {
  class Pending : public Reading {
   public:
    Pending(VulkanBackend& backend, vulkan::Download download)
        : backend_(backend), download_(std::move(download)) {}
    std::vector<std::byte> wait() override { return backend_.finish(download_); }

   private:
    VulkanBackend& backend_;
    vulkan::Download download_;
  };
  const auto lock = enter();
  return std::make_unique<Pending>(*this, opened_->stream.start_download(from, offset, bytes));
}

void OpenBackends::close() {
  const std::lock_guard lock(mutex_);
  for (VulkanBackend* backend : backends_) backend->close();
}

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
