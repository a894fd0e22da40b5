#version 450
#extension GL_GOOGLE_include_directive : require
// All windows of images [N, H, W, C] as [N, OH, OW, KH, KW, C] (im2col), RUN elements an invocation.
//
// variant: unfold_f32
#include "grid.glsl"

layout(local_size_x_id = 0) in;
// Constants, as the compiler divides by them faster.
layout(constant_id = 1) const uint C = 1;
layout(constant_id = 2) const uint KW = 1;
layout(constant_id = 3) const uint KH = 1;
layout(constant_id = 4) const uint OW = 1;
layout(constant_id = 5) const uint OH = 1;
layout(constant_id = 6) const uint RUN = 1;

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { float y[]; };

layout(push_constant) uniform Push {
  ivec4 x_strides;
  ivec4 y_strides;  // N, OH, OW, KH
  ivec2 y_inner;    // KW, C
  ivec2 image;      // height, width
  ivec2 stride;
  ivec2 padding;
  uint x, y, count;
  float outside;
} p;

void main() {
  const uint first = (group_number() * gl_WorkGroupSize.x + gl_LocalInvocationID.x) * RUN;
  const uint end = min(first + RUN, p.count);
  uint rest = first;
  uint c = rest % C;
  rest /= C;
  uint kx = rest % KW;
  rest /= KW;
  uint ky = rest % KH;
  rest /= KH;
  uint ox = rest % OW;
  rest /= OW;
  uint oy = rest % OH;
  uint n = rest / OH;
  for (uint i = first; i < end; ++i) {
    const ivec2 at = ivec2(oy, ox) * p.stride + ivec2(ky, kx) - p.padding;
    float value = p.outside;
    if (all(greaterThanEqual(at, ivec2(0))) && all(lessThan(at, p.image)))
      value = x[uint(int(p.x) + offset_of(uvec4(n, at, c), p.x_strides))];
    const int to = offset_of(uvec4(n, oy, ox, ky), p.y_strides) + int(kx) * p.y_inner.x +
                   int(c) * p.y_inner.y;
    y[p.y + uint(to)] = value;
    if (++c < C) continue;
    c = 0;
    if (++kx < KW) continue;
    kx = 0;
    if (++ky < KH) continue;
    ky = 0;
    if (++ox < OW) continue;
    ox = 0;
    if (++oy < OH) continue;
    oy = 0;
    ++n;
  }
}
