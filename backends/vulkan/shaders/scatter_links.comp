#version 450
#extension GL_GOOGLE_include_directive : require
// For each entry of an index: how far along the axis the next entry is that names the same place
// (0: there is none), with the highest bit set if there is an earlier one, or if the entry names no
// place at all.
//
// variant: scatter_links_i32
// variant: scatter_links_i64 WIDE
#include "index.glsl"
#include "lines.glsl"

layout(set = 0, binding = 0) readonly buffer Indices { Index indices[]; };
layout(set = 0, binding = 1) writeonly buffer Links { uint links[]; };
STATUS_BUFFER(2)

layout(push_constant) uniform Push {
  uvec4 shape;
  ivec4 index_strides;
  ivec4 link_strides;
  ivec4 axis_strides;  // 1 along the axis
  uint index, links, count;
  uint size;  // of the axis of the index
  int step;   // of the index along it
  uint axis_size;
  uint op;
} p;

void main() {
  const uint number = line_number();
  if (number >= p.count) return;
  const uvec4 at = coordinates_of(number, p.shape, RANK);
  const int here = int(p.index) + offset_of(at, p.index_strides);
  const uint along = uint(offset_of(at, p.axis_strides));
  const Index index = indices[uint(here)];

  uint link = 0;
  if (index_fits(index, p.axis_size)) {
    for (uint i = 1; along + i < p.size && link == 0; ++i)
      if (indices[uint(here + int(i) * p.step)] == index) link = i;
    bool earlier = false;
    for (uint i = 1; i <= along && !earlier; ++i)
      earlier = indices[uint(here - int(i) * p.step)] == index;
    if (earlier) link |= 0x80000000u;
  } else {
    REPORT_INDEX(p.op, index_low(index), index_high(index), p.axis_size)
    link = 0x80000000u;
  }
  links[p.links + uint(offset_of(at, p.link_strides))] = link;
}
