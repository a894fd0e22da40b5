#version 450
#extension GL_GOOGLE_include_directive : require
// Ba, Kiros and Hinton, "Layer normalization" (2016): every line gets mean 0 and variance 1, then a
// weight and a bias an element.
//
// variant: layer_norm_f32
#include "lines.glsl"

layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 1) readonly buffer Weight { float weight[]; };
layout(set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 3) writeonly buffer Y { float y[]; };

layout(push_constant) uniform Push {
  uvec4 shape;
  ivec4 x_strides;
  ivec4 y_strides;
  uint x, weight, bias, y, count, size;
  int x_step, weight_step, bias_step, y_step;
  float epsilon;
} p;

float plus(float a, float b) { return a + b; }
OVER_LANES(total_of, float, plus)

void main() {
  const uint line = line_number();
  const uint lane = lane_number();
  const uvec4 at = coordinates_of(line, p.shape, RANK);
  const int from = int(p.x) + offset_of(at, p.x_strides);
  const int to = int(p.y) + offset_of(at, p.y_strides);
  const uint end = line < p.count ? p.size : 0;
  const float n = float(p.size);
  const uint block = 256 * LANES;

  float total = 0;
  for (uint i = lane; i < end;) {
    const uint stop = end - i > block ? i + block : end;
    float part = 0;
    for (; i < stop; i += LANES) part += x[uint(from + int(i) * p.x_step)];
    total += part;
  }
  const float mean = total_of(total) / n;

  total = 0;
  for (uint i = lane; i < end;) {
    const uint stop = end - i > block ? i + block : end;
    float part = 0;
    for (; i < stop; i += LANES) {
      const float centred = x[uint(from + int(i) * p.x_step)] - mean;
      part += centred * centred;
    }
    total += part;
  }
  const float deviation = sqrt(total_of(total) / n + p.epsilon);

  for (uint i = lane; i < end; i += LANES) {
    const float centred = x[uint(from + int(i) * p.x_step)] - mean;
    const float w = weight[uint(int(p.weight) + int(i) * p.weight_step)];
    const float b = bias[uint(int(p.bias) + int(i) * p.bias_step)];
    y[uint(to + int(i) * p.y_step)] = centred / deviation * w + b;
  }
}
