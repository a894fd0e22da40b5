#version 450
#extension GL_GOOGLE_include_directive : require
// scatter_add, one invocation a line: it adds the entries of its line in their order. The entries
// may be cut into parts, each of which adds to a result of its own.
//
// variant: scatter_serial_f32_i32 F32
// variant: scatter_serial_f32_i64 F32 WIDE
// variant: scatter_serial_i32_i32 I32
// variant: scatter_serial_i32_i64 I32 WIDE
// variant: scatter_serial_i64_i32 I64
// variant: scatter_serial_i64_i64 I64 WIDE
// variant: scatter_serial_u8_i32 U8
// variant: scatter_serial_u8_i64 U8 WIDE
#include "values.glsl"
#include "index.glsl"
#include "lines.glsl"

layout(set = 0, binding = 0) readonly buffer Indices { Index indices[]; };
layout(set = 0, binding = 1) readonly buffer Source { Stored source[]; };
layout(set = 0, binding = 2) buffer Y { Stored y[]; };
STATUS_BUFFER(3)

layout(push_constant) uniform Push {
  uvec4 shape;  // of the lines
  ivec4 index_strides;
  ivec4 source_strides;
  ivec4 y_strides;
  uint index, source, y;
  uint count;  // lines
  uint size;   // entries of a line
  uint parts, part_size, part_stride;
  int index_step, source_step, y_step;  // along the axis
  uint axis_size;                       // of the whole result
  uint first, window;                   // the part of the axis that is here
  uint op;
} p;

void main() {
  const uint number = line_number();
  if (number >= p.count * p.parts) return;
  const uint part = p.parts == 1 ? 0 : number / p.count;
  const uvec4 at = coordinates_of(number - part * p.count, p.shape, RANK);
  const int named = int(p.index) + offset_of(at, p.index_strides);
  const int from = int(p.source) + offset_of(at, p.source_strides);
  const int to = int(p.y + part * p.part_stride) + offset_of(at, p.y_strides);
  const uint end = min(p.size, (part + 1) * p.part_size);
  for (uint i = part * p.part_size; i < end; ++i) {
    const Index index = indices[uint(named + int(i) * p.index_step)];
    if (!index_fits(index, p.axis_size)) {
      REPORT_INDEX(p.op, index_low(index), index_high(index), p.axis_size)
      continue;
    }
    const uint along = index_low(index) - p.first;
    if (along >= p.window) continue;
    const uint place = uint(to + int(along) * p.y_step);
    const Value value = LOAD(source, uint(from + int(i) * p.source_step));
    const Value total = plus(LOAD(y, place), value);
    STORE(y, place, total)
  }
}
