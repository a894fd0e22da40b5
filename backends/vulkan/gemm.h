#pragma once

#include <cstdint>
#include <optional>

#include "backends/vulkan/encoder.h"
#include "framework/backend/backend.h"

namespace varve::vulkan {

/// `batches` products C (m x n) = A (m x k) B (k x n).
struct ProductSize {
  std::uint64_t m = 1, n = 1, k = 1;
  std::uint64_t batches = 1;
};

/// What a work group computes of a product: by shaders/gemm_tiled.glsl, and the last two by
/// shaders/gemm_register.glsl.
enum class Tiles : std::uint8_t { small, medium, wide, large, registers, narrow_registers };
constexpr bool in_registers(Tiles tiles) { return tiles >= Tiles::registers; }

struct TileSize {
  std::uint32_t rows, columns;                ///< of C
  std::uint32_t depth;                        ///< terms that lie in shared memory at a time
  std::uint32_t thread_rows, thread_columns;  ///< of C, in one invocation

  std::uint32_t threads() const { return rows / thread_rows * (columns / thread_columns); }
  std::uint32_t shared_bytes() const { return 4 * depth * (rows + 4 + columns + 4); }
};
TileSize size_of(Tiles tiles);

/// The tiles for a product, of which each group sums one of `splits` parts: by its shape, the
/// number of processors and the shared memory; those that Traits::tiles names if it names any.
/// Every choice gives the same bits.
Tiles choose_tiles(const ProductSize& size, std::uint64_t splits, const Traits& traits);

/// What one invocation of a processor that plays a GPU may add up: lavapipe ends a shader's loops,
/// silently, when they have made 65535 rounds together, and a round here takes two terms or more.
inline constexpr std::uint64_t most_terms = 65536;

/// How the terms of each sum are shared out: into `splits` parts of `chunk` terms, which then are
/// added in order. It depends on the shape alone, and on whether the device is a processor: the
/// order of a sum is part of the result.
struct SplitK {
  std::uint32_t splits = 1, chunk = 0;
};
SplitK choose_split(const ProductSize& size, const Traits& traits);

/// A product that is about to be encoded.
struct GemmPlan {
  ProductSize size;
  Tiles tiles = Tiles::small;
  SplitK split;

  /// Whether the kernel adds up the parts itself; else they go to add_splits().
  bool joins() const { return split.splits > 1 && !in_registers(tiles); }
  bool leaves_parts() const { return split.splits > 1 && in_registers(tiles); }
  std::uint64_t tile_count() const;
};
GemmPlan plan_gemm(const ProductSize& size, const Traits& traits, bool may_split);

/// The head of every product's push constants: GEMM_PUSH in shaders/gemm.glsl.
struct GemmPush {
  std::uint32_t m, n, k, chunk, splits, batches;
  std::uint32_t a = 0, b = 0, bias = 0, c = 0;  ///< places of the first elements
  std::uint32_t has_bias = 0, activation = 0;
  std::uint32_t partial = 0, counters = 0;
};
GemmPush push_of(const GemmPlan& plan);

/// What the tiled shaders are specialized for.
struct GemmAccess {
  bool a_vectors = false, b_vectors = false;  ///< four neighbours in memory may be read at once
  bool c_along_m = false;                     ///< neighbours in memory are neighbours in m
  Activation activation = Activation::identity;
  bool a_along_k = false, b_along_k = false;  ///< of matmul.comp; the convolutions know theirs
};
Constants constants_of(const GemmPlan& plan, const GemmAccess& access, const Traits& traits);

/// The variants of a product's shader.
struct ProductShaders {
  const Shader &tiled, &joined, &registers;

  const Shader& of(const GemmPlan& plan) const {
    return plan.joins() ? joined : in_registers(plan.tiles) ? registers : tiled;
  }
};
/// Binds what a kernel that joins parts does so by, as the last of its bindings; returns memory to
/// hold until the dispatch is encoded.
View bind_parts(Dispatch& dispatch, GemmPush& push, const GemmPlan& plan, Encoder& encoder);

Groups groups_of(const GemmPlan& plan, const Traits& traits);

/// Where sums over splits go. Sizes and strides as in shaders/gemm_reduce.comp: the partial sums
/// lie as [splits, batch, slow, fast].
struct SplitResult {
  std::uint32_t slow = 1, fast = 1, inner = 1;
  std::int32_t c_slow = 0, c_fast = 1, c_inner = 0, c_outer = 0;
  std::int32_t bias_slow = 0, bias_fast = 0;
  Activation activation = Activation::identity;
};
/// Adds `splits` partial sums of `count` elements each, then bias and activation. For no splits
/// `partial` may be anything.
void add_splits(Op op, std::uint32_t splits, std::uint64_t count, const View& partial,
                const View* bias, const View& out, const SplitResult& result, Encoder& encoder);

/// For quotient() in shaders/gemm.glsl: x / divisor for x < 2^31. (Granlund and Montgomery,
/// "Division by invariant integers using multiplication", 1994.)
struct Divisor {
  std::uint32_t multiplier = 1, shift = 0;
};
Divisor make_divisor(std::uint32_t divisor);

}  // namespace varve::vulkan
