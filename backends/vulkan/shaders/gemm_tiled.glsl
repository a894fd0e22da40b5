// The skeleton for GPUs. A work group computes a BM x BN tile of C: it brings BM x BK of A and
// BK x BN of B into shared memory, and while it multiplies them the next ones are on their way into
// registers. An invocation computes TM x TN, in blocks of 4 x 4 that lie apart, so that neighbours
// read neighbouring vectors of shared memory. Beside what gemm.glsl asks for the shader defines
//
//     A_ALONG_K, B_ALONG_K     whether neighbours in memory are neighbours in k (else in m, n)
//     vec4 load_a4(ARow, ATerm), load_b4(BColumn, BTerm)   four neighbours

// With JOINS the group that is the last to have its part of a tile adds all parts up, from the first
// to the last whoever was the last, and finishes. JOINS is the first of two bindings: sums of tiles,
// part by part, and a number for each tile, which is 0 before and after.

layout(local_size_x_id = 0) in;  // (BM / TM) (BN / TN)
layout(constant_id = 0) const uint THREADS = 64;
layout(constant_id = 1) const uint BM = 32;
layout(constant_id = 2) const uint BN = 32;
layout(constant_id = 3) const uint BK = 32;
layout(constant_id = 4) const uint TM = 4;
layout(constant_id = 5) const uint TN = 4;
layout(constant_id = 6) const bool A_VECTORS = false;  // load_a4 may be used
layout(constant_id = 7) const bool B_VECTORS = false;
layout(constant_id = 8) const bool C_ALONG_M = false;  // neighbours in memory are neighbours in m
layout(constant_id = 9) const uint UNROLL = 16;        // of the loop over BK

#ifdef JOINS
layout(set = 0, binding = JOINS) coherent buffer Partial { vec4 partial[]; };
layout(set = 0, binding = JOINS + 1) coherent buffer Counters { uint counters[]; };
#endif

// Tiles lie with m (n) innermost, in vectors; a line more than BM / 4 spreads them over the banks.
const uint PITCH_A = BM / 4 + 1;
const uint PITCH_B = BN / 4 + 1;
shared vec4 tile_a[BK * PITCH_A];
shared vec4 tile_b[BK * PITCH_B];

// An invocation brings so many vectors of each tile.
const uint LOADS_A = BM * BK / 4 / THREADS;
const uint LOADS_B = BN * BK / 4 / THREADS;
vec4 next_a[LOADS_A];
vec4 next_b[LOADS_B];
ARow a_rows[LOADS_A * 4];
BColumn b_columns[LOADS_B * 4];

// Where vector i of this invocation lies in a tile of `size` rows: (row, k).
uvec2 place_in_tile(uint i, uint size, bool along_k) {
  const uint unit = gl_LocalInvocationID.x + i * THREADS;
  return along_k ? uvec2(unit / (BK / 4), unit % (BK / 4) * 4)
                 : uvec2(unit % (size / 4) * 4, unit / (size / 4));
}

void prepare(uint m0, uint n0) {
  [[unroll]] for (uint i = 0; i < LOADS_A; ++i) {
    const uint m = m0 + place_in_tile(i, BM, A_ALONG_K).x;
    a_rows[i * 4] = a_row(m);
    if (!A_ALONG_K && !A_VECTORS) {
      [[unroll]] for (uint j = 1; j < 4; ++j) a_rows[i * 4 + j] = a_row(m + j);
    }
  }
  [[unroll]] for (uint i = 0; i < LOADS_B; ++i) {
    const uint n = n0 + place_in_tile(i, BN, B_ALONG_K).x;
    b_columns[i * 4] = b_column(n);
    if (!B_ALONG_K && !B_VECTORS) {
      [[unroll]] for (uint j = 1; j < 4; ++j) b_columns[i * 4 + j] = b_column(n + j);
    }
  }
}

vec4 fetch_a(uint i, uint k0) {
  const uint k = k0 + place_in_tile(i, BM, A_ALONG_K).y;
  if (A_VECTORS) return load_a4(a_rows[i * 4], a_term(k));
  vec4 v;
  [[unroll]] for (uint j = 0; j < 4; ++j) {
    v[j] = A_ALONG_K ? load_a(a_rows[i * 4], a_term(k + j)) : load_a(a_rows[i * 4 + j], a_term(k));
  }
  return v;
}

vec4 fetch_b(uint i, uint k0) {
  const uint k = k0 + place_in_tile(i, BN, B_ALONG_K).y;
  if (B_VECTORS) return load_b4(b_columns[i * 4], b_term(k));
  vec4 v;
  [[unroll]] for (uint j = 0; j < 4; ++j) {
    v[j] = B_ALONG_K ? load_b(b_columns[i * 4], b_term(k + j))
                     : load_b(b_columns[i * 4 + j], b_term(k));
  }
  return v;
}

void fetch(uint k0) {
  [[unroll]] for (uint i = 0; i < LOADS_A; ++i) next_a[i] = fetch_a(i, k0);
  [[unroll]] for (uint i = 0; i < LOADS_B; ++i) next_b[i] = fetch_b(i, k0);
}

// From the registers to shared memory; k is turned outwards.
void put() {
  [[unroll]] for (uint i = 0; i < LOADS_A; ++i) {
    const uvec2 at = place_in_tile(i, BM, A_ALONG_K);
    if (A_ALONG_K) {
      [[unroll]] for (uint j = 0; j < 4; ++j) {
        tile_a[(at.y + j) * PITCH_A + at.x / 4][at.x % 4] = next_a[i][j];
      }
    } else {
      tile_a[at.y * PITCH_A + at.x / 4] = next_a[i];
    }
  }
  [[unroll]] for (uint i = 0; i < LOADS_B; ++i) {
    const uvec2 at = place_in_tile(i, BN, B_ALONG_K);
    if (B_ALONG_K) {
      [[unroll]] for (uint j = 0; j < 4; ++j) {
        tile_b[(at.y + j) * PITCH_B + at.x / 4][at.x % 4] = next_b[i][j];
      }
    } else {
      tile_b[at.y * PITCH_B + at.x / 4] = next_b[i];
    }
  }
}

