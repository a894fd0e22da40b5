#include "framework/backend/device.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "framework/backend/registry.h"
#include "framework/core/error.h"
#include "framework/tensor/random.h"

namespace varve {

struct Device::State {
  std::unique_ptr<Backend> base;  // first: it outlives the memory
  std::vector<std::unique_ptr<Backend>> decorators;
  Backend* top = nullptr;
  std::uint64_t decorations = 0;
  std::atomic<std::uint64_t> drawing_threads{0};
};

namespace {

const std::thread::id main_thread = std::this_thread::get_id();

/// The main thread's default device, which threads without one of their own take.
struct Inherited {
  std::mutex mutex;
  std::optional<Device> device;
};

Inherited& inherited() {
  static Inherited instance;
  return instance;
}

thread_local std::optional<Device> own_default;
thread_local const Redirection* redirection = nullptr;

}  // namespace

Device::Device() : Device(default_device()) {}

Device::Device(std::unique_ptr<Backend> backend) : state_(std::make_shared<State>()) {
  state_->base = std::move(backend);
  state_->top = state_->base.get();
}

Device Device::open(std::string_view name) { return Device(open_backend(name)); }

Backend& Device::backend() const {
  if (redirection != nullptr)
    if (Backend* to = Redirection::find(*this)) return *to;
  return *state_->top;
}

std::string_view Device::name() const { return state_->base->name(); }

Generator Device::generator() const { return Generator(*this); }

RandomState& Device::random_state() const {
  struct Entry {
    std::weak_ptr<State> device;
    std::unique_ptr<RandomState> random;
  };
  thread_local std::vector<Entry> entries;
  for (auto& entry : entries)
    if (!entry.device.owner_before(state_) && !state_.owner_before(entry.device))
      return *entry.random;
  std::erase_if(entries, [](const Entry& entry) { return entry.device.expired(); });
  entries.push_back({state_, std::make_unique<RandomState>()});
  entries.back().random->seed = state_->drawing_threads.fetch_add(1);
  return *entries.back().random;
}

void Device::push(std::unique_ptr<Backend> decorator) const {
  state_->decorators.push_back(std::move(decorator));
  state_->top = state_->decorators.back().get();
  ++state_->decorations;
}

std::unique_ptr<Backend> Device::pop() const {
  if (state_->decorators.empty()) fail(ErrorKind::usage, "[device] no decorator to take off");
  auto decorator = std::move(state_->decorators.back());
  state_->decorators.pop_back();
  state_->top = state_->decorators.empty() ? state_->base.get() : state_->decorators.back().get();
  ++state_->decorations;
  return decorator;
}

std::uint64_t Device::decorations() const { return state_->decorations; }

Redirection::Redirection(Device device, Backend& to)
    : device_(std::move(device)), to_(to), outer_(std::exchange(redirection, this)) {}

Redirection::~Redirection() { redirection = outer_; }

Backend* Redirection::find(const Device& device) {
  for (const auto* r = redirection; r != nullptr; r = r->outer_)
    if (r->device_ == device) return &r->to_;
  return nullptr;
}

Device default_device() {
  if (own_default) return *own_default;
  auto& shared = inherited();
  const std::lock_guard lock(shared.mutex);
  if (!shared.device) {
    const auto& entries = registered_backends();
    shared.device = Device::open(entries.size() > 1 ? entries[1].name : entries[0].name);
  }
  return *shared.device;
}

void set_default_device(const Device& device) {
  own_default = device;
  if (std::this_thread::get_id() != main_thread) return;
  auto& shared = inherited();
  const std::lock_guard lock(shared.mutex);
  shared.device = device;
}

}  // namespace varve
