// The skeleton for processors that play a GPU, such as lavapipe. There a load costs as much as
// dozens of multiplications, shared memory costs what any memory does, and barriers are dear. Eight
// invocations compute ROWS x (8 x COLUMNS), each COLUMNS columns, all in registers. The invocations
// load different elements of A and read them from each other.

#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_ballot : require

const uint INVOCATIONS = 8;
layout(local_size_x = 8) in;
// Invocations of a subgroup among which elements of A are spread: 8, 4, or 1 for none.
layout(constant_id = 0) const uint LANES = 1;
layout(constant_id = 1) const uint COLUMNS = 8;

const uint ROWS = 16;
const uint STEPS = 2;  // terms a round: what is added up is written back less often
const uint LOADS_A = ROWS / LANES;

float sums[ROWS * COLUMNS];

void sum_terms(uint m0, uint n0) {
  const uint lane = LANES == 1 ? 0 : gl_SubgroupInvocationID % LANES;
  ARow a_rows[LOADS_A];
  BColumn b_columns[COLUMNS];
  [[unroll]] for (uint i = 0; i < LOADS_A; ++i) a_rows[i] = a_row(m0 + i * LANES + lane);
  [[unroll]] for (uint j = 0; j < COLUMNS; ++j) b_columns[j] = b_column(n0 + j * INVOCATIONS);
  [[dont_unroll]] for (uint k = k_begin; k < k_end; k += STEPS) {
    float a_part[LOADS_A * STEPS];
    float b_part[COLUMNS * STEPS];
    [[unroll]] for (uint s = 0; s < STEPS; ++s) {
      const ATerm a = a_term(k + s);
      [[unroll]] for (uint i = 0; i < LOADS_A; ++i) a_part[i * STEPS + s] = load_a(a_rows[i], a);
      const BTerm b = b_term(k + s);
      [[unroll]] for (uint j = 0; j < COLUMNS; ++j) b_part[j * STEPS + s] = load_b(b_columns[j], b);
    }
    [[unroll]] for (uint i = 0; i < ROWS; ++i) {
      float row[STEPS];
      [[unroll]] for (uint s = 0; s < STEPS; ++s) {
        row[s] = a_part[i / LANES * STEPS + s];
        if (LANES > 1) row[s] = subgroupBroadcast(row[s], i % LANES);
      }
      [[unroll]] for (uint j = 0; j < COLUMNS; ++j) {
        [[unroll]] for (uint s = 0; s < STEPS; ++s) {
          sums[i * COLUMNS + j] = fma(row[s], b_part[j * STEPS + s], sums[i * COLUMNS + j]);
        }
      }
    }
  }
}

void main() {
  const uint tiles_m = (p.m + ROWS - 1) / ROWS;
  const uint tiles_n = (p.n + INVOCATIONS * COLUMNS - 1) / (INVOCATIONS * COLUMNS);
  const uint tile = group_number() % (tiles_m * tiles_n);
  const uint part = group_number() / (tiles_m * tiles_n);
  const uint m0 = tile % tiles_m * ROWS;
  const uint n0 = tile / tiles_m * (INVOCATIONS * COLUMNS) + gl_LocalInvocationID.x;
  // No early return: it masks every statement after it, and compiling takes twice as long.
  const bool beyond = part >= p.splits * p.batches;
  rows = p.m;
  columns = beyond ? 0 : p.n;
  k_begin = part % p.splits * p.chunk;
  k_end = beyond ? 0 : min(p.k, k_begin + p.chunk);
  begin(part / p.splits, part % p.splits);

  [[unroll]] for (uint i = 0; i < ROWS * COLUMNS; ++i) sums[i] = 0.0;
  sum_terms(m0, n0);
  // A loop, not 128 copies of it: compiling takes longest of all.
  float results[ROWS * COLUMNS];
  [[unroll]] for (uint i = 0; i < ROWS * COLUMNS; ++i) results[i] = sums[i];
  const uint last = min(ROWS, rows - m0);
  [[dont_unroll]] for (uint j = 0; j < COLUMNS; ++j) {
    const uint n = n0 + j * INVOCATIONS;
    const uint count = n < columns ? last : 0;
    const CColumn column = c_column(n);
    [[dont_unroll]] for (uint i = 0; i < count; ++i) {
      store(column, m0 + i, results[i * COLUMNS + j]);
    }
  }
}
