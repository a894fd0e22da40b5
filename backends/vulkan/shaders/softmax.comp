#version 450
#extension GL_GOOGLE_include_directive : require
// softmax and log_softmax of lines: the peak is subtracted first, so that nothing overflows.
//
// variant: softmax_f32
// variant: log_softmax_f32 LOG
#define F32
#include "values.glsl"
#include "lines.glsl"

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { float y[]; };

layout(push_constant) uniform Push {
  uvec4 shape;
  ivec4 x_strides;
  ivec4 y_strides;
  uint x, y, count, size;
  int x_step, y_step;
} p;

OVER_LANES(largest, float, larger)
OVER_LANES(total_of, float, plus)

void main() {
  const uint line = line_number();
  const uint lane = lane_number();
  const uvec4 at = coordinates_of(line, p.shape, RANK);
  const int from = int(p.x) + offset_of(at, p.x_strides);
  const int to = int(p.y) + offset_of(at, p.y_strides);
  const uint end = line < p.count ? p.size : 0;

  float peak = lowest();
  for (uint i = lane; i < end; i += LANES) peak = larger(peak, x[uint(from + int(i) * p.x_step)]);
  peak = largest(peak);

  const uint block = 256 * LANES;
  float total = 0;
  for (uint i = lane; i < end;) {
    const uint stop = end - i > block ? i + block : end;
    float part = 0;
    for (; i < stop; i += LANES) part += exp(x[uint(from + int(i) * p.x_step)] - peak);
    total += part;
  }
  total = total_of(total);

#ifdef LOG
  const float shift = log(total);
#endif
  for (uint i = lane; i < end; i += LANES) {
    const float shifted = x[uint(from + int(i) * p.x_step)] - peak;
#ifdef LOG
    y[uint(to + int(i) * p.y_step)] = shifted - shift;
#else
    y[uint(to + int(i) * p.y_step)] = exp(shifted) / total;
#endif
  }
}
