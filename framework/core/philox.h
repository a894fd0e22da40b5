#pragma once

#include <array>
#include <cstdint>

namespace varve {

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four
/// random words as a pure function of counter and key. Every random number in Varve comes from it,
/// so a draw is a function of (seed, step, draw, index) on every backend and at any thread count.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key);

/// [0, 1) with 24 bits: exact in float.
constexpr float uniform_from_bits(std::uint32_t bits) {
  return static_cast<float>(bits >> 8) * 0x1p-24F;
}

/// A host-side stream of draws: (seed, stream) names it and `index` walks along it.
/// Data order, transforms, embedded data and initial weights come from such streams.
class PhiloxStream {
 public:
  PhiloxStream(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

  std::uint32_t bits();
  /// Uniform on [0, 1).
  float uniform() { return uniform_from_bits(bits()); }
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  /// Standard normal, by Box and Muller.
  float normal();
  /// Uniform on {0, ..., bound - 1}, without modulo bias.
  std::uint32_t below(std::uint32_t bound);

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t index_ = 0;
  std::array<std::uint32_t, 4> block_{};
};

}  // namespace varve
