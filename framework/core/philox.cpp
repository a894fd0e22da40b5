#include "framework/core/philox.h"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>

namespace varve {

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) {
  const philox4x32_ctr_t c{{counter[0], counter[1], counter[2], counter[3]}};
  const philox4x32_key_t k{{key[0], key[1]}};
  const auto r = philox4x32(c, k);
  return {r.v[0], r.v[1], r.v[2], r.v[3]};
}

std::uint32_t PhiloxStream::bits() {
  const auto lane = static_cast<std::size_t>(index_ % 4);
  if (lane == 0) {
    const std::uint64_t block = index_ / 4;
    block_ =
        philox({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)},
               {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)});
  }
  ++index_;
  return block_[lane];
}

float PhiloxStream::normal() {
  const float u1 = 1.0F - uniform();  // (0, 1]: the logarithm is finite
  const float u2 = uniform();
  return std::sqrt(-2.0F * std::log(u1)) * std::cos(2.0F * std::numbers::pi_v<float> * u2);
}

std::uint32_t PhiloxStream::below(std::uint32_t bound) {
  // Lemire, "Fast random integer generation in an interval" (2019): multiply, reject the bias.
  std::uint64_t product = std::uint64_t{bits()} * bound;
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t threshold = (0U - bound) % bound;
    while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{bits()} * bound;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

}  // namespace varve
