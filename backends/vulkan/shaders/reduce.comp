#version 450
#extension GL_GOOGLE_include_directive : require
// Sums, maxima and minima of lines. A line of many elements may be cut into parts, whose results are a
// second dispatch's lines.
//
// variant: reduce_sum_f32 F32 SUM
// variant: reduce_sum_i32 I32 SUM
// variant: reduce_sum_i64 I64 SUM
// variant: reduce_sum_u8 U8 SUM
// variant: reduce_max_f32 F32 MAX
// variant: reduce_max_i32 I32 MAX
// variant: reduce_max_i64 I64 MAX
// variant: reduce_max_u8 U8 MAX
// variant: reduce_min_f32 F32 MIN
// variant: reduce_min_i32 I32 MIN
// variant: reduce_min_i64 I64 MIN
// variant: reduce_min_u8 U8 MIN
#include "values.glsl"
#include "lines.glsl"

layout(constant_id = 4) const uint RUN_RANK = 4;  // as RANK, of the reduced dimensions

layout(set = 0, binding = 0) readonly buffer X { Stored x[]; };
layout(set = 0, binding = 1) OUT buffer Y { Stored y[]; };

layout(push_constant) uniform Push {
  uvec4 shape;  // of the lines
  ivec4 x_strides;
  ivec4 y_strides;
  uvec4 run;  // the reduced dimensions
  ivec4 run_strides;
  uint x, y;
  uint count;        // lines
  uint size;         // elements of a line
  uint parts;        // of a line
  uint part_length;
  uint part_stride;  // from the result of one part to that of the next
} p;

#ifdef SUM
#define COMBINE plus
#define START zero()
#elif defined(MIN)
#define COMBINE smaller
#define START highest()
#else
#define COMBINE larger
#define START lowest()
#endif

OVER_LANES(over_lanes, Value, COMBINE)

Value element(int base, uint i) {
  const uvec4 at = coordinates_of(i, p.run, RUN_RANK);
  const int offset = RUN_RANK == 1 ? int(i) * p.run_strides.w : offset_of(at, p.run_strides);
  return LOAD(x, uint(base + offset));
}

// Blocks of 256 first, so that long sums keep their digits.
Value walk(int base, uint begin, uint end) {
  const uint block = 256 * LANES;
  Value total = START;
  for (uint i = begin; i < end;) {
    const uint stop = end - i > block ? i + block : end;
    Value a = START, b = START, c = START, d = START;
    for (; i + 3 * LANES < stop; i += 4 * LANES) {
      a = COMBINE(a, element(base, i));
      b = COMBINE(b, element(base, i + LANES));
      c = COMBINE(c, element(base, i + 2 * LANES));
      d = COMBINE(d, element(base, i + 3 * LANES));
    }
    for (; i < stop; i += LANES) a = COMBINE(a, element(base, i));
    total = COMBINE(total, COMBINE(COMBINE(a, b), COMBINE(c, d)));
  }
  return total;
}

void main() {
  const uint number = line_number();
  const uint part = p.parts == 1 ? 0 : number / p.count;
  const uint line = number - part * p.count;
  const bool exists = number < p.count * p.parts;
  const uvec4 at = coordinates_of(line, p.shape, RANK);
  const uint end = exists ? min(p.size, (part + 1) * p.part_length) : 0;
  Value total = walk(int(p.x) + offset_of(at, p.x_strides), part * p.part_length + lane_number(), end);
  total = over_lanes(total);
  if (exists && lane_number() == 0)
    STORE(y, p.y + part * p.part_stride + uint(offset_of(at, p.y_strides)), total)
}
