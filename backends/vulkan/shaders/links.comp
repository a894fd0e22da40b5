// The functions and the frame of elementwise shaders, which link.cpp puts together: body() is
// replaced by loads, a call for each op, and stores. What it does here only makes the compiler keep
// every function and type; they are found by their names, functions as OP_DTYPE or TO_from_FROM.
//
// variant: links
// variant: links_int8 INT8
// variant: links_int64 INT64
// variant: links_int8_int64 INT8 INT64
// glslc: -O0

#version 450
#extension GL_GOOGLE_include_directive : require
#ifdef INT8
#extension GL_EXT_shader_8bit_storage : require
#endif
#ifdef INT64
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#define I64 int64_t
#else
#include "pairs.glsl"
#define I64 uvec2
#endif
#include "functions.glsl"

layout(local_size_x = 256) in;

// words[0]: how many items, elements or groups of four. With coordinates, for each axis but the
// outermost, the innermost first: its size, and the factor and shift that divide by it. Then what
// body() needs.
layout(push_constant) uniform Push { uint words[32]; } push;

#define BUFFERS(dtype, T)                                                        \
  layout(set = 0, binding = 0) readonly buffer Read_##dtype { T read_##dtype[]; }; \
  layout(set = 0, binding = 0) writeonly buffer Write_##dtype { T write_##dtype[]; };

BUFFERS(f32, float)
BUFFERS(i32, int)
BUFFERS(i64, I64)
// Groups of four.
BUFFERS(f32x4, vec4)
BUFFERS(i32x4, ivec4)
BUFFERS(u8x4, uint)
#ifdef INT8
BUFFERS(u8, uint8_t)
#else
layout(set = 0, binding = 0) buffer Update_u8x4 { uint update_u8x4[]; };
#endif

// --- Addresses ---

// n / size for n < 2^31, with factor = ceil(2^(31 + shift) / size) and 2^shift >= size.
uint divide(const uint n, const uint factor, const uint shift) {
  uint high, low;
  umulExtended(n << 1, factor, high, low);
  return high >> shift;
}

// Of item `index` in row-major order; w is the innermost of `rank` axes.
uvec4 coordinates(const uint index, const uint rank) {
  uvec4 at = uvec4(0u, 0u, 0u, index);
  if (rank > 1u) {
    at.z = divide(at.w, push.words[2], push.words[3]);
    at.w -= at.z * push.words[1];
  }
  if (rank > 2u) {
    at.y = divide(at.z, push.words[5], push.words[6]);
    at.z -= at.y * push.words[4];
  }
  if (rank > 3u) {
    at.x = divide(at.y, push.words[8], push.words[9]);
    at.y -= at.x * push.words[7];
  }
  return at;
}

// From words[word] on: where the first element is, and the strides, the innermost first.
uint place_strided(const uvec4 at, const uint rank, const uint word) {
  uint place = push.words[word] + at.w * push.words[word + 1u];
  if (rank > 1u) place += at.z * push.words[word + 2u];
  if (rank > 2u) place += at.y * push.words[word + 3u];
  if (rank > 3u) place += at.x * push.words[word + 4u];
  return place;
}
uint place_flat(const uint index, const uint word) { return push.words[word] + index; }

// --- Bytes in words ---

uint shift_of(const uint place) { return (place & 3u) * 8u; }
uint byte_of(const uint word, const uint place) { return (word >> shift_of(place)) & 255u; }
// Where the word of a byte is; what of it stays when the byte is stored; what the byte is in it.
uint word_place(const uint place) { return place >> 2; }
uint others_of(const uint place) { return ~(255u << shift_of(place)); }
uint part_of(const uint byte, const uint place) { return byte << shift_of(place); }
uint word_of(const uint a, const uint b, const uint c, const uint d) {
  return a | (b << 8) | (c << 16) | (d << 24);
}

// --- Constants, from words[word] on ---

float constant_f32(const uint word) { return uintBitsToFloat(push.words[word]); }
int constant_i32(const uint word) { return int(push.words[word]); }
uint constant_u8(const uint word) { return push.words[word]; }
bool constant_bool(const uint word) { return push.words[word] != 0u; }
#ifdef INT64
int64_t constant_i64(const uint word) {
  return int64_t((uint64_t(push.words[word + 1u]) << 32) | uint64_t(push.words[word]));
}
#else
uvec2 constant_i64(const uint word) { return uvec2(push.words[word], push.words[word + 1u]); }
#endif

// --- Integers: u8 is held in 32 bits. All wrap around; division truncates, by zero it gives 0. ---

#define INTEGER_OPS(dtype, T, CUT)                                                       \
  T neg_##dtype(const T a) { return CUT(T(0) - a); }                                     \
  T add_##dtype(const T a, const T b) { return CUT(a + b); }                             \
  T sub_##dtype(const T a, const T b) { return CUT(a - b); }                             \
  T mul_##dtype(const T a, const T b) { return CUT(a * b); }                             \
  T maximum_##dtype(const T a, const T b) { return a > b ? a : b; }                      \
  T minimum_##dtype(const T a, const T b) { return a < b ? a : b; }                      \
  bool less_##dtype(const T a, const T b) { return a < b; }

