#version 450
#extension GL_GOOGLE_include_directive : require

// variant: conv_transpose2d_fold
//
// y [N, H, W, O] of the products x w, columns [N, h, w, kh, kw, O]: each element sums those that
// fall on it, along kh and then kw, with bias and activation.

#include "functions.glsl"
#include "grid.glsl"

layout(local_size_x = 256) in;
layout(set = 0, binding = 0) readonly buffer Columns { float columns[]; };
layout(set = 0, binding = 1) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 2) writeonly buffer Y { float y[]; };

layout(push_constant) uniform Push {
  uint count;
  uint height, width, channels;  // H, W, O
  uint in_height, in_width;      // h, w
  uint kernel_height, kernel_width;
  uint stride_y, stride_x, padding_y, padding_x;
  uint columns_at, bias_at, y_at;
  uint has_bias, activation;
} p;

void main() {
  const uint i = group_number() * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
  if (i >= p.count) return;
  const uint channel = i % p.channels;
  const uint pixel = i / p.channels;
  const uint line = pixel / p.width;
  const uint image = line / p.height;
  const uint from_y = line % p.height + p.padding_y;
  const uint from_x = pixel % p.width + p.padding_x;
  // Window oy sees this line as its line from_y - oy stride.
  const uint last_y = from_y / p.stride_y;
  const uint last_x = from_x / p.stride_x;
  float sum = 0.0;
  for (uint ky = from_y % p.stride_y, a = 0; ky < p.kernel_height; ky += p.stride_y, ++a) {
    for (uint kx = from_x % p.stride_x, b = 0; kx < p.kernel_width; kx += p.stride_x, ++b) {
      const uint oy = last_y - a;  // before the first: a huge number
      const uint ox = last_x - b;
      if (oy >= p.in_height || ox >= p.in_width) continue;
      const uint window = (image * p.in_height + oy) * p.in_width + ox;
      const uint element = (window * p.kernel_height + ky) * p.kernel_width + kx;
      sum += columns[p.columns_at + element * p.channels + channel];
    }
  }
  if (p.has_bias != 0) sum += bias[p.bias_at + channel];
  y[p.y_at + i] = activate(p.activation, sum);
}
