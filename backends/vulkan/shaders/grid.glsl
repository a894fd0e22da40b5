// General addressing: a Grid (layout.h) as the host pushes it. With -DFLAT indices are offsets.
// A kernel pushes: uint count; then, if not flat, uvec4 shape and an ivec4 of strides an operand.

// The number of this work group, for dispatches made by groups_for().
uint group_number() { return gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x; }

// The coordinates of element `index` in row-major order.
uvec4 coordinates(uint index, uvec4 shape) {
  uvec4 at;
  at.w = index % shape.w;
  index /= shape.w;
  at.z = index % shape.z;
  index /= shape.z;
  at.y = index % shape.y;
  at.x = index / shape.y;
  return at;
}

int offset_of(uvec4 at, ivec4 strides) {
  ivec4 p = ivec4(at) * strides;
  return p.x + p.y + p.z + p.w;
}
