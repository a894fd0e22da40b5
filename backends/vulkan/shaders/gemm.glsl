// What all matrix products share: C (m x n) = A (m x k) B (k x n), summed in the order of k. A
// shader defines the operands and then includes a skeleton, gemm_tiled.glsl or gemm_register.glsl:
//
//     struct ARow, ATerm       what an element of A needs to know of its row, and of its k
//     ARow a_row(uint m)
//     ATerm a_term(uint k)     for k >= k_end, too: its elements are 0
//     float load_a(ARow, ATerm)
//     struct BColumn, BTerm, b_column(n), b_term(k), load_b(BColumn, BTerm)   likewise
//     struct CColumn, c_column(n), store(CColumn, uint m, float sum)   with bias and activation
//     void begin(uint batch, uint split)   may lower rows, columns and k_end
//
// Loads of rows and columns past the end are allowed and give anything finite or 0; nothing is
// stored for them. A sum is the same bits whatever the skeleton and the tile, because each adds the
// terms one by one from the first to the last with fma(), then 0 x 0.

#extension GL_EXT_control_flow_attributes : require
#include "functions.glsl"
#include "grid.glsl"

// The head of the push constants; GemmPush in gemm.h.
#define GEMM_PUSH                                                                       \
  uint m, n, k;         /* of one batch */                                              \
  uint chunk, splits;   /* the terms that one group sums; how many such parts there are */ \
  uint batches;                                                                         \
  uint a, b, bias, c;   /* places of the first elements */                              \
  uint has_bias, activation;                                                            \
  uint partial, counters; /* places, where the tiled skeleton adds up the parts itself */

uint rows, columns;   // of the result
uint k_begin, k_end;  // the terms that this group sums

// x / d for x < 2^31, by the multiplier and shift that the host made for d (Granlund and
// Montgomery, "Division by invariant integers using multiplication", 1994).
uint quotient(uint x, uint multiplier, uint shift) {
  uint high, low;
  umulExtended(x, multiplier, high, low);
  return (high + x) >> shift;
}

// The last step of a result. A tiled shader is specialized for its activation; another only for
// whether it needs those that take long to compile and to compute.
#ifdef TILED
layout(constant_id = 10) const uint ACTIVATION = 0;
#define FINISH(sum) activate(ACTIVATION, sum)
#else
layout(constant_id = 2) const bool CURVED = true;  // the activation may be more than relu
#define FINISH(sum) \
  (CURVED ? activate(p.activation, sum) : (sum) < 0.0 && p.activation == 1 ? 0.0 : (sum))
#endif

// Both without a branch: the place to read, and what was read.
uint place_if(bool inside, int at, uint otherwise) { return mix(otherwise, uint(at), inside); }
float value_if(bool inside, float value) { return mix(0.0, value, inside); }
vec4 value_if(bool inside, vec4 value) { return mix(vec4(0.0), value, bvec4(inside)); }
