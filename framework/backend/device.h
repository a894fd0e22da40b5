#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/backend/backend.h"

namespace varve {

class Generator;

/// What a Generator (tensor/random.h) keeps for a device.
struct RandomState {
  std::uint64_t seed = 0;
  std::uint64_t host_streams = 0;  ///< how many host-side streams were handed out
  Buffer counter;                  ///< i32 [4]: seed low, seed high, step, draw
};

/// A handle to an opened backend with its random generator. Two handles are equal when they name
/// the same opened backend. Commands go through a stack of decorators (see decorators.h).
class Device {
 public:
  /// The device that new tensors and modules use; see set_default_device.
  Device();
  /// Wraps a backend.
  explicit Device(std::unique_ptr<Backend> backend);
  /// Opens a registered backend by name: "cpu", "reference", "vulkan:1", "null".
  /// Throws ErrorKind::usage for an unknown name (suggesting the nearest), ErrorKind::device when
  /// the backend is there and its device is not.
  static Device open(std::string_view name);

  /// The backend that takes commands: the outermost decorator.
  Backend& backend() const;
  std::string_view name() const;
  /// The device's stream of random numbers.
  Generator generator() const;

  /// Puts a decorator around the backend, or takes the outermost one off again.
  void push(std::unique_ptr<Backend> decorator) const;
  std::unique_ptr<Backend> pop() const;

  RandomState& random_state() const;

  friend bool operator==(const Device& a, const Device& b) { return a.state_ == b.state_; }

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Where tensors are made when nothing else is said. The first registered backend, until set.
const Device& default_device();
void set_default_device(const Device& device);

}  // namespace varve
