#version 450
#extension GL_GOOGLE_include_directive : require

// variant: gemm_reduce
//
// The sum over the splits of a product, from the first to the last, with bias and activation. The
// partial sums lie as [splits, batch, slow, fast]; fast is the dimension along which the result
// lies closest.

#include "functions.glsl"
#include "grid.glsl"

layout(local_size_x = 256) in;
layout(set = 0, binding = 0) readonly buffer Partial { float partial[]; };
layout(set = 0, binding = 1) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 2) writeonly buffer C { float c[]; };

layout(push_constant) uniform Push {
  uint count, splits;        // of one split; how many
  uint slow, fast, inner;    // sizes; batches of the inner dimension
  uint partial_at, bias_at, c_at;
  int c_slow, c_fast, c_inner, c_outer, bias_slow, bias_fast;
  uint has_bias, activation;
} p;

void main() {
  const uint i = group_number() * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
  if (i >= p.count) return;
  float sum = 0.0;
  for (uint s = 0; s < p.splits; ++s) sum += partial[p.partial_at + s * p.count + i];
  const int fast = int(i % p.fast);
  const uint line = i / p.fast;
  const int slow = int(line % p.slow);
  const uint batch = line / p.slow;
  if (p.has_bias != 0) sum += bias[int(p.bias_at) + slow * p.bias_slow + fast * p.bias_fast];
  const int at = int(p.c_at) + slow * p.c_slow + fast * p.c_fast +
                 int(batch % p.inner) * p.c_inner + int(batch / p.inner) * p.c_outer;
  c[at] = activate(p.activation, sum);
}