#define ANY_OPS(dtype, T)                                         \
  bool equal_##dtype(const T a, const T b) { return a == b; }     \
  T where_##dtype(const bool condition, const T a, const T b) { return condition ? a : b; }

#define SAME(x) (x)
#define BYTE(x) ((x) & 255u)

INTEGER_OPS(i32, int, SAME)
INTEGER_OPS(u8, uint, BYTE)
ANY_OPS(f32, float)
ANY_OPS(i32, int)
ANY_OPS(u8, uint)
ANY_OPS(i64, I64)
ANY_OPS(bool, bool)

int abs_i32(const int a) { return a < 0 ? 0 - a : a; }
uint abs_u8(const uint a) { return a; }
// The lowest integer / -1 and x / 0 must not reach the processor, which may trap.
int div_i32(const int a, const int b) {
  const int quotient = a / (b == 0 || b == -1 ? 1 : b);
  return b == 0 ? 0 : b == -1 ? 0 - a : quotient;
}
uint div_u8(const uint a, const uint b) { return b == 0u ? 0u : a / (b == 0u ? 1u : b); }
bool less_f32(const float a, const float b) { return a < b; }
bool less_bool(const bool a, const bool b) { return !a && b; }

#ifdef INT64
INTEGER_OPS(i64, int64_t, SAME)
int64_t abs_i64(const int64_t a) { return a < 0 ? 0 - a : a; }
int64_t div_i64(const int64_t a, const int64_t b) {
  const int64_t quotient = a / (b == 0 || b == -1 ? int64_t(1) : b);
  return b == 0 ? int64_t(0) : b == -1 ? 0 - a : quotient;
}
#endif

// --- Casts: a float that an integer cannot hold becomes the nearest that it can, NaN 0. ---

int i32_from_f32(const float x) {
  const bool fits = x > -2147483648.0 && x < 2147483648.0;
  return fits ? int(x) : is_nan(x) ? 0 : x < 0.0 ? -2147483648 : 2147483647;
}
uint u8_from_f32(const float x) { return x > 0.0 ? (x < 255.0 ? uint(x) : 255u) : 0u; }
bool bool_from_f32(const float x) { return is_nan(x) || x != 0.0; }
float f32_from_i32(const int x) { return float(x); }
float f32_from_u8(const uint x) { return float(x); }
float f32_from_bool(const bool x) { return x ? 1.0 : 0.0; }
uint u8_from_i32(const int x) { return uint(x) & 255u; }
uint u8_from_bool(const bool x) { return x ? 1u : 0u; }
bool bool_from_i32(const int x) { return x != 0; }
bool bool_from_u8(const uint x) { return x != 0u; }
int i32_from_u8(const uint x) { return int(x); }
int i32_from_bool(const bool x) { return x ? 1 : 0; }
#ifdef INT64
int64_t i64_from_f32(const float x) {
  const bool fits = x > -9223372036854775808.0 && x < 9223372036854775808.0;
  const int64_t lowest = int64_t(1) << 63;
  return fits ? int64_t(x) : is_nan(x) ? int64_t(0) : x < 0.0 ? lowest : ~lowest;
}
int64_t i64_from_i32(const int x) { return int64_t(x); }
int64_t i64_from_u8(const uint x) { return int64_t(x); }
int64_t i64_from_bool(const bool x) { return x ? int64_t(1) : int64_t(0); }
float f32_from_i64(const int64_t x) { return float(x); }
int i32_from_i64(const int64_t x) { return int(x); }
uint u8_from_i64(const int64_t x) { return uint(x) & 255u; }
bool bool_from_i64(const int64_t x) { return x != 0; }
#endif

// --- f32 ---

// x, but no compiler can know it: what comes next is not made one with what made x, as in
// a / sqrt(b), for which a driver may have one instruction that rounds otherwise than two.
float apart_f32(const float x) { return uintBitsToFloat(floatBitsToUint(x) ^ (push.words[0] >> 31)); }
float neg_f32(const float x) { return -x; }
float abs_f32(const float x) { return magnitude(x); }
float sqrt_f32(const float x) { return sqrt(x); }
float square_f32(const float x) { return x * x; }
float reciprocal_f32(const float x) { return 1.0 / x; }
float add_f32(const float a, const float b) { return a + b; }
float sub_f32(const float a, const float b) { return a - b; }
float mul_f32(const float a, const float b) { return a * b; }
float div_f32(const float a, const float b) { return a / b; }

// From the gradient of the result and the result itself.
float relu_gradient_f32(const float g, const float y) { return y > 0.0 ? g : 0.0; }
float tanh_gradient_f32(const float g, const float y) { return g * (1.0 - y * y); }
float sigmoid_gradient_f32(const float g, const float y) { return g * (y * (1.0 - y)); }

