#version 450
#extension GL_GOOGLE_include_directive : require
// Ioffe and Szegedy, "Batch normalization" (2015), with the batch's own statistics: every feature,
// a line of rows, gets mean 0 and variance 1. At once; or, for many rows, the mean and the sum of
// squares about it of each part of the rows (MOMENTS), put together after Chan, Golub and LeVeque,
// "Updating formulae and a pairwise algorithm for computing sample variances" (1979) (COMBINE), and
// then every element (APPLY).
//
// variant: batch_norm_f32
// variant: batch_norm_moments_f32 MOMENTS
// variant: batch_norm_combine_f32 COMBINE
// variant: batch_norm_apply_f32 APPLY
#include "lines.glsl"

layout(constant_id = 4) const uint RUN_RANK = 4;  // as RANK, of the dimensions of the rows

layout(push_constant) uniform Push {
  uvec4 run;  // the rows
  ivec4 x_strides;
  ivec4 y_strides;
  uint x, weight, bias, y, mean, variance;
  int x_step, weight_step, bias_step, y_step, mean_step, variance_step;  // between features
  uint count;      // features
  uint size;       // rows
  uint part_size;  // rows of a part
  float epsilon;
} p;

#ifdef COMBINE
layout(set = 0, binding = 0) readonly buffer Means { float means[]; };
layout(set = 0, binding = 1) readonly buffer Spreads { float spreads[]; };
layout(set = 0, binding = 2) writeonly buffer Mean { float mean[]; };
layout(set = 0, binding = 3) writeonly buffer Variance { float variance[]; };
#else
layout(set = 0, binding = 0) readonly buffer X { float x[]; };
#ifdef MOMENTS
layout(set = 0, binding = 1) writeonly buffer Means { float means[]; };
layout(set = 0, binding = 2) writeonly buffer Spreads { float spreads[]; };
#else
layout(set = 0, binding = 1) readonly buffer Weight { float weight[]; };
layout(set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 3) writeonly buffer Y { float y[]; };
#ifdef APPLY
layout(set = 0, binding = 4) readonly buffer Mean { float mean[]; };
layout(set = 0, binding = 5) readonly buffer Variance { float variance[]; };
#else
layout(set = 0, binding = 4) writeonly buffer Mean { float mean[]; };
layout(set = 0, binding = 5) writeonly buffer Variance { float variance[]; };
#endif
#endif
#endif

uint place(uint start, uint feature, int step) { return uint(int(start) + int(feature) * step); }

#ifndef COMBINE
int row_offset(uint row, ivec4 strides) {
  if (RUN_RANK == 1) return int(row) * strides.w;
  return offset_of(coordinates_of(row, p.run, RUN_RANK), strides);
}
float element(uint start, uint row) { return x[uint(int(start) + row_offset(row, p.x_strides))]; }
#endif

#if !defined(COMBINE) && !defined(MOMENTS)
// Every LANES-th row from `begin` on.
void normalize(uint feature, uint begin, uint end, float average, float deviation) {
  const uint from = place(p.x, feature, p.x_step);
  const int to = int(place(p.y, feature, p.y_step));
  const float w = weight[place(p.weight, feature, p.weight_step)];
  const float b = bias[place(p.bias, feature, p.bias_step)];
  for (uint row = begin; row < end; row += LANES)
    y[uint(to + row_offset(row, p.y_strides))] =
        (element(from, row) - average) / deviation * w + b;
}
#endif

#if defined(COMBINE)

void main() {
  const uint feature = line_number();
  if (feature >= p.count) return;  // one lane a line: there is no barrier
  float total = 0;
  uint at = feature;
  for (uint row = 0; row < p.size; row += p.part_size, at += p.count)
    total += means[p.x + at] * float(min(p.part_size, p.size - row));
  const float average = total / float(p.size);
  total = 0;
  at = feature;
  for (uint row = 0; row < p.size; row += p.part_size, at += p.count) {
    const float shift = means[p.x + at] - average;
    total += spreads[p.y + at] + shift * shift * float(min(p.part_size, p.size - row));
  }
  mean[place(p.mean, feature, p.mean_step)] = average;
  variance[place(p.variance, feature, p.variance_step)] = total / float(p.size);
}

#elif defined(APPLY)

void main() {
  const uint number = line_number();
  const uint part = number / p.count;
  const uint feature = number - part * p.count;
  const uint first = part * p.part_size;
  if (first >= p.size) return;
  const uint end = min(p.size, first + p.part_size);
  const float average = mean[place(p.mean, feature, p.mean_step)];
  const float spread = variance[place(p.variance, feature, p.variance_step)];
  normalize(feature, first + lane_number(), end, average, sqrt(spread + p.epsilon));
}

#else

float plus(float a, float b) { return a + b; }
OVER_LANES(total_of, float, plus)

void main() {
  const uint number = line_number();
  const uint part = number / p.count;
  const uint feature = number - part * p.count;
  const uint lane = lane_number();
  const uint first = part * p.part_size;
  const bool exists = first < p.size;
  const uint begin = first + lane;
  const uint end = exists ? min(p.size, first + p.part_size) : 0;
  const float n = float(end - first);
  const uint from = place(p.x, feature, p.x_step);
  const uint block = 256 * LANES;

  float total = 0;
  for (uint i = begin; i < end;) {
    const uint stop = end - i > block ? i + block : end;
    float sum = 0;
    for (; i < stop; i += LANES) sum += element(from, i);
    total += sum;
  }
  const float average = total_of(total) / n;

  total = 0;
  for (uint i = begin; i < end;) {
    const uint stop = end - i > block ? i + block : end;
    float sum = 0;
    for (; i < stop; i += LANES) {
      const float centred = element(from, i) - average;
      sum += centred * centred;
    }
    total += sum;
  }
  const float spread = total_of(total);

#ifdef MOMENTS
  if (exists && lane == 0) {
    means[p.mean + number] = average;
    spreads[p.variance + number] = spread;
  }
#else
  if (exists && lane == 0) {
    mean[place(p.mean, feature, p.mean_step)] = average;
    variance[place(p.variance, feature, p.variance_step)] = spread / n;
  }
  if (exists) normalize(feature, begin, end, average, sqrt(spread / n + p.epsilon));
#endif
}

#endif
