#pragma once

#include <array>
#include <cstdint>

namespace varve {

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four
/// random words as a pure function of counter and key. Every random number in Varve comes from it,
/// so a draw is a function of (seed, step, draw, index) on every backend and at any thread count.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key);

/// [0, 1) with 24 bits: exact in float. A standard normal made of such numbers by Box and Muller
/// lies within sqrt(48 ln 2) = 5.77 of 0.
constexpr float uniform_from_bits(std::uint32_t bits) {
  return static_cast<float>(bits >> 8) * 0x1p-24F;
}

/// [0, 1) with 53 bits: exact in double, and equal to the float of `high` in its first 24 bits.
/// A standard normal made of such numbers lies within sqrt(106 ln 2) = 8.57 of 0.
constexpr double uniform_from_bits(std::uint32_t high, std::uint32_t low) {
  const auto first = static_cast<std::int32_t>(high >> 5);                         // 27 bits
  const auto second = static_cast<std::int32_t>((high & 31) << 21 | (low >> 11));  // 26 bits
  return static_cast<double>(first) * 0x1p-27 + static_cast<double>(second) * 0x1p-53;
}

/// Which counter holds the second words of f64 draws: `block`, the first half of the counter that
/// holds the first words, with this bit set.
inline constexpr std::uint64_t second_words = std::uint64_t{1} << 63;

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
