#version 450
#extension GL_GOOGLE_include_directive : require

// variant: matmul_tiled TILED=1
// variant: matmul_joined TILED=1 JOINS=4
// variant: matmul_register
//
// C = A B for operands of any strides, a batch of such products, and the same with bias and
// activation. With splits C is partial sums, which gemm_reduce.comp adds up.

layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 3) writeonly buffer C { float c[]; };

#include "gemm.glsl"

layout(push_constant) uniform Push {
  GEMM_PUSH
  int a_m, a_k, b_k, b_n, c_m, c_n, bias_m, bias_n;  // strides
  int a_inner, a_outer, b_inner, b_outer, c_inner, c_outer, c_split;
  uint inner;  // batches of the inner dimension
} p;

int a_first, b_first, c_first;

void begin(uint batch, uint split) {
  const int inner = int(batch % p.inner);
  const int outer = int(batch / p.inner);
  a_first = int(p.a) + inner * p.a_inner + outer * p.a_outer;
  b_first = int(p.b) + inner * p.b_inner + outer * p.b_outer;
  c_first = int(p.c) + inner * p.c_inner + outer * p.c_outer + int(split) * p.c_split;
}

struct ARow { int at; bool inside; };
struct ATerm { int at; bool inside; };
ARow a_row(uint m) { return ARow(a_first + int(m) * p.a_m, m < rows); }
ATerm a_term(uint k) { return ATerm(int(k) * p.a_k, k < k_end); }
float load_a(ARow row, ATerm term) {
  const bool inside = row.inside && term.inside;
  return value_if(inside, a[place_if(inside, row.at + term.at, p.a)]);
}

struct BColumn { int at; bool inside; };
struct BTerm { int at; bool inside; };
BColumn b_column(uint n) { return BColumn(b_first + int(n) * p.b_n, n < columns); }
BTerm b_term(uint k) { return BTerm(int(k) * p.b_k, k < k_end); }
float load_b(BColumn column, BTerm term) {
  const bool inside = column.inside && term.inside;
  return value_if(inside, b[place_if(inside, column.at + term.at, p.b)]);
}

struct CColumn { int at, bias; };
CColumn c_column(uint n) {
  return CColumn(c_first + int(n) * p.c_n, int(p.bias) + int(n) * p.bias_n);
}

#ifdef TILED
layout(constant_id = 11) const bool A_ALONG_K = false;
layout(constant_id = 12) const bool B_ALONG_K = false;
layout(set = 0, binding = 0) readonly buffer A4 { vec4 a4[]; };
layout(set = 0, binding = 1) readonly buffer B4 { vec4 b4[]; };
vec4 load_a4(ARow row, ATerm term) {
  const bool inside = row.inside && term.inside;
  return value_if(inside, a4[place_if(inside, row.at + term.at, p.a) / 4]);
}
vec4 load_b4(BColumn column, BTerm term) {
  const bool inside = column.inside && term.inside;
  return value_if(inside, b4[place_if(inside, column.at + term.at, p.b) / 4]);
}
#endif

void store(CColumn column, uint m, float sum) {
  if (p.has_bias != 0) sum += bias[column.bias + int(m) * p.bias_m];
  c[column.at + int(m) * p.c_m] = FINISH(sum);
}

#ifdef TILED
#include "gemm_tiled.glsl"
#else
#include "gemm_register.glsl"
#endif
