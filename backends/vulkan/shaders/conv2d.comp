#version 450
#extension GL_GOOGLE_include_directive : require

// variant: conv2d_tiled TILED=1
// variant: conv2d_joined TILED=1 JOINS=4
// variant: conv2d_register
//
// y [N, OH, OW, O] of an image x [N, H, W, I] and weights w [O, kh, kw, I], with bias and
// activation: A = w as O x (kh kw I), B = the windows as (kh kw I) x (N OH OW), C = y transposed.

layout(set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 3) writeonly buffer C { float c[]; };

#include "conv.glsl"

layout(push_constant) uniform Push {
  GEMM_PUSH
  uint height, width, channels;                // H, W, I
  uint out_height, out_width;                  // OH, OW
  uint kernel_width;
  uint stride_y, stride_x, padding_y, padding_x;
  uint channels_multiplier, channels_shift;    // for quotient()
  uint width_multiplier, width_shift;          // of the kernel
} p;

uint c_first;

void begin(uint batch, uint split) { c_first = p.c + split * p.m * p.n; }

ARow a_row(uint m) { return ARow(int(p.a + m * p.k), m < rows); }
ATerm a_term(uint k) { return ATerm(int(k), k < k_end); }
LOAD_A
LOAD_A_VECTORS

Place b_column(uint n) {
  const uint line = n / p.out_width;
  const int y = int(line % p.out_height * p.stride_y) - int(p.padding_y);
  const int x = int(n % p.out_width * p.stride_x) - int(p.padding_x);
  const int image = int(p.b + line / p.out_height * (p.height * p.width * p.channels));
  return Place(image + (y * int(p.width) + x) * int(p.channels), n < columns ? y : nowhere, x);
}
Place b_term(uint k) {
  const uint pixel = quotient(k, p.channels_multiplier, p.channels_shift);
  const uint y = quotient(pixel, p.width_multiplier, p.width_shift);
  const uint x = pixel - y * p.kernel_width;
  const uint at = (y * p.width + x) * p.channels + (k - pixel * p.channels);
  return Place(int(at), k < k_end ? int(y) : nowhere, int(x));
}
LOAD_WINDOWS(p.height, p.width)
LOAD_WINDOW_VECTORS

struct CColumn { uint at; };
CColumn c_column(uint n) { return CColumn(c_first + n * p.m); }

void store(CColumn column, uint m, float sum) {
  if (p.has_bias != 0) sum += bias[p.bias + m];
  c[column.at + m] = FINISH(sum);
}

#ifdef TILED
#define A_ALONG_K true
#define B_ALONG_K true
#include "gemm_tiled.glsl"
#else
#include "gemm_register.glsl"
#endif
