#include "backends/vulkan/gemm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "backends/vulkan/shaders.h"

namespace varve::vulkan {

namespace {

// Terms of a part are a multiple of this, the depth of most tiles, and of a vector.
constexpr std::uint32_t split_unit = 16;

struct NamedTiles {
  std::string_view name;
  Tiles tiles;
};
constexpr std::array<NamedTiles, 4> named_tiles{{{"small", Tiles::small},
                                                 {"medium", Tiles::medium},
                                                 {"wide", Tiles::wide},
                                                 {"large", Tiles::large}}};

std::uint64_t tiles_in(const ProductSize& size, std::uint64_t rows, std::uint64_t columns) {
  return (size.m + rows - 1) / rows * ((size.n + columns - 1) / columns) * size.batches;
}

/// Which part of a processor's multiplications tiles of a kind get out of it, roughly: larger ones
/// load less for each.
double efficiency(Tiles tiles) {
  switch (tiles) {
    case Tiles::small:
      return 0.4;
    case Tiles::wide:
      return 0.65;
    case Tiles::medium:
      return 0.7;
    default:
      return 0.9;
  }
}

/// How long a card of so many processors takes, in multiplications of one of them. The figures were
/// read off an H200.
double cost(const ProductSize& size, Tiles tiles, std::uint64_t splits, std::uint64_t processors) {
  constexpr double start = 48;        // terms, until the first tiles are there
  constexpr double busy_warps = 8;    // that hide each other's waiting
  constexpr double most_groups = 4;   // at once
  constexpr double move = 17;         // of an element to or from memory
  constexpr double latency = 77'000;  // of memory
  const TileSize tile = size_of(tiles);
  const double area = static_cast<double>(tile.rows) * tile.columns;
  const std::uint64_t groups = tiles_in(size, tile.rows, tile.columns) * splits;
  // The processors take tiles in rounds; the last one may leave some of them idle.
  const auto rounds = static_cast<double>((groups + processors - 1) / processors);
  const double warps = std::min(rounds, most_groups) * tile.threads() / 32;
  const double rate = efficiency(tiles) * std::min(1.0, warps / busy_warps);
  const double terms = static_cast<double>(size.k) / static_cast<double>(splits) + start;
  const double sums = rounds * area * terms / rate;
  if (splits == 1) return sums;
  const auto parts = static_cast<double>(splits);
  return sums + area * move * (parts + 1) + latency * std::ceil(parts * area / 4096);
}

constexpr std::array card_tiles{Tiles::small, Tiles::wide, Tiles::medium, Tiles::large};

}  // namespace

TileSize size_of(Tiles tiles) {
  switch (tiles) {
    case Tiles::small:
      return {32, 32, 32, 4, 4};
    case Tiles::medium:
      return {64, 64, 16, 8, 4};
    case Tiles::wide:
      return {32, 128, 16, 4, 8};
    case Tiles::large:
      return {128, 128, 16, 8, 8};
    case Tiles::registers:
      return {16, 64, 1, 16, 8};
    case Tiles::narrow_registers:
      return {16, 16, 1, 16, 2};
  }
  return {};
}

Tiles choose_tiles(const ProductSize& size, std::uint64_t splits, const Traits& traits) {
  for (const NamedTiles& named : named_tiles) {
    if (named.name == traits.tiles) return named.tiles;
  }
  if (traits.software || traits.tiles == "register") {
    return size.n <= 16 ? Tiles::narrow_registers : Tiles::registers;
  }
  const std::uint64_t processors = std::max<std::uint32_t>(1, traits.compute_units);
  Tiles best = Tiles::small;
  double least = 0;
  for (const Tiles tiles : card_tiles) {
    if (size_of(tiles).shared_bytes() > traits.shared_bytes) continue;
    const double time = cost(size, tiles, splits, processors);
    if (least != 0 && time >= least) continue;
    best = tiles;
    least = time;
  }
  return best;
}

namespace {

/// Parts for lanes of a processor: only so many groups are wanted as make work for all, and a part
/// must be long enough. Two parts hardly pay for the second pass.
std::uint64_t splits_of_software(const ProductSize& size) {
  constexpr std::uint64_t least_chunk = 1024, groups = 8, most_splits = 64;
  const TileSize tile = size_of(Tiles::registers);
  const std::uint64_t splits = std::min(
      {size.k / least_chunk, most_splits, groups / tiles_in(size, tile.rows, tile.columns)});
  return std::max(splits < 3 ? 1 : splits, (size.k + most_terms - 1) / most_terms);
}

/// Parts for a card: as if each had 128 processors, since the sum may not depend on the card.
std::uint64_t splits_of_card(const ProductSize& size) {
  constexpr std::uint64_t least_chunk = 64, processors = 128;
  constexpr double worth = 0.85;  // of the time with fewer parts
  std::uint64_t best = 1;
  double least = 0;
  for (const std::uint64_t splits : {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64}) {
    if (splits > 1 && size.k / splits < least_chunk) break;
    for (const Tiles tiles :
         {Tiles::small, Tiles::medium, Tiles::large}) {  // square: either way up
      const double time = cost(size, tiles, splits, processors);
      if (least != 0 && time >= (best < splits ? worth * least : least)) continue;
      best = splits;
      least = time;
    }
  }
  return best;
}

}  // namespace

SplitK choose_split(const ProductSize& size, const Traits& traits) {
  if (size.k == 0) return {0, 0};
  const std::uint64_t splits = traits.software  ? splits_of_software(size)
                               : traits.split_k ? splits_of_card(size)
                                                : 1;
  if (splits < 2) return {1, static_cast<std::uint32_t>(size.k)};
  const std::uint64_t chunk =
      ((size.k + splits - 1) / splits + split_unit - 1) / split_unit * split_unit;
  return {static_cast<std::uint32_t>((size.k + chunk - 1) / chunk),
          static_cast<std::uint32_t>(chunk)};
}

GemmPlan plan_gemm(const ProductSize& size, const Traits& traits, bool may_split) {
  GemmPlan plan{size, Tiles::small, {size.k == 0 ? 0U : 1U, static_cast<std::uint32_t>(size.k)}};
  if (may_split) plan.split = choose_split(size, traits);
  plan.tiles = choose_tiles(size, std::max<std::uint32_t>(1, plan.split.splits), traits);
  return plan;
}

GemmPush push_of(const GemmPlan& plan) {
  const auto narrow = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
  return {narrow(plan.size.m), narrow(plan.size.n), narrow(plan.size.k),
          plan.split.chunk,    plan.split.splits,   narrow(plan.size.batches)};
}

Constants constants_of(const GemmPlan& plan, const GemmAccess& access, const Traits& traits) {
  const TileSize tile = size_of(plan.tiles);
  if (in_registers(plan.tiles)) {
    const std::uint32_t lanes = traits.subgroup_size;
    return {lanes >= 8   ? 8U
            : lanes >= 4 ? 4U
                         : 1U,
            tile.thread_columns, access.activation > Activation::relu};
  }
  // A processor's compiler takes too long over long code.
  const std::uint32_t unroll = traits.software ? 4 : tile.depth;
  return {tile.threads(),
          tile.rows,
          tile.columns,
          tile.depth,
          tile.thread_rows,
          tile.thread_columns,
          access.a_vectors,
          access.b_vectors,
          access.c_along_m,
          unroll,
          static_cast<std::uint32_t>(access.activation),
          access.a_along_k,
          access.b_along_k};
}

std::uint64_t GemmPlan::tile_count() const {
  const TileSize tile = size_of(tiles);
  return tiles_in(size, tile.rows, tile.columns);
}

View bind_parts(Dispatch& dispatch, GemmPush& push, const GemmPlan& plan, Encoder& encoder) {
  if (!plan.joins()) return {};
  const TileSize tile = size_of(plan.tiles);
  const std::uint64_t sums = plan.tile_count() * plan.split.splits * tile.rows * tile.columns;
  View partial = encoder.scratch({static_cast<std::int64_t>(sums)});
  push.partial = dispatch.update(partial);
  push.counters = dispatch.update(encoder.counters(plan.tile_count()));
  return partial;
}

Groups groups_of(const GemmPlan& plan, const Traits& traits) {
  const TileSize tile = size_of(plan.tiles);
  return groups_for(traits, tiles_in(plan.size, tile.rows, tile.columns) * plan.split.splits, 1);
}

void add_splits(Op op, std::uint32_t splits, std::uint64_t count, const View& partial,
                const View* bias, const View& out, const SplitResult& result, Encoder& encoder) {
  struct {
    std::uint32_t count, splits, slow, fast, inner, partial_at, bias_at, c_at;
    std::int32_t c_slow, c_fast, c_inner, c_outer, bias_slow, bias_fast;
    std::uint32_t has_bias, activation;
  } push{static_cast<std::uint32_t>(count),
         splits,
         result.slow,
         result.fast,
         result.inner,
         0,
         0,
         0,
         result.c_slow,
         result.c_fast,
         result.c_inner,
         result.c_outer,
         result.bias_slow,
         result.bias_fast,
         bias != nullptr,
         static_cast<std::uint32_t>(result.activation)};
  Dispatch d(encoder.traits(), shaders::gemm_reduce, op);
  push.partial_at = d.read(partial);
  push.bias_at = d.read(bias != nullptr ? *bias : partial);
  push.c_at = d.write(out);
  d.push(push);
  encoder.run(d, groups_for(encoder.traits(), count, 256));
}

Divisor make_divisor(std::uint32_t divisor) {
  std::uint32_t shift = 0;
  while ((std::uint64_t{1} << shift) < divisor) ++shift;
  const std::uint64_t rest = (std::uint64_t{1} << shift) - divisor;
  return {static_cast<std::uint32_t>((rest << 32) / divisor + 1), shift};
}

}  // namespace varve::vulkan
