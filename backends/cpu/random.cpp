#include <algorithm>
#include <array>
#include <numbers>
#include <type_traits>

#include "backends/cpu/kernel.h"
#include "backends/cpu/simd.h"
#include "framework/core/philox.h"

namespace varve::cpu {

namespace {

// Counters that run side by side, so that the compiler and xsimd fill their vectors.
constexpr std::size_t width = 64;
constexpr std::int64_t block = 4 * width;  // elements
constexpr std::int64_t blocks_per_task = 16;

using Words = std::array<std::uint32_t, width>;

/// Philox4x32-10 (Salmon et al., 2011) on `width` consecutive counters.
void philox(std::uint64_t counter, const std::int32_t* state, std::array<Words, 4>& c) {
  for (std::size_t i = 0; i < width; ++i) {
    c[0][i] = static_cast<std::uint32_t>(counter + i);
    c[1][i] = static_cast<std::uint32_t>((counter + i) >> 32);
    c[2][i] = static_cast<std::uint32_t>(state[3]);
    c[3][i] = static_cast<std::uint32_t>(state[2]);
  }
  auto key0 = static_cast<std::uint32_t>(state[0]);
  auto key1 = static_cast<std::uint32_t>(state[1]);
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < width; ++i) {
      const std::uint64_t first = 0xD2511F53ULL * c[0][i];
      const std::uint64_t second = 0xCD9E8D57ULL * c[2][i];
      c[0][i] = static_cast<std::uint32_t>(second >> 32) ^ c[1][i] ^ key0;
      c[1][i] = static_cast<std::uint32_t>(second);
      c[2][i] = static_cast<std::uint32_t>(first >> 32) ^ c[3][i] ^ key1;
      c[3][i] = static_cast<std::uint32_t>(first);
    }
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
}

/// [0, 1): with 24 bits in f32, and with 53 in f64, which takes second words for them.
template <class T>
void uniform(std::uint64_t counter, const std::int32_t* state,
             std::array<std::array<T, width>, 4>& u) {
  std::array<Words, 4> high;
  philox(counter, state, high);
  if constexpr (std::is_same_v<T, float>) {
    for (std::size_t j = 0; j < 4; ++j) {
      for (std::size_t i = 0; i < width; ++i) {
        u[j][i] = static_cast<float>(static_cast<std::int32_t>(high[j][i] >> 8)) * 0x1p-24F;
      }
    }
  } else {
    std::array<Words, 4> low;
    philox(counter | second_words, state, low);
    for (std::size_t j = 0; j < 4; ++j) {
      for (std::size_t i = 0; i < width; ++i) u[j][i] = uniform_from_bits(high[j][i], low[j][i]);
    }
  }
}

/// Box and Muller (1958): two uniforms to two normals, in place.
template <class T>
void to_normal(std::array<T, width>& u1, std::array<T, width>& u2) {
  for (std::size_t i = 0; i < width; i += static_cast<std::size_t>(lanes<T>)) {
    const Batch<T> one_less = T{1} - load(u1.data() + i);  // (0, 1]: the logarithm is finite
    const Batch<T> radius = xsimd::sqrt(T{-2} * xsimd::log(one_less));
    const auto [sine, cosine] = xsimd::sincos(2 * std::numbers::pi_v<T> * load(u2.data() + i));
    (radius * cosine).store_unaligned(u1.data() + i);
    (radius * sine).store_unaligned(u2.data() + i);
  }
}

/// Elements [first, first + count), count <= block.
template <class T>
void draw(const Command& command, std::int64_t first, std::int64_t count, T* out) {
  std::array<std::array<T, width>, 4> values;
  uniform<T>(static_cast<std::uint64_t>(first / 4), command.in[0].data<std::int32_t>(), values);
  if (command.attributes.distribution == Distribution::normal) {
    to_normal(values[0], values[1]);
    to_normal(values[2], values[3]);
  }
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = values[static_cast<std::size_t>(i % 4)][static_cast<std::size_t>(i / 4)];
  }
}

void random(const Command& command, ThreadPool& pool) {
  const std::int64_t count = command.out[0].shape.numel();
  const std::int64_t blocks = pieces(count, block);
  dispatch_floating(command.out[0].dtype, [&]<class T>() {
    const PackedResult out(command.out[0], pool);
    pool.parallel_for(pieces(blocks, blocks_per_task), [&](std::int64_t task) {
      const std::int64_t end = std::min((task + 1) * blocks_per_task, blocks);
      for (std::int64_t b = task * blocks_per_task; b < end; ++b) {
        const std::int64_t first = b * block;
        draw(command, first, std::min(block, count - first), out.as<T>() + first);
      }
    });
  });
}

}  // namespace

Kernel random_kernel(Op op) { return op == Op::random ? random : nullptr; }

}  // namespace varve::cpu
