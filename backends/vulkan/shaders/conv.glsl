// What the convolutions share. All are matrix products in which B is the windows of an image
// [N, H, W, C] that is never unfolded: an element is found from two places that are added, one that
// depends on its column and one that depends on its k. Everything lies packed.

struct Place { int at, y, x; };  // at: of the element; y, x: of its pixel, which may lie outside

const int nowhere = 1 << 29;  // as a y: outside, whatever is added

layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };

#include "gemm.glsl"

#define BColumn Place
#define BTerm Place

#define LOAD_WINDOWS(HEIGHT, WIDTH)                                                 \
  uint window_place(Place column, Place term, out bool inside) {                    \
    inside = uint(column.y + term.y) < (HEIGHT) && uint(column.x + term.x) < (WIDTH); \
    return place_if(inside, column.at + term.at, p.b);                              \
  }                                                                                 \
  float load_b(Place column, Place term) {                                          \
    bool inside;                                                                    \
    const uint at = window_place(column, term, inside);                             \
    return value_if(inside, b[at]);                                                 \
  }

#ifdef TILED
layout(set = 0, binding = 0) readonly buffer A4 { vec4 a4[]; };
layout(set = 0, binding = 1) readonly buffer B4 { vec4 b4[]; };
#define LOAD_WINDOW_VECTORS                             \
  vec4 load_b4(Place column, Place term) {              \
    bool inside;                                        \
    const uint at = window_place(column, term, inside); \
    return value_if(inside, b4[at / 4]);                \
  }
#define LOAD_A_VECTORS                                                 \
  vec4 load_a4(ARow row, ATerm term) {                                 \
    const bool inside = row.inside && term.inside;                     \
    return value_if(inside, a4[place_if(inside, row.at + term.at, p.a) / 4]); \
  }
#else
#define LOAD_WINDOW_VECTORS
#define LOAD_A_VECTORS
#endif

struct ARow { int at; bool inside; };
struct ATerm { int at; bool inside; };

#define LOAD_A                                                      \
  float load_a(ARow row, ATerm term) {                              \
    const bool inside = row.inside && term.inside;                  \
    return value_if(inside, a[place_if(inside, row.at + term.at, p.a)]); \
  }
