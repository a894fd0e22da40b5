// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): one
// invocation makes the four numbers of a block, the same words as on every other backend.
//
// variant: random
// variant: random_x4 FOUR

#version 450
#extension GL_GOOGLE_include_directive : require
#include "functions.glsl"
#include "grid.glsl"

layout(local_size_x = 256) in;
layout(constant_id = 0) const uint normal = 0u;  // Distribution (op.h)

layout(push_constant) uniform Push {
  uint count;                 // of elements
  uint state_place;           // words: seed low, seed high, step, draw
  int state_stride;
  uint out_place;
  uint block_low, block_high;  // number of the first block
} push;

layout(set = 0, binding = 0) readonly buffer State { uint state[]; };
#ifdef FOUR
layout(set = 0, binding = 1) writeonly buffer Out { vec4 result[]; };
#else
layout(set = 0, binding = 1) writeonly buffer Out { float result[]; };
#endif

uint state_word(uint i) { return state[uint(int(push.state_place) + int(i) * push.state_stride)]; }

uvec4 philox(uvec4 counter, uvec2 key) {
  for (int round = 0; round < 10; ++round) {
    uvec2 first, second;
    umulExtended(0xd2511f53u, counter.x, first.y, first.x);
    umulExtended(0xcd9e8d57u, counter.z, second.y, second.x);
    counter = uvec4(second.y ^ counter.y ^ key.x, second.x, first.y ^ counter.w ^ key.y, first.x);
    key += uvec2(0x9e3779b9u, 0xbb67ae85u);
  }
  return counter;
}

// [0, 1) with 24 bits.
vec4 uniform_of(uvec4 bits) { return vec4(bits >> 8) * 5.9604644775390625e-8; }

// Box and Muller (1958): two uniform numbers make two normal ones.
vec2 normal_of(vec2 u) {
  precise const float squared = -2.0 * log_f32(1.0 - u.x);  // of (0, 1]: finite
  precise const vec2 pair = sqrt(squared) * sincos_of_turn(u.y).yx;
  return pair;
}

void main() {
  const uint block = group_number() * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
  const uint element = 4u * block;
  if (element >= push.count) return;
  uint carry;
  const uint low = uaddCarry(push.block_low, block, carry);
  const uvec4 counter = uvec4(low, push.block_high + carry, state_word(3u), state_word(2u));
  vec4 values = uniform_of(philox(counter, uvec2(state_word(0u), state_word(1u))));
  if (normal == 1u) values = vec4(normal_of(values.xy), normal_of(values.zw));
#ifdef FOUR
  result[push.out_place / 4u + block] = values;
#else
  const uint at = push.out_place + element;
  result[at] = values.x;
  if (element + 1u < push.count) result[at + 1u] = values.y;
  if (element + 2u < push.count) result[at + 2u] = values.z;
  if (element + 3u < push.count) result[at + 3u] = values.w;
#endif
}
