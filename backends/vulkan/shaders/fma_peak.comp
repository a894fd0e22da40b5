#version 450
#extension GL_EXT_control_flow_attributes : require
// What the device can do in f32 when nothing but arithmetic is asked of it: eight independent
// chains of vec4 multiply-adds an invocation, no memory until the end.
// variant: fma_peak
layout(local_size_x = 256) in;
layout(constant_id = 0) const uint rounds = 64;

layout(set = 0, binding = 0) writeonly buffer Out { float result[]; };

void main() {
  vec4 sum[8];
  const vec4 scale = vec4(0.999f, 0.998f, 0.997f, 0.996f) + 1e-6f * float(gl_LocalInvocationID.x);
  [[unroll]] for (uint c = 0u; c < 8u; ++c) sum[c] = vec4(float(c));
  for (uint i = 0u; i < rounds; ++i) {
    [[unroll]] for (uint u = 0u; u < 16u; ++u) {
      [[unroll]] for (uint c = 0u; c < 8u; ++c) sum[c] = fma(sum[c], scale, scale);
    }
  }
  vec4 total = vec4(0.0f);
  [[unroll]] for (uint c = 0u; c < 8u; ++c) total += sum[c];
  result[gl_GlobalInvocationID.x] = total.x + total.y + total.z + total.w;
}
