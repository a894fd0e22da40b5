// Reading the index of gather and scatter_add: i32, or with -DWIDE i64 as two words.
#include "status.glsl"

#ifdef WIDE
#define Index uvec2
#else
#define Index int
#endif

uint index_low(Index i) {
#ifdef WIDE
  return i.x;
#else
  return uint(i);
#endif
}

uint index_high(Index i) {
#ifdef WIDE
  return i.y;
#else
  return uint(i >> 31);
#endif
}

bool index_fits(Index i, uint size) { return index_high(i) == 0 && index_low(i) < size; }
