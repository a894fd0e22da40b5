#version 450
#extension GL_GOOGLE_include_directive : require
// The transpose of unfold (col2im), one invocation a pixel and channel: it adds its places in the
// windows [N, OH, OW, KH, KW, C] that see it, in row-major order of the windows.
//
// variant: fold_f32
#include "grid.glsl"

layout(local_size_x_id = 0) in;
// Constants, as the compiler divides by them faster.
layout(constant_id = 1) const uint C = 1;
layout(constant_id = 2) const uint W = 1;
layout(constant_id = 3) const uint H = 1;
layout(constant_id = 4) const int STRIDE_X = 1;
layout(constant_id = 5) const int STRIDE_Y = 1;

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { float y[]; };

layout(push_constant) uniform Push {
  ivec4 x_strides;  // N, OH, OW, KH
  ivec4 y_strides;
  ivec2 x_inner;  // KW, C
  ivec2 windows;  // OH, OW
  ivec2 kernel;
  ivec2 padding;
  uint x, y, count;
} p;

// The first window of those at multiples of `stride` that reach `at`.
int first_window(int at, int kernel, int stride) {
  const int behind = at - kernel + 1;
  return behind > 0 ? (behind + stride - 1) / stride : 0;
}

void main() {
  uint i = group_number() * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
  if (i >= p.count) return;
  const uint c = i % C;
  i /= C;
  const uint column = i % W;
  i /= W;
  const uint line = i % H;
  const uint n = i / H;
  const ivec2 at = ivec2(line, column) + p.padding;
  const int top = first_window(at.x, p.kernel.x, STRIDE_Y);
  const int left = first_window(at.y, p.kernel.y, STRIDE_X);
  const int bottom = min(p.windows.x - 1, at.x / STRIDE_Y);
  const int right = min(p.windows.y - 1, at.y / STRIDE_X);
  const int from = int(p.x) + int(n) * p.x_strides.x + int(c) * p.x_inner.y;
  float total = 0;
  for (int oy = top; oy <= bottom; ++oy) {
    const int row = from + oy * p.x_strides.y + (at.x - oy * STRIDE_Y) * p.x_strides.w;
    for (int ox = left; ox <= right; ++ox)
      total += x[uint(row + ox * p.x_strides.z + (at.y - ox * STRIDE_X) * p.x_inner.x)];
  }
  y[p.y + uint(offset_of(uvec4(n, line, column, c), p.y_strides))] = total;
}
