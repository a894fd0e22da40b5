#version 450
#extension GL_GOOGLE_include_directive : require

// variant: conv_transpose2d_tiled TILED=1
// variant: conv_transpose2d_register
//
// y [N, H, W, O] of an image x [N, h, w, I] and weights w [I, kh, kw, O], with bias and activation.
// A pixel of y gets terms from a window of x only through the elements of the kernel with
// (pixel + padding - element) divisible by the stride. So y is taken apart into stride_y stride_x
// phases, each the pixels that see the same elements: a convolution of stride 1 with ceil(kernel /
// stride) or floor(kernel / stride) elements, without a wasted product. Batches are the phases:
// A = their part of the weights as O x (elements I), B = windows of x, C = their part of y,
// transposed.

layout(set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(set = 0, binding = 3) writeonly buffer C { float c[]; };

#include "conv.glsl"

layout(push_constant) uniform Push {
  GEMM_PUSH                                    // n, k: the most of a phase
  uint images, height, width;                  // N, H, W
  uint in_height, in_width, channels;          // h, w, I
  uint kernel_height, kernel_width;
  uint stride_y, stride_x, padding_y, padding_x;
  uint channels_multiplier, channels_shift;    // for quotient()
  uint most_multiplier, most_shift;            // of ceil(kernel_width / stride_x)
  uint fewer_multiplier, fewer_shift;          // of floor(kernel_width / stride_x), if not 0
} p;

uint phase_y, phase_x;      // the first elements of the kernel
uint elements_x;            // of the kernel, along x
uint first_y, first_x;      // the first pixel of y
uint phase_height, phase_width;

// How many of first, first + step, ... are below end.
uint count_from(uint first, uint step, uint end) {
  return first < end ? (end - first + step - 1) / step : 0;
}

void begin(uint batch, uint split) {
  phase_y = batch / p.stride_x;
  phase_x = batch % p.stride_x;
  const uint elements_y = count_from(phase_y, p.stride_y, p.kernel_height);
  elements_x = count_from(phase_x, p.stride_x, p.kernel_width);
  first_y = (phase_y + p.stride_y - p.padding_y % p.stride_y) % p.stride_y;
  first_x = (phase_x + p.stride_x - p.padding_x % p.stride_x) % p.stride_x;
  phase_height = count_from(first_y, p.stride_y, p.height);
  phase_width = count_from(first_x, p.stride_x, p.width);
  columns = min(columns, p.images * phase_height * phase_width);
  k_end = min(k_end, elements_y * elements_x * p.channels);
}

// Number n of the phase as an image and a pixel of y.
uvec3 pixel_of(uint n) {
  const uint line = n / max(phase_width, 1);
  const uint image = line / max(phase_height, 1);
  return uvec3(image, first_y + (line - image * phase_height) * p.stride_y,
               first_x + (n - line * phase_width) * p.stride_x);
}

struct Element { uint y, x, channel; };  // y, x: of the kernel, in steps of the stride

Element element_of(uint k) {
  const uint pixel = quotient(k, p.channels_multiplier, p.channels_shift);
  const bool most = elements_x * p.stride_x >= p.kernel_width;
  const uint y = quotient(pixel, most ? p.most_multiplier : p.fewer_multiplier,
                          most ? p.most_shift : p.fewer_shift);
  return Element(y, pixel - y * elements_x, k - pixel * p.channels);
}

ARow a_row(uint m) { return ARow(int(p.a + m), m < rows); }
ATerm a_term(uint k) {
  const Element e = element_of(k);
  const uint y = phase_y + e.y * p.stride_y;
  const uint x = phase_x + e.x * p.stride_x;
  const uint at = ((e.channel * p.kernel_height + y) * p.kernel_width + x) * p.m;
  return ATerm(int(at), k < k_end);
}
LOAD_A
LOAD_A_VECTORS

Place b_column(uint n) {
  const uvec3 pixel = pixel_of(n);
  const int y = int((pixel.y + p.padding_y) / p.stride_y);
  const int x = int((pixel.z + p.padding_x) / p.stride_x);
  const int image = int(p.b + pixel.x * (p.in_height * p.in_width * p.channels));
  return Place(image + (y * int(p.in_width) + x) * int(p.channels), n < columns ? y : nowhere, x);
}
Place b_term(uint k) {
  const Element e = element_of(k);
  const int at = int(e.channel) - int((e.y * p.in_width + e.x) * p.channels);
  return Place(at, k < k_end ? -int(e.y) : nowhere, -int(e.x));
}
LOAD_WINDOWS(p.in_height, p.in_width)
LOAD_WINDOW_VECTORS

struct CColumn { uint at; };
CColumn c_column(uint n) {
  const uvec3 pixel = pixel_of(n);
  return CColumn(p.c + ((pixel.x * p.height + pixel.y) * p.width + pixel.z) * p.m);
}

void store(CColumn column, uint m, float sum) {
  if (p.has_bias != 0) sum += bias[p.bias + m];
  c[column.at + m] = FINISH(sum);
}

#ifdef TILED
#define A_ALONG_K false
#define B_ALONG_K true
#include "gemm_tiled.glsl"
#else
#include "gemm_register.glsl"
#endif
