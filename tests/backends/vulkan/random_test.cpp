#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <numbers>

#include "tests/backends/vulkan/kernels.h"

using namespace varve;
using namespace varve::testing;

namespace {

using State = std::array<std::int32_t, 4>;  // seed low, seed high, step, draw

constexpr State states[] = {{0, 0, 0, 0}, {-1, -1, -1, -1}, {123456789, -987654321, 7, 42}};

std::uint32_t word_of(const State& s, std::size_t i) { return static_cast<std::uint32_t>(s[i]); }

/// The words of element i's block.
std::array<std::uint32_t, 4> block_of(const State& s, std::uint64_t i) {
  return philox({static_cast<std::uint32_t>(i / 4), static_cast<std::uint32_t>(i / 4 >> 32),
                 word_of(s, 3), word_of(s, 2)},
                {word_of(s, 0), word_of(s, 1)});
}

Command command_of(Rig& rig, const State& state, View out, Distribution distribution) {
  const View in = rig.make({4}, DType::i32);
  rig.put(in, std::vector<std::int32_t>(state.begin(), state.end()));
  Command command{Op::random, {in}, {std::move(out)}, {}};
  command.attributes.distribution = distribution;
  return command;
}

std::vector<float> draw(Rig& rig, const State& state, std::int64_t count,
                        Distribution distribution) {
  const View out = rig.make({count});
  rig.put(out, std::vector<float>(static_cast<std::size_t>(count), -7));
  vulkan::find_kernel(Op::random).kernel(command_of(rig, state, out, distribution), rig.stream);
  return rig.get<float>(out);
}

}  // namespace

TEST_SUITE("vulkan: random") {
  TEST_CASE("uniform numbers are Philox's, bit for bit") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const State& state : states)
      for (const std::int64_t count : awkward_sizes) {
        const auto got = draw(*rig, state, count, Distribution::uniform);
        for (std::size_t i = 0; i < got.size(); ++i)
          REQUIRE(got[i] == uniform_from_bits(block_of(state, i)[i % 4]));
      }
    // The known answer of Random123 for counter 0, key 0.
    CHECK(draw(*rig, states[0], 1, Distribution::uniform)[0] == uniform_from_bits(0x6627e8d5));
  }

  TEST_CASE("normal numbers are Box and Muller's, to the last digits") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const State& state : states) {
      const auto got = draw(*rig, state, 50001, Distribution::normal);
      for (std::size_t i = 0; i < got.size(); ++i) {
        const auto words = block_of(state, i);
        const std::size_t pair = i % 4 / 2 * 2;
        const double u = uniform_from_bits(words[pair]);
        const double turn = 2 * std::numbers::pi * double{uniform_from_bits(words[pair + 1])};
        const double radius = std::sqrt(-2 * std::log1p(-u));
        const double want = radius * (i % 2 == 1 ? std::sin(turn) : std::cos(turn));
        INFO("element ", i, " is ", got[i], ", not ", want);
        REQUIRE(std::abs(double{got[i]} - want) <= 1e-7 + 1e-6 * std::abs(want));
      }
    }
  }

  TEST_CASE("no draw is infinite: the largest word there is stays below one") {
    // u = (2^24 - 1) / 2^24 makes the longest radius; u = 0 the shortest.
    CHECK(uniform_from_bits(0xffffffff) < 1);
    const auto rig = make_rig();
    if (!rig) return;
    for (const float x : draw(*rig, {5, 0, 0, 0}, 400000, Distribution::normal))
      REQUIRE(std::abs(x) < 5.8F);
  }

  TEST_CASE("the same draws in parts, and into memory that lies apart") {
    const auto rig = make_rig();
    if (!rig) return;
    const State state{9, 8, 7, 6};
    vulkan::Traits traits = rig->context.traits();
    traits.max_range = 4096;
    Altered encoder(rig->stream, traits);
    const auto kernel = vulkan::find_kernel(Op::random).kernel;
    for (const auto distribution : {Distribution::uniform, Distribution::normal}) {
      const auto want = draw(*rig, state, 5003, distribution);
      const View whole = rig->make({5003});
      kernel(command_of(*rig, state, whole, distribution), encoder);
      CHECK(rig->get<float>(whole) == want);
      const View apart{rig->make({10006}).buffer, {5003}, {-2}, 10005, DType::f32};
      kernel(command_of(*rig, state, apart, distribution), rig->stream);
      vulkan::find_kernel(Op::copy).kernel({Op::copy, {apart}, {whole}, {}}, rig->stream);
      CHECK(rig->get<float>(whole) == want);
    }
  }

  TEST_CASE("the state may be a strided view") {
    const auto rig = make_rig();
    if (!rig) return;
    const View memory = rig->make({9}, DType::i32);
    rig->put(memory, std::vector<std::int32_t>{0, 4, 0, 3, 0, 2, 0, 1, 0});
    const View out = rig->make({12});
    const View state{memory.buffer, {4}, {-2}, 7, DType::i32};
    vulkan::find_kernel(Op::random).kernel({Op::random, {state}, {out}, {}}, rig->stream);
    CHECK(rig->get<float>(out) == draw(*rig, {1, 2, 3, 4}, 12, Distribution::uniform));
  }
}