// From words[word] on: the probability of a zero, and 1 / (1 - probability).
float dropout_f32(const float x, const float u, const uint word) {
  return u < constant_f32(word) ? 0.0 : x * constant_f32(word + 1u);
}
float reparameterize_f32(const float mu, const float logvar, const float eps) {
  return mu + exp_f32(logvar * 0.5) * eps;
}
// |l| with the weight that speaks against l, and what is left for either.
float bce_with_logits_f32(const float l, const float x) {
  const float against = l < 0.0 ? x : 1.0 - x;
  const float wrong = against == 0.0 ? 0.0 : against * magnitude(l);
  const float y = wrong + log1p_of_fraction(exp_f32(-magnitude(l)));
  return is_nan(l) ? l : y;
}
float bce_with_logits_gradient_f32(const float l, const float x, const float g) {
  return (sigmoid_f32(l) - x) * g;
}
float gaussian_kl_f32(const float mu, const float logvar) {
  precise const float spread = expm1_f32(logvar) - minimum_f32(logvar, 1e38);
  return (mu * mu + spread) * 0.5;
}

// --- The frame ---

#define KEEP_INTEGER(dtype)                                                             \
  dtype = minimum_##dtype(dtype, maximum_##dtype(dtype, neg_##dtype(dtype)));            \
  dtype = where_##dtype(less_##dtype(dtype, dtype),                                      \
                        add_##dtype(dtype, sub_##dtype(dtype, abs_##dtype(dtype))),      \
                        mul_##dtype(dtype, div_##dtype(dtype, dtype)));
#define KEEP_ANY(dtype, i)                            \
  b = equal_##dtype(dtype, constant_##dtype(i));      \
  dtype = where_##dtype(b, dtype, dtype);

void body(const uint i) {
  const uvec4 at = coordinates(i, 4u);
  float f32 = read_f32[place_strided(at, 4u, 1u)];
  int i32 = read_i32[place_flat(i, 1u)];
  uint u8 = i;
  bool b = less_bool(i == 0u, constant_bool(i));
#ifdef INT8
  u8 = uint(read_u8[i]);
  b = uint(read_u8[i]) != 0u;
#endif
  KEEP_INTEGER(i32)
  KEEP_INTEGER(u8)
  KEEP_ANY(f32, i)
  KEEP_ANY(i32, i)
  KEEP_ANY(u8, i)
  b = where_bool(b, b, equal_bool(b, less_f32(f32, f32)));
  I64 i64 = read_i64[i];
  KEEP_INTEGER(i64)
  KEEP_ANY(i64, i)
  i64 = i64_from_f32(f32) + i64_from_i32(i32) + i64_from_u8(u8) + i64_from_bool(b);
  f32 = f32_from_i64(i64) + float(i32_from_i64(i64)) + float(u8_from_i64(i64));
  b = bool_from_i64(i64);
  write_i64[i] = i64;
  i32 = i32_from_f32(f32) + i32_from_u8(u8) + i32_from_bool(b);
  u8 = u8_from_f32(f32) + u8_from_i32(i32) + u8_from_bool(b);
  b = bool_from_f32(f32) && bool_from_i32(i32) && bool_from_u8(u8);
  f32 = f32_from_i32(i32) + f32_from_u8(u8) + f32_from_bool(b);
  f32 = neg_f32(abs_f32(exp_f32(log_f32(log1p_f32(sqrt_f32(sin_f32(tanh_f32(erf_f32(f32)))))))));
  f32 = sigmoid_f32(softplus_f32(square_f32(reciprocal_f32(f32))));
  f32 = pow_f32(maximum_f32(add_f32(sub_f32(mul_f32(div_f32(f32, f32), f32), f32), f32), f32), f32);
  f32 = minimum_f32(expm1_f32(f32), cos_f32(f32));
  f32 = atan2_f32(floor_f32(ceil_f32(f32)), sign_f32(round_f32(trunc_f32(f32))));
  f32 = relu_gradient_f32(tanh_gradient_f32(sigmoid_gradient_f32(f32, f32), f32), f32);
  f32 = dropout_f32(f32, f32, i);
  f32 = reparameterize_f32(f32, f32, f32);
  f32 = bce_with_logits_f32(bce_with_logits_gradient_f32(f32, f32, f32), f32);
  f32 = apart_f32(gaussian_kl_f32(f32, f32));
  write_f32[i] = f32;
  write_i32[i] = i32;
  write_f32x4[i] = read_f32x4[i];
  write_i32x4[i] = read_i32x4[i];
  write_u8x4[i] = word_of(byte_of(read_u8x4[i], i), u8, u8, u8);
#ifdef INT8
  write_u8[i] = uint8_t(u8);
  write_u8[i + 1u] = uint8_t(b ? 1u : 0u);
#else
  u8 = byte_of(update_u8x4[word_place(i)], i);
  atomicAnd(update_u8x4[i], others_of(i));
  atomicOr(update_u8x4[i], part_of(u8, i));
#endif
}

void main() {
  const uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
  const uint i = group * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
  if (i < push.words[0]) body(i);
}
