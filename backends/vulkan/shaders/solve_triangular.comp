#version 450
#extension GL_GOOGLE_include_directive : require
// y with T y = b by substitution, one invocation a column: y_i = (b_i - sum_j t_ij y_j) / t_ii.
//
// variant: solve_triangular_f32
#include "lines.glsl"

layout(set = 0, binding = 0) readonly buffer T { float t[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) buffer Y { float y[]; };

layout(push_constant) uniform Push {
  uvec4 shape;  // of the columns
  ivec4 t_strides;
  ivec4 b_strides;
  ivec4 y_strides;
  uint t, b, y, count, size;
  int t_row, t_column, b_row, y_row;
  uint lower;
  uint begin, end;  // the rows to find, of those in the order of the substitution
} p;

void main() {
  const uint column = line_number();
  if (column >= p.count) return;
  const uvec4 at = coordinates_of(column, p.shape, RANK);
  const int matrix = int(p.t) + offset_of(at, p.t_strides);
  const int from = int(p.b) + offset_of(at, p.b_strides);
  const int to = int(p.y) + offset_of(at, p.y_strides);
  for (uint k = p.begin; k < p.end; ++k) {
    const uint i = p.lower != 0 ? k : p.size - 1 - k;
    const uint begin = p.lower != 0 ? 0 : i + 1;
    const int row = matrix + int(i) * p.t_row;
    float rest = b[uint(from + int(i) * p.b_row)];
    for (uint j = begin; j < begin + k; ++j)
      rest -= t[uint(row + int(j) * p.t_column)] * y[uint(to + int(j) * p.y_row)];
    y[uint(to + int(i) * p.y_row)] = rest / t[uint(row + int(i) * p.t_column)];
  }
}