const uint BLOCKS_M = TM / 4;
const uint BLOCKS_N = TN / 4;
vec4 sums[TM * BLOCKS_N];  // row by row

// One term of every sum. `along_m`, `along_n`: the number of this invocation in the group's tile.
void multiply(uint k, uint along_m, uint along_n) {
  vec4 a_part[BLOCKS_M];
  vec4 b_part[BLOCKS_N];
  [[unroll]] for (uint i = 0; i < BLOCKS_M; ++i) {
    a_part[i] = tile_a[k * PITCH_A + i * (BM / TM) + along_m];
  }
  [[unroll]] for (uint j = 0; j < BLOCKS_N; ++j) {
    b_part[j] = tile_b[k * PITCH_B + j * (BN / TN) + along_n];
  }
  [[unroll]] for (uint i = 0; i < TM; ++i) {
    [[unroll]] for (uint j = 0; j < BLOCKS_N; ++j) {
      sums[i * BLOCKS_N + j] = fma(vec4(a_part[i / 4][i % 4]), b_part[j], sums[i * BLOCKS_N + j]);
    }
  }
}

void store_sums(uint m0, uint n0) {
  [[unroll]] for (uint j = 0; j < TN; ++j) {
    const uint n = n0 + j / 4 * (BN / BLOCKS_N) + j % 4;
    if (n >= columns) continue;
    const CColumn column = c_column(n);
    [[unroll]] for (uint i = 0; i < TM; ++i) {
      const uint m = m0 + i / 4 * (BM / BLOCKS_M) + i % 4;
      if (m < rows) store(column, m, sums[i * BLOCKS_N + j / 4][j % 4]);
    }
  }
}

#ifdef JOINS
const uint AHEAD = 16 / (TM * BLOCKS_N);
shared bool is_last;

// Puts this part's sums down; true for the group that came last: its sums are then those of all.
bool join(uint tile, uint part) {
  const uint size = TM * BLOCKS_N * THREADS;
  const uint first = p.partial / 4 + tile * p.splits * size + gl_LocalInvocationID.x;
  [[unroll]] for (uint i = 0; i < TM * BLOCKS_N; ++i) {
    partial[first + part * size + i * THREADS] = sums[i];
  }
  memoryBarrierBuffer();
  barrier();
  if (gl_LocalInvocationID.x == 0) {
    const uint before = atomicAdd(counters[p.counters + tile], 1u);
    is_last = before == p.splits - 1;
    if (is_last) counters[p.counters + tile] = 0u;
  }
  barrier();
  if (!is_last) return false;
  memoryBarrierBuffer();
  [[unroll]] for (uint i = 0; i < TM * BLOCKS_N; ++i) sums[i] = vec4(0.0);
  [[dont_unroll]] for (uint s = 0; s < p.splits; s += AHEAD) {
    vec4 parts[AHEAD * TM * BLOCKS_N];  // on their way together
    [[unroll]] for (uint j = 0; j < AHEAD; ++j) {
      const uint at = first + min(s + j, p.splits - 1) * size;
      [[unroll]] for (uint i = 0; i < TM * BLOCKS_N; ++i) {
        parts[j * TM * BLOCKS_N + i] = partial[at + i * THREADS];
      }
    }
    [[unroll]] for (uint j = 0; j < AHEAD; ++j) {
      if (s + j >= p.splits) break;
      [[unroll]] for (uint i = 0; i < TM * BLOCKS_N; ++i) sums[i] += parts[j * TM * BLOCKS_N + i];
    }
  }
  return true;
}
#endif

void main() {
  const uint tiles_m = (p.m + BM - 1) / BM;
  const uint tiles_n = (p.n + BN - 1) / BN;
  const uint tile = group_number() % (tiles_m * tiles_n);
  const uint part = group_number() / (tiles_m * tiles_n);
  if (part >= p.splits * p.batches) return;  // all of the group, so that none misses a barrier
  const uint m0 = tile % tiles_m * BM;
  const uint n0 = tile / tiles_m * BN;
  rows = p.m;
  columns = p.n;
  k_begin = part % p.splits * p.chunk;
  k_end = min(p.k, k_begin + p.chunk);
#ifdef JOINS
  begin(part / p.splits, 0);
#else
  begin(part / p.splits, part % p.splits);
#endif
  if (m0 >= rows || n0 >= columns) return;

  const uint t = gl_LocalInvocationID.x;
  const uint along_m = C_ALONG_M ? t % (BM / TM) : t / (BN / TN);
  const uint along_n = C_ALONG_M ? t / (BM / TM) : t % (BN / TN);
  [[unroll]] for (uint i = 0; i < TM * BLOCKS_N; ++i) sums[i] = vec4(0.0);
  prepare(m0, n0);
  fetch(k_begin);
  [[dont_unroll]] for (uint k = k_begin; k < k_end; k += BK) {
    barrier();
    put();
    barrier();
    if (k + BK < k_end) fetch(k + BK);
    [[dont_unroll]] for (uint i = 0; i < BK; i += UNROLL) {
      [[unroll]] for (uint j = 0; j < UNROLL; ++j) multiply(i + j, along_m, along_n);
    }
  }
#ifdef JOINS
  if (!join(part / p.splits * (tiles_m * tiles_n) + tile, part % p.splits)) return;
#endif
  store_sums(m0 + along_m * 4, n0 + along_n * 4);
}
