#version 450
#extension GL_GOOGLE_include_directive : require

// variant: conv2d_weight_gradient_tiled TILED=1
// variant: conv2d_weight_gradient_joined TILED=1 JOINS=3
// variant: conv2d_weight_gradient_register
//
// dw [O, kh, kw, I] of an image x [N, H, W, I] and the gradient g [N, OH, OW, O] of the result:
// A = g transposed, O x (N OH OW), B = the windows as (N OH OW) x (kh kw I), C = dw. k is long and
// C small: with splits C is partial sums, which gemm_reduce.comp adds up.

layout(set = 0, binding = 2) writeonly buffer C { float c[]; };

#include "conv.glsl"

layout(push_constant) uniform Push {
  GEMM_PUSH
  uint height, width, channels;                // H, W, I
  uint out_height, out_width;                  // OH, OW
  uint kernel_width;
  uint stride_y, stride_x, padding_y, padding_x;
  uint width_multiplier, width_shift;          // for quotient(), of OW
  uint height_multiplier, height_shift;
} p;

uint c_first;

void begin(uint batch, uint split) { c_first = p.c + split * p.m * p.n; }

ARow a_row(uint m) { return ARow(int(p.a + m), m < rows); }
ATerm a_term(uint k) { return ATerm(int(k * p.m), k < k_end); }
LOAD_A
LOAD_A_VECTORS

Place b_column(uint n) {
  const uint pixel = n / p.channels;
  const uint y = pixel / p.kernel_width;
  const uint x = pixel % p.kernel_width;
  const uint at = p.b + (y * p.width + x) * p.channels + n % p.channels;
  return Place(int(at), n < columns ? int(y) : nowhere, int(x));
}
Place b_term(uint k) {
  const uint line = quotient(k, p.width_multiplier, p.width_shift);
  const uint image = quotient(line, p.height_multiplier, p.height_shift);
  const int y = int((line - image * p.out_height) * p.stride_y) - int(p.padding_y);
  const int x = int((k - line * p.out_width) * p.stride_x) - int(p.padding_x);
  const int first = int(image * (p.height * p.width * p.channels));
  return Place(first + (y * int(p.width) + x) * int(p.channels), k < k_end ? y : nowhere, x);
}
LOAD_WINDOWS(p.height, p.width)
LOAD_WINDOW_VECTORS

struct CColumn { uint at; };
CColumn c_column(uint n) { return CColumn(c_first + n); }
void store(CColumn column, uint m, float sum) { c[column.at + m * p.n] = sum; }

#ifdef TILED
#define A_ALONG_K false
#define B_ALONG_K false
#include "gemm_tiled.glsl"
#else
#include "gemm_register.glsl"
#endif
