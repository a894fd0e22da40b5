#pragma once

#include <cstdint>

#include "framework/core/philox.h"
#include "framework/tensor/tensor.h"

namespace varve {

/// A device's random numbers, as a handle. Value i of draw d in step s under seed k is lane i mod 4
/// of philox(counter = {i / 4, d, s}, key = k): no state but (k, s, d), which lies in device memory
/// and counts d up by itself, so that a captured step draws new numbers each time it is replayed.
class Generator {
 public:
  explicit Generator(Device device) : device_(std::move(device)) {}

  /// Starts anew at step 0, and the host streams too.
  void seed(std::uint64_t seed);
  std::uint64_t seed() const;
  /// Moves to the first draw of a step. Call it outside of capture().
  void set_step(std::uint64_t step);

  /// Uniform on [0, 1).
  Tensor uniform(Shape shape, DType dtype = DType::f32);
  /// Standard normal, by Box and Muller.
  Tensor normal(Shape shape, DType dtype = DType::f32);

  /// A new host-side stream: initial weights come from these, bit-identical on every backend.
  PhiloxStream host_stream();

  /// Makes the state on the device if it is not there yet (it cannot be made while recording).
  void prepare();

 private:
  View counter() const;
  void write_counter(std::uint64_t step);
  Tensor draw(Distribution distribution, Shape shape, DType dtype);

  Device device_;
};

/// Seeds the generator of the default device.
void manual_seed(std::uint64_t seed);

}  // namespace varve
