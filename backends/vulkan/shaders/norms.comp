#version 450
#extension GL_GOOGLE_include_directive : require
// Norms of parts of up to seven tensors at once, a part of one tensor a line. The global norm is the
// norm of these.
//
// variant: norms_f32
#include "functions.glsl"
#include "lines.glsl"

layout(set = 0, binding = 0) readonly buffer X0 { float x0[]; };
layout(set = 0, binding = 1) readonly buffer X1 { float x1[]; };
layout(set = 0, binding = 2) readonly buffer X2 { float x2[]; };
layout(set = 0, binding = 3) readonly buffer X3 { float x3[]; };
layout(set = 0, binding = 4) readonly buffer X4 { float x4[]; };
layout(set = 0, binding = 5) readonly buffer X5 { float x5[]; };
layout(set = 0, binding = 6) readonly buffer X6 { float x6[]; };
layout(set = 0, binding = 7) writeonly buffer Y { float y[]; };

layout(push_constant) uniform Push {
  uint places[7];
  uint counts[7];  // elements of each tensor
  uint lines[7];   // before the end of each
  uint y;
  uint part_length;
} p;

float plus(float a, float b) { return a + b; }
float larger(float a, float b) { return max(a, b); }
OVER_LANES(sum_over_lanes, float, plus)
OVER_LANES(largest_of_lanes, float, larger)

float element(uint tensor, uint i) {
  switch (tensor) {
    case 0: return x0[i];
    case 1: return x1[i];
    case 2: return x2[i];
    case 3: return x3[i];
    case 4: return x4[i];
    case 5: return x5[i];
    default: return x6[i];
  }
}

// Where squares leave the range of a float: of x over the greatest |x|.
float scaled_norm(uint tensor, uint place, uint begin, uint end) {
  const float least = 1.17549435e-38, most = 3.40282347e+38;
  float peak = 0;
  for (uint i = begin; i < end; i += LANES) peak = max(peak, abs(element(tensor, place + i)));
  peak = largest_of_lanes(peak);
  float total = 0;
  for (uint i = begin; i < end; i += LANES) {
    const float v = element(tensor, place + i) / peak;
    total += v * v;
  }
  total = sum_over_lanes(total);
  return peak < least || peak > most ? peak : peak * sqrt(total);
}

#define WALK(number)                                                       \
  if (tensor == number) {                                                  \
    for (uint i = begin; i < end;) {                                       \
      const uint stop = end - i > block ? i + block : end;                 \
      float a = 0, b = 0, c = 0, d = 0;                                    \
      for (; i + 3 * LANES < stop; i += 4 * LANES) {                       \
        const float v = x##number[place + i];                              \
        const float w = x##number[place + i + LANES];                      \
        const float s = x##number[place + i + 2 * LANES];                  \
        const float t = x##number[place + i + 3 * LANES];                  \
        a += v * v;                                                        \
        b += w * w;                                                        \
        c += s * s;                                                        \
        d += t * t;                                                        \
      }                                                                    \
      for (; i < stop; i += LANES) {                                       \
        const float v = x##number[place + i];                              \
        a += v * v;                                                        \
      }                                                                    \
      total += (a + b) + (c + d);                                          \
    }                                                                      \
  }

void main() {
  const uint line = line_number();
  const uint block = 256 * LANES;
  uint tensor = 0;
  uint before = 0;
  for (uint t = 0; t < 6; ++t)
    if (line >= p.lines[t]) {
      tensor = t + 1;
      before = p.lines[t];
    }
  const bool exists = line < p.lines[6];
  const uint place = p.places[tensor];
  const uint first = (line - before) * p.part_length;
  const uint begin = first + lane_number();
  const uint end = exists ? min(p.counts[tensor], first + p.part_length) : 0;
  float total = 0;
  WALK(0)
  WALK(1)
  WALK(2)
  WALK(3)
  WALK(4)
  WALK(5)
  WALK(6)
  total = sum_over_lanes(total);
  // All lanes of a group go the same way: it has one line, or lines of one lane.
  const bool in_range = total > 1e-30 && total < 1e38 || is_nan(total);
  const float norm = in_range ? sqrt(total) : scaled_norm(tensor, place, begin, end);
  if (exists && lane_number() == 0) y[p.y + line] = norm;
}
