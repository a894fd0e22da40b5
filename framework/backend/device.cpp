#include "framework/backend/device.h"

#include <optional>
#include <utility>

#include "framework/backend/registry.h"
#include "framework/core/error.h"
#include "framework/tensor/random.h"

namespace varve {

struct Device::State {
  std::unique_ptr<Backend> base;  // first: it outlives the memory
  std::vector<std::unique_ptr<Backend>> decorators;
  Backend* top = nullptr;
  RandomState random;
};

namespace {

std::optional<Device>& current() {
  static std::optional<Device> device;
  return device;
}

}  // namespace

Device::Device() : Device(default_device()) {}

Device::Device(std::unique_ptr<Backend> backend) : state_(std::make_shared<State>()) {
  state_->base = std::move(backend);
  state_->top = state_->base.get();
}

Device Device::open(std::string_view name) { return Device(open_backend(name)); }

Backend& Device::backend() const { return *state_->top; }

std::string_view Device::name() const { return state_->base->name(); }

Generator Device::generator() const { return Generator(*this); }

RandomState& Device::random_state() const { return state_->random; }

void Device::push(std::unique_ptr<Backend> decorator) const {
  state_->decorators.push_back(std::move(decorator));
  state_->top = state_->decorators.back().get();
}

std::unique_ptr<Backend> Device::pop() const {
  if (state_->decorators.empty()) fail(ErrorKind::usage, "[device] no decorator to take off");
  auto decorator = std::move(state_->decorators.back());
  state_->decorators.pop_back();
  state_->top = state_->decorators.empty() ? state_->base.get() : state_->decorators.back().get();
  return decorator;
}

const Device& default_device() {
  auto& device = current();
  if (!device) {
    const auto& entries = registered_backends();
    device = Device::open(entries.size() > 1 ? entries[1].name : entries[0].name);
  }
  return *device;
}

void set_default_device(const Device& device) { current() = device; }

}  // namespace varve
