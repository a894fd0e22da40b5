#version 450
#extension GL_GOOGLE_include_directive : require
// scatter_add, one invocation an entry: the first entry of a place adds all of them in their order,
// along the links (see scatter_links.comp).
//
// variant: scatter_add_f32_i32 F32
// variant: scatter_add_f32_i64 F32 WIDE
// variant: scatter_add_i32_i32 I32
// variant: scatter_add_i32_i64 I32 WIDE
// variant: scatter_add_i64_i32 I64
// variant: scatter_add_i64_i64 I64 WIDE
#include "values.glsl"
#ifdef WIDE
#define Index uvec2
#else
#define Index uint
#endif
#include "lines.glsl"

layout(set = 0, binding = 0) readonly buffer Indices { Index indices[]; };
layout(set = 0, binding = 1) readonly buffer Source { Stored source[]; };
layout(set = 0, binding = 2) readonly buffer Links { uint links[]; };
layout(set = 0, binding = 3) buffer Y { Stored y[]; };

layout(push_constant) uniform Push {
  uvec4 shape;  // of the index
  ivec4 index_strides;
  ivec4 source_strides;
  ivec4 link_strides;
  ivec4 y_strides;  // 0 along the axis
  uint index, source, links, y, count;
  int source_step, link_step, y_step;  // along the axis
  uint first, window;                  // the part of the axis that is here
} p;

void main() {
  const uint number = line_number();
  if (number >= p.count) return;
  const uvec4 at = coordinates_of(number, p.shape, RANK);
  int next = int(p.links) + offset_of(at, p.link_strides);
  uint link = links[uint(next)];
  if (link >= 0x80000000u) return;
  const Index index = indices[p.index + uint(offset_of(at, p.index_strides))];
#ifdef WIDE
  const uint along = index.x - p.first;
#else
  const uint along = index - p.first;
#endif
  if (along >= p.window) return;
  int from = int(p.source) + offset_of(at, p.source_strides);
  const uint to = uint(int(p.y) + offset_of(at, p.y_strides) + int(along) * p.y_step);
  Value total = plus(LOAD(y, to), LOAD(source, uint(from)));
  while (link != 0) {
    next += int(link) * p.link_step;
    from += int(link) * p.source_step;
    total = plus(total, LOAD(source, uint(from)));
    link = links[uint(next)] & 0x7fffffffu;
  }
  STORE(y, to, total)
}
