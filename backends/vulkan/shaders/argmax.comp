#version 450
#extension GL_GOOGLE_include_directive : require
// The place of the first maximum of each line; a NaN counts as one.
//
// variant: argmax_f32 F32
// variant: argmax_i32 I32
// variant: argmax_i64 I64
// variant: argmax_u8 U8
#include "values.glsl"
#include "lines.glsl"

layout(set = 0, binding = 0) readonly buffer X { Stored x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { uvec2 y[]; };  // i64

layout(push_constant) uniform Push {
  uvec4 shape;
  ivec4 x_strides;
  ivec4 y_strides;
  uint x, y, count, size;
  int step;
} p;

shared Value values[largest_group];
shared uint places[largest_group];

void main() {
  const uint line = line_number();
  const uint lane = lane_number();
  const bool exists = line < p.count;
  const uvec4 at = coordinates_of(line, p.shape, RANK);
  const int base = int(p.x) + offset_of(at, p.x_strides);

  Value best = lowest();
  uint place = p.size;  // after every other, until something was seen
  const uint end = exists ? p.size : 0;
  for (uint i = lane; i < end; i += LANES) {
    const Value value = LOAD(x, uint(base + int(i) * p.step));
    if (place == p.size || exceeds(value, best)) {
      best = value;
      place = i;
    }
  }

  if (LANES > 1) {
    const uint i = gl_LocalInvocationID.x;
    values[i] = best;
    places[i] = place;
    for (uint half_ = LANES / 2; half_ > 0; half_ /= 2) {
      barrier();
      if (lane < half_) {
        const uint other = i + half_ * lane_step();
        const bool better = exceeds(values[other], values[i]);
        const bool as_good = !better && !exceeds(values[i], values[other]);
        if (better || (as_good && places[other] < places[i])) {
          values[i] = values[other];
          places[i] = places[other];
        }
      }
    }
    place = places[i];  // lane 0 reads what it wrote
  }
  if (exists && lane == 0) y[p.y + uint(offset_of(at, p.y_strides))] = uvec2(place, 0);
}
