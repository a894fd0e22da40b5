#version 450
#extension GL_GOOGLE_include_directive : require
// Elements of x, named by an index along an axis: words, pairs of words, or bytes. Of a part of
// the axis, if x reaches too far for one binding: then the other parts run as well. An invocation
// has RUN elements, neighbours in the last dimension.
//
// variant: gather_word_i32 Data=uint
// variant: gather_word_i64 Data=uint WIDE
// variant: gather_pair_i32 Data=uvec2
// variant: gather_pair_i64 Data=uvec2 WIDE
// variant: gather_byte_i32 BYTE
// variant: gather_byte_i64 BYTE WIDE
// variant: gather_int8_i32 BYTE INT8
// variant: gather_int8_i64 BYTE INT8 WIDE
#ifdef BYTE
#include "bytes.glsl"
#define Data Byte
#define OUT BYTES_OUT
#define COPY(to, from) STORE_BYTE(y, to, LOAD_BYTE(x, from))
#define CLEAR(to) STORE_BYTE(y, to, 0u)
#else
#define OUT writeonly
#define COPY(to, from) y[to] = x[from];
#define CLEAR(to) y[to] = Data(0);
#endif
#include "index.glsl"
#include "lines.glsl"

layout(constant_id = 4) const uint RUN = 1;

layout(set = 0, binding = 0) readonly buffer X { Data x[]; };
layout(set = 0, binding = 1) readonly buffer Indices { Index indices[]; };
layout(set = 0, binding = 2) OUT buffer Y { Data y[]; };
STATUS_BUFFER(3)

layout(push_constant) uniform Push {
  uvec4 shape;      // of the index, the last dimension in runs
  ivec4 x_strides;  // 0 along the axis
  ivec4 index_strides;
  ivec4 y_strides;
  uint x, index, y, count;
  int step;          // of x along the axis
  uint axis_size;    // of the whole x
  uint first, size;  // the part of the axis that is here
  uint op;
  uint width;  // of the last dimension
} p;

void main() {
  const uint number = line_number();
  if (number >= p.count) return;
  uvec4 at = coordinates_of(number, p.shape, RANK);
  at.w *= RUN;
  uint to = p.y + uint(offset_of(at, p.y_strides));
  uint named = p.index + uint(offset_of(at, p.index_strides));
  int from = int(p.x) + offset_of(at, p.x_strides);
  const uint end = min(RUN, p.width - at.w);
  Index index = indices[named];
  for (uint i = 0; i < end; ++i) {
    if (i > 0 && p.index_strides.w != 0) index = indices[named];
    const uint along = index_low(index) - p.first;
    if (!index_fits(index, p.axis_size)) {
      if (p.first == 0) {
        REPORT_INDEX(p.op, index_low(index), index_high(index), p.axis_size)
        CLEAR(to)
      }
    } else if (along < p.size) {
      COPY(to, uint(from + int(along) * p.step))
    }
    to += uint(p.y_strides.w);
    named += uint(p.index_strides.w);
    from += p.x_strides.w;
  }
}
