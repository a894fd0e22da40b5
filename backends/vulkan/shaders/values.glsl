// Elements as reductions see them. With one of F32, I32, I64 or U8 defined: Stored, what a buffer
// holds; Value, what is computed with; and the functions below. I64 is two words, low and high, so
// that it needs no 64-bit arithmetic. Integers wrap around.
#if defined(F32)
#define Stored float
#define Value float
#elif defined(I32)
#define Stored int
#define Value int
#elif defined(I64)
#define Stored uvec2
#define Value uvec2
#elif defined(U8)
#extension GL_EXT_shader_8bit_storage : require
#define Stored uint8_t
#define Value uint
#endif

// Macros: a byte can only be converted where it is loaded or stored.
#define from_stored(x) Value(x)
#define to_stored(x) Stored(x)

Value plus(Value a, Value b) {
#if defined(I64)
  uint carry;
  const uint low = uaddCarry(a.x, b.x, carry);
  return uvec2(low, a.y + b.y + carry);
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
  return int(x.y) > int(best.y) || (x.y == best.y && x.x > best.x);
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
