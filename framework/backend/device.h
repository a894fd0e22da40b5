#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/backend/backend.h"

namespace varve {

class Generator;

/// What a Generator (tensor/random.h) keeps for a device, on one thread.
struct RandomState {
  std::uint64_t seed = 0;
  std::uint64_t host_streams = 0;  ///< how many host-side streams were handed out
  Buffer counter;                  ///< i32 [4]: seed low, seed high, step, draw
};

/// A handle to an opened backend. Two handles are equal when they name the same opened backend.
/// Commands go through a stack of decorators (see decorators.h).
///
/// Threads: a device may be used by any number of threads at once. Its random generator, the
/// recorder of a captured step and the default device belong to a thread each; decorators belong
/// to the device: push and pop them while no other thread uses it.
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

  /// The backend that takes this thread's commands: a Redirection of the thread, else the outermost
  /// decorator.
  Backend& backend() const;
  std::string_view name() const;
  /// This thread's stream of random numbers on the device.
  Generator generator() const;

  /// Puts a decorator around the backend, or takes the outermost one off again.
  void push(std::unique_ptr<Backend> decorator) const;
  std::unique_ptr<Backend> pop() const;
  /// How often decorators were put on or taken off: a program compiled before goes past them.
  std::uint64_t decorations() const;

  /// This thread's. The seed is at first the number of threads that have drawn on the device
  /// before, so that no two threads draw the same by accident.
  RandomState& random_state() const;

  friend bool operator==(const Device& a, const Device& b) { return a.state_ == b.state_; }

 private:
  friend class Redirection;
  struct State;
  std::shared_ptr<State> state_;
};

/// While it lives, this thread's commands for a device go to another backend. The innermost counts.
class Redirection {
 public:
  Redirection(Device device, Backend& to);
  ~Redirection();
  Redirection(const Redirection&) = delete;
  Redirection& operator=(const Redirection&) = delete;

  /// Where this thread's commands for `device` go, or null if they go their usual way.
  static Backend* find(const Device& device);

 private:
  Device device_;
  Backend& to_;
  const Redirection* outer_;
};

/// Where tensors are made when nothing else is said: what this thread has set, else what the main
/// thread has set, else the first registered backend.
Device default_device();
void set_default_device(const Device& device);

}  // namespace varve
