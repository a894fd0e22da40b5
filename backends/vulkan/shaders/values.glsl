// Elements as reductions see them. With one of F32, I32, I64 or U8 defined: Stored, what a buffer
// holds; Value, what is computed with; LOAD and STORE between them; OUT, how a buffer is declared
// that is only stored to; and the functions below. I64 is two words and U8 a part of one, so that
// every device has them. Integers wrap around.
#if defined(F32)
#define Stored float
#define Value float
#elif defined(I32)
#define Stored int
#define Value int
#elif defined(I64)
#include "pairs.glsl"
#define Stored uvec2
#define Value uvec2
#elif defined(U8)
#include "bytes.glsl"
#define Stored Byte
#define Value uint
#endif

#ifdef U8
#define OUT BYTES_OUT
#define LOAD(from, place) LOAD_BYTE(from, place)
#define STORE(to, place, value) STORE_BYTE(to, place, value)
#else
#define OUT writeonly
#define LOAD(from, place) from[place]
#define STORE(to, place, value) to[place] = value;
#endif

Value plus(Value a, Value b) {
#if defined(I64)
  return add_i64(a, b);
#else
  return a + b;
#endif
}

Value zero() { return Value(0); }

// Below everything, or equal to it.
Value lowest() {
#if defined(F32)
  return uintBitsToFloat(0xff800000u);
#elif defined(I32)
  return int(0x80000000u);
#elif defined(I64)
  return uvec2(0u, 0x80000000u);
#else
  return 0u;
#endif
}

// Above everything, or equal to it.
Value highest() {
#if defined(F32)
  return uintBitsToFloat(0x7f800000u);
#elif defined(I32)
  return 0x7fffffff;
#elif defined(I64)
  return uvec2(0xffffffffu, 0x7fffffffu);
#else
  return 255u;
#endif
}

bool is_nan(Value x) {
#if defined(F32)
  return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u;
#else
  return false;
#endif
}

// Whether x comes after `best` in the order that a maximum follows: a NaN is the largest.
bool exceeds(Value x, Value best) {
#if defined(F32)
  return (x > best || is_nan(x)) && !is_nan(best);
#elif defined(I64)
  return less_i64(best, x);
#else
  return x > best;
#endif
}

Value larger(Value a, Value b) { return exceeds(b, a) ? b : a; }

// A NaN is the smallest, too.
Value smaller(Value a, Value b) {
#if defined(F32)
  return (b < a || is_nan(b)) && !is_nan(a) ? b : a;
#else
  return exceeds(a, b) ? b : a;
#endif
}
