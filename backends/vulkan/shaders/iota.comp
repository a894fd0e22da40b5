// value + step i, packed. Integers come as whole numbers in words; f32 as two floats each, whose
// sum has twice the digits, so that the result is as good as one rounded from f64.
//
// variant: iota_f32 F32
// variant: iota_i32 I32
// variant: iota_i64 I64

#version 450
#extension GL_GOOGLE_include_directive : require
#include "functions.glsl"
#include "grid.glsl"
#include "pairs.glsl"

layout(local_size_x = 256) in;

#ifdef F32
#define T float
#define PAIR vec2
#elif defined(I32)
#define T int
#define PAIR uvec2
#else
#define T uvec2
#define PAIR uvec2
#endif

layout(push_constant) uniform Push {
  PAIR value, step;
  uint count, out_place;
  uint first;  // i of the first element
} push;

layout(set = 0, binding = 0) writeonly buffer Out { T result[]; };

T element(const uint i) {
#ifdef F32
  const vec2 high = exact_product(push.step.x, float(i & ~4095u));
  const vec2 low = exact_product(push.step.x, float(i & 4095u));
  const vec2 steps = exact_sum(high.x, low.x);
  const vec2 total = exact_sum(push.value.x, steps.x);
  precise const float rest =
      total.y + (push.value.y + (steps.y + high.y + low.y + push.step.y * float(i)));
  precise const float sum = total.x + rest;
  precise const float coarse = push.value.x + push.step.x * float(i);  // after an overflow
  return is_nan(sum) ? coarse : sum;
#elif defined(I32)
  return int(push.value.x + push.step.x * i);
#else
  return add_i64(push.value, mul_i64(push.step, uvec2(i, 0u)));
#endif
}

void main() {
  const uint i = group_number() * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
  if (i < push.count) result[push.out_place + i] = element(push.first + i);
}
