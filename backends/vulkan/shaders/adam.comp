// One step of Adam over all parameters, in place. Kingma and Ba, "Adam" (2015), algorithm 1;
// Loshchilov and Hutter, "Decoupled weight decay regularization" (2019). The rate and the number of
// the step come from memory, since they change between replays.
//
// variant: adam T=float
// variant: adam_x4 T=vec4

#version 450
#extension GL_GOOGLE_include_directive : require
#include "functions.glsl"
#include "grid.glsl"

layout(local_size_x = 256) in;

layout(push_constant) uniform Push {
  uint count;  // of items, a float or four
  uint p_place, g_place, m_place, v_place, rate_place, step_place;
  uint non_finite_place, may_stop;
  float beta1, one_less_beta1, log_beta1;
  float beta2, one_less_beta2, log_beta2;
  float epsilon;
  float decay;            // added to the gradient
  float decoupled_decay;  // of the parameters, times the rate
} push;

layout(set = 0, binding = 0) buffer P { T p[]; };
layout(set = 0, binding = 1) readonly buffer G { T g[]; };
layout(set = 0, binding = 2) buffer M { T m[]; };
layout(set = 0, binding = 3) buffer V { T v[]; };
layout(set = 0, binding = 4) readonly buffer Rate { float rate[]; };
layout(set = 0, binding = 5) readonly buffer Step { int number_of_step[]; };
layout(set = 0, binding = 6) readonly buffer NonFinite { float non_finite[]; };

// 1 - e^x for x <= 0, without cancellation near 0.
float one_less_exp(const float x) { return x > -0.34 ? -expm1_reduced(x) : 1.0 - exp_f32(x); }

void main() {
  const uint i = group_number() * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
  if (i >= push.count) return;
  if (push.may_stop != 0 && non_finite[push.non_finite_place] != 0.0) return;
  const float t = float(number_of_step[push.step_place]);
  const float lr = rate[push.rate_place];
  precise const float step_size = lr / one_less_exp(t * push.log_beta1);
  precise const float scale2 = 1.0 / one_less_exp(t * push.log_beta2);
  precise const float shrink = 1.0 - lr * push.decoupled_decay;

  const T old = p[push.p_place + i];
  precise const T gradient = g[push.g_place + i] + push.decay * old;
  precise const T first = push.beta1 * m[push.m_place + i] + push.one_less_beta1 * gradient;
  precise const T second =
      push.beta2 * v[push.v_place + i] + push.one_less_beta2 * (gradient * gradient);
  precise const T next =
      shrink * old - step_size * first / (sqrt(second * scale2) + push.epsilon);
  m[push.m_place + i] = first;
  v[push.v_place + i] = second;
  p[push.p_place + i] = next;
}
