// Kernels that walk lines: each of `count` places of a Grid has a line of elements. LANES
// invocations share a line: lane l takes the elements l, l + LANES, ..., and what they found is put
// together in a fixed tree. Include after the declaration of the version.
#include "grid.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint LANES = 1;  // a power of two, at most the size of a work group
// Whether neighbouring invocations have neighbouring lines; else they have neighbouring elements.
layout(constant_id = 2) const bool ACROSS = false;
layout(constant_id = 3) const uint RANK = 4;  // how many dimensions of the grid are in use: 1, 2, 4

const uint largest_group = 256;

uint lines_of_group() { return gl_WorkGroupSize.x / LANES; }

uint lane_number() {
  const uint i = gl_LocalInvocationID.x;
  return LANES == 1 ? 0 : ACROSS ? i / lines_of_group() : i % LANES;
}

uint line_number() {
  const uint i = gl_LocalInvocationID.x;
  const uint local = LANES == 1 ? i : ACROSS ? i % lines_of_group() : i / LANES;
  return group_number() * lines_of_group() + local;
}

// From an invocation to the one with the next lane of the same line.
uint lane_step() { return ACROSS ? lines_of_group() : 1; }

// coordinates() for the first `rank` dimensions from the end; the others must be 1.
uvec4 coordinates_of(uint index, uvec4 shape, uint rank) {
  if (rank == 1) return uvec4(0, 0, 0, index);
  if (rank == 2) return uvec4(0, 0, index / shape.w, index % shape.w);
  return coordinates(index, shape);
}

// Defines `type name(type x)`, which every invocation must reach: `combine` of x over the lanes of
// the line, in every one of them.
#define OVER_LANES(name, type, combine)                              \
  shared type name##_tree[largest_group];                            \
  type name(type x) {                                                \
    if (LANES == 1) return x;                                        \
    const uint i = gl_LocalInvocationID.x;                           \
    const uint lane = lane_number();                                 \
    barrier();                                                       \
    name##_tree[i] = x;                                              \
    for (uint half_ = LANES / 2; half_ > 0; half_ /= 2) {            \
      barrier();                                                     \
      if (lane < half_)                                              \
        name##_tree[i] = combine(name##_tree[i],                     \
                                 name##_tree[i + half_ * lane_step()]); \
    }                                                                \
    barrier();                                                       \
    return name##_tree[i - lane * lane_step()];                      \
  }
