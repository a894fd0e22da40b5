#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "backends/cpu/flat_kernel.h"
#include "backends/cpu/kernel.h"

namespace varve::cpu {

/// Elements that a chain of elementwise ops works on at a time, so that what one op leaves is still
/// in L1 for the next; also the block of which a full sum keeps one partial sum.
inline constexpr std::int64_t tile_size = 1024;

/// nullptr if there is none for these dtypes. `in` is the last operand's.
FlatKernel flat_kernel(Op op, DType in, DType out, const Attributes& attributes);

/// One operand of a chain.
struct Operand {
  enum class Place : std::uint8_t {
    memory,  ///< packed: used where it lies
    staged,  ///< strided: tiles go through a slot
    fixed,   ///< one element: fills its slot once
    slot,    ///< never in memory: an earlier op of the chain leaves it in the slot
  };
  Place place = Place::memory;
  int slot = -1;
  Walk walk;
};

/// One op of a chain: an elementwise one, or a sum over everything.
struct Link {
  FlatKernel kernel = nullptr;  ///< nullptr: a sum of in[0]
  const Attributes* attributes = nullptr;
  bool is_sum() const { return kernel == nullptr; }
  DType dtype = DType::f32;  ///< of the sum
  std::size_t arity = 0;
  std::array<Operand, 3> in;
  Operand out;  ///< of a sum: the one element
};

/// The operand for a view; takes a slot from `slots` if it needs one.
Operand make_operand(const View& view, int& slots);
Link make_link(const Command& command, int& slots);

/// Whether the command is a sum over all elements: it may end a chain.
bool is_full_sum(const Command& command);
Link make_sum_link(const Command& command, int& slots);

/// Runs the links tile by tile over `count` elements.
void run_chain(std::span<const Link> links, std::int64_t count, int slots, ThreadPool& pool);

/// The kernel of every elementwise op: a chain of one.
void run_elementwise(const Command& command, ThreadPool& pool);

// Full sums, shared with the reductions: tiles of tile_size are summed on their own, then their
// sums in order.

/// Sum of up to tile_size packed elements, in the accumulator of the dtype: double for floats.
union Partial {
  double floating;
  std::int64_t integer;
};
Partial sum_tile(DType dtype, std::int64_t count, const void* from);
void store_total(DType dtype, std::span<const Partial> partials, void* to);

}  // namespace varve::cpu
