// The elementary functions: Vulkan's own are too coarse for training (tanh near 0, sin of a large
// argument), lose NaN (max), are undefined where IEEE 754 is not (pow), or differ from device to
// device. These use correctly rounded operations only, but for divisions and roots; `precise`
// keeps them as they are written. The polynomials are minimax fits on the ranges that are named.
// NaN in, NaN out. Errors in ulp are against the exact function, for normal numbers, where
// divisions are exact, too; Vulkan allows those an error of 2.5 ulp of their own.

#ifndef VARVE_FUNCTIONS
#define VARVE_FUNCTIONS

#define INFINITY uintBitsToFloat(0x7f800000u)
#define NOT_A_NUMBER uintBitsToFloat(0x7fc00000u)

// By its bits: drivers may assume that there is none.
bool is_nan(const float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u; }

float magnitude(const float x) { return uintBitsToFloat(floatBitsToUint(x) & 0x7fffffffu); }

// The magnitude of `x` with the sign of `from`.
float with_sign(const float x, const float from) {
  const uint sign = floatBitsToUint(from) & 0x80000000u;
  return uintBitsToFloat((floatBitsToUint(x) & 0x7fffffffu) | sign);
}

// x 2^n for |n| <= 250, in two steps so that each factor is a normal number.
float scale(const float x, const int n) {
  const int half_n = n >> 1;
  precise float y = x * uintBitsToFloat(uint(half_n + 127) << 23);
  y *= uintBitsToFloat(uint(n - half_n + 127) << 23);
  return y;
}

// e^r - 1 for |r| <= ln(2) / 2.
float expm1_reduced(const float r) {
  precise float p = 0.0013952972;
  p = p * r + 0.008370321;
  p = p * r + 0.04166617;
  p = p * r + 0.16666506;
  p = p * r + 0.5;
  p = p * (r * r) + r;
  return p;
}

float exp_reduced(const float r) {
  precise const float y = expm1_reduced(r) + 1.0;
  return y;
}

// 1.1 ulp. Overflows to infinity, and underflows to 0, through scale().
float exp_f32(const float x) {
  const float limited = x > 120.0 ? 120.0 : x < -120.0 ? -120.0 : x;
  precise float n = floor(limited * 1.442695041 + 0.5);
  precise float r = limited - n * 0.693359375;  // nine bits: the product is exact
  r = r - n * -2.12194440e-4;
  return is_nan(x) ? x : scale(exp_reduced(r), int(n));
}

// e^x - 1; 2 ulp: (e^r - 1) 2^n and 2^n - 1, until the one no longer counts.
float expm1_f32(const float x) {
  const float limited = x > 30.0 ? 30.0 : x < -30.0 ? -30.0 : x;
  precise float n = floor(limited * 1.442695041 + 0.5);
  precise float r = limited - n * 0.693359375;
  r = r - n * -2.12194440e-4;
  precise const float y = scale(expm1_reduced(r), int(n)) + (scale(1.0, int(n)) - 1.0);
  if (is_nan(x) || x == 0.0) return x;
  return x > 30.0 ? exp_f32(x) : y;
}

// log(1 + f) - f + f^2 / 2 for sqrt(1/2) <= 1 + f <= sqrt(2).
float log_cubic(const float f) {
  precise float p = 0.067477286;
  p = p * f - 0.116775155;
  p = p * f + 0.11888698;
  p = p * f - 0.124054044;
  p = p * f + 0.14219452;
  p = p * f - 0.16668005;
  p = p * f + 0.20002124;
  p = p * f - 0.25000009;
  p = p * f + 0.33333313;
  p = p * f * (f * f);
  return p;
}

// A positive number as (1 + f) 2^n with sqrt(1/2) <= 1 + f < sqrt(2).
void split_number(const float x, out float f, out int n) {
  const bool tiny = floatBitsToUint(x) < 0x00800000u;
  const uint bits = floatBitsToUint(tiny ? x * 16777216.0 : x);
  const uint from_root = bits - 0x3f3504f3u;  // sqrt(1/2)
  n = (int(from_root) >> 23) - (tiny ? 24 : 0);
  f = uintBitsToFloat((from_root & 0x007fffffu) + 0x3f3504f3u) - 1.0;
}

// 0.9 ulp.
float log_f32(const float x) {
  float f;
  int n;
  split_number(x, f, n);
  precise float y = float(n) * -2.12194440e-4 + (log_cubic(f) - 0.5 * (f * f));
  y = y + f;
  y = y + float(n) * 0.693359375;
  if (x == 0.0) y = -INFINITY;
  if (x < 0.0) y = NOT_A_NUMBER;
  return x == INFINITY || is_nan(x) ? x : y;
}

// 1.5 ulp: the logarithm of the rounded sum, and what the rounding took away.
float log1p_f32(const float x) {
  precise const float u = 1.0 + x;
  precise const float lost = x < 1.0 ? x - (u - 1.0) : 1.0 - (u - x);
  precise float y = log_f32(u);
  if (u > 0.0 && u < 16777216.0) y = y + lost / u;
  return u == 1.0 ? x : y;
}

// log(1 + e) for 0 <= e <= 1, as 2 artanh(s) with 2 s = t = 2 e / (2 + e): t is normal where e is,
// as a device may take a smaller quotient for 0.
float log1p_of_fraction(const float e) {
  precise const float t = (e + e) / (e + 2.0);
  precise const float square = t * t * 0.25;
  precise float p = 0.2430832;
  p = p * square + 0.21425852;
  p = p * square + 0.28617036;
  p = p * square + 0.39998874;
  p = p * square + 0.66666675;
  p = p * square * (0.5 * t) + t;
  return p;
}

float maximum_f32(const float a, const float b) { return is_nan(a) || a > b ? a : b; }
float minimum_f32(const float a, const float b) { return is_nan(a) || a < b ? a : b; }

float relu_f32(const float x) { return x < 0.0 ? 0.0 : x; }

// ln(1 + e^x) without overflow; 2.7 ulp.
float softplus_f32(const float x) {
  precise const float y = relu_f32(x) + log1p_of_fraction(exp_f32(-magnitude(x)));
  return is_nan(x) ? x : y;
}

// 2.5 ulp.
float sigmoid_f32(const float x) {
  precise const float y = 1.0 / (1.0 + exp_f32(-x));
  return y;
}

// 1.4 ulp: an odd polynomial where 1 - 2 / (e^2x + 1) would cancel.
float tanh_f32(const float x) {
  const float a = magnitude(x);
  precise const float square = x * x;
  precise float p = -0.0057094965;
  p = p * square + 0.020644136;
  p = p * square - 0.053741623;
  p = p * square + 0.1333147;
  p = p * square - 0.33333284;
  p = p * square * x + x;
  precise const float far = 1.0 - 2.0 / (exp_f32(2.0 * a) + 1.0);
  return is_nan(x) ? x : with_sign(a < 0.625 ? p : far, x);
}

// 2.5 ulp: an odd polynomial, and beyond 1 the complement as e^-q.
float erf_f32(const float x) {
  const float a = magnitude(x);
  precise const float square = x * x;
  precise float p = 7.889123e-05;
  p = p * square - 0.0008020842;
  p = p * square + 0.0051895357;
  p = p * square - 0.026854444;
  p = p * square + 0.112836;
  p = p * square - 0.37612626;
  p = p * square + 1.1283791;
  p = p * x;
  const float limited = a > 4.0 ? 4.0 : a;
  precise float q = -0.00018797170;
  q = q * limited + 0.0029640063;
  q = q * limited - 0.021906476;
  q = q * limited + 0.1032562;
  q = q * limited + 0.637965;
  q = q * limited + 1.1272023;
  q = q * limited + 0.00031246929;
  precise const float far = 1.0 - exp_f32(-q);
  return is_nan(x) ? x : with_sign(a < 1.0 ? p : far, x);
}

// Activation (op.h) by its number: identity, relu, tanh, sigmoid.
float activate(const uint activation, const float x) {
  return activation == 1u   ? relu_f32(x)
         : activation == 2u ? tanh_f32(x)
         : activation == 3u ? sigmoid_f32(x)
                            : x;
}

// Sine and cosine for |r| <= pi / 4.
float sin_reduced(const float r) {
  precise const float square = r * r;
  precise float p = 2.7183041e-06;
  p = p * square - 0.00019839335;
  p = p * square + 0.008333329;
  p = p * square - 0.16666667;
  p = p * square * r + r;
  return with_sign(p, r);  // also of a zero
}
float cos_reduced(const float r) {
  precise const float square = r * r;
  precise float p = 2.443838e-05;
  p = p * square - 0.0013887367;
  p = p * square + 0.041666646;
  p = p * square * square - 0.5 * square;
  return p + 1.0;
}

// Word `at` of 2 / pi in binary, after 32 zeros in front of its point.
uint two_over_pi(const uint at) {
  return at == 0u   ? 0u
         : at == 1u ? 0xa2f9836eu
         : at == 2u ? 0x4e441529u
         : at == 3u ? 0xfc2757d1u
         : at == 4u ? 0xf534ddc0u
         : at == 5u ? 0xdb629599u
         : at == 6u ? 0x3c439041u
                    : 0xfe5163abu;
}

// 32 bits of it, from bit `shift` of word `at` on.
uint two_over_pi(const uint at, const uint shift) {
  return (two_over_pi(at) << shift) | ((two_over_pi(at + 1u) >> 1) >> (31u - shift));
}

// a > 1/2, finite, as quadrant * pi / 2 + the returned rest, |rest| <= pi / 4. Payne and Hanek,
// "Radian reduction for trigonometric functions" (1983): the mantissa times the 96 bits of 2 / pi
// that matter for this exponent, which leaves 2 bits for the quadrant and 94 behind the point.
float reduce_angle(const float a, out uint quadrant) {
  const uint bits = floatBitsToUint(a);
  const uint mantissa = (bits & 0x007fffffu) | 0x00800000u;
  const uint start = (bits >> 23) - 120u;
  const uint word = start >> 5;
  const uint shift = start & 31u;
  uint high, low, high2, low2, carry;
  umulExtended(mantissa, two_over_pi(word + 2u, shift), high2, low2);
  umulExtended(mantissa, two_over_pi(word + 1u, shift), high, low);
  const uint middle = uaddCarry(low, high2, carry);
  const uint top = mantissa * two_over_pi(word, shift) + high + carry;
  quadrant = (top + 0x20000000u) >> 30;
  // The fraction of a quadrant, signed, in 64 bits.
  uint upper = (top << 2) | (middle >> 30);
  uint lower = (middle << 2) | (low2 >> 30);
  const bool negative = upper >= 0x80000000u;
  if (negative) {
    lower = ~lower + 1u;
    upper = ~upper + (lower == 0u ? 1u : 0u);
  }
  precise float rest = float(upper) * 2.3283064365386963e-10;
  rest = rest + float(lower) * 5.421010862427522e-20;
  rest = rest * 1.5707963267948966;
  return negative ? -rest : rest;
}

// 2.6 ulp, whatever the argument.
float sin_f32(const float x) {
  const float a = magnitude(x);
  if (a <= 0.78) return sin_reduced(x);
  if (!(a < INFINITY)) return NOT_A_NUMBER;
  uint quadrant;
  const float rest = reduce_angle(a, quadrant);
  const float y = (quadrant & 1u) == 0u ? sin_reduced(rest) : cos_reduced(rest);
  return (quadrant >= 2u) != (x < 0.0) ? -y : y;
}

// As the sine.
float cos_f32(const float x) {
  const float a = magnitude(x);
  if (a <= 0.78) return cos_reduced(x);
  if (!(a < INFINITY)) return NOT_A_NUMBER;
  uint quadrant;
  const float rest = reduce_angle(a, quadrant);
  const float y = (quadrant & 1u) == 0u ? cos_reduced(rest) : sin_reduced(rest);
  return quadrant == 1u || quadrant == 2u ? -y : y;
}

// (sin, cos) of 2 pi u for 0 <= u < 1.
vec2 sincos_of_turn(const float u) {
  precise const float quadrant = floor(4.0 * u + 0.5);
  precise const float rest = (4.0 * u - quadrant) * 1.5707963267948966;
  const float s = sin_reduced(rest);
  const float c = cos_reduced(rest);
  const uint q = uint(quadrant) & 3u;
  return q == 0u ? vec2(s, c) : q == 1u ? vec2(c, -s) : q == 2u ? vec2(-s, -c) : vec2(-c, s);
}

// floor and the like are exact, but a device may lose the sign of a zero, and NaN.
float floor_f32(const float x) { return is_nan(x) ? x : with_sign(floor(x), x); }
float ceil_f32(const float x) { return is_nan(x) ? x : with_sign(ceil(x), x); }
float round_f32(const float x) { return is_nan(x) ? x : with_sign(roundEven(x), x); }
float trunc_f32(const float x) { return is_nan(x) ? x : with_sign(trunc(x), x); }
float sign_f32(const float x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : 0.0; }

// 3 ulp: an odd polynomial up to tan(pi / 8), and arctan(q) = pi / 4 + arctan((q - 1) / (q + 1)).
float atan2_f32(const float y, const float x) {
  const float a = magnitude(y);
  const float b = magnitude(x);
  const float high = a > b ? a : b;
  const float low = a > b ? b : a;
  const float q = high == 0.0 ? 0.0 : low == high ? 1.0 : low / high;
  const bool steep = q > 0.41421356;
  precise const float t = steep ? (q - 1.0) / (q + 1.0) : q;
  precise const float square = t * t;
  precise float p = -0.06026207948;
  p = p * square + 0.1056979111;
  p = p * square - 0.1423952761;
  p = p * square + 0.1999818277;
  p = p * square - 0.3333330689;
  p = p * square * t + t;
  // pi / 4 and so on, and what they are more than their f32.
  if (steep) p = (p - 2.1855694e-8) + 0.785398185253;
  if (a > b) p = (-4.3711388e-8 - p) + 1.57079637051;
  if (floatBitsToUint(x) >= 0x80000000u) p = (-8.7422777e-8 - p) + 3.14159274101;
  if (is_nan(x)) return x;
  return is_nan(y) ? y : with_sign(p, y);
}

// --- Sums and products with their rounding errors (Dekker, "A floating-point technique for
// extending the available precision", 1971): x + y stands for a number of twice the digits. ---

vec2 exact_sum(const float a, const float b) {
  precise const float s = a + b;
  precise const float v = s - a;
  precise const float e = (a - (s - v)) + (b - v);
  return vec2(s, e);
}

// Twelve bits of x, and the rest of it.
vec2 halves(const float x) {
  const float high = uintBitsToFloat(floatBitsToUint(x) & 0xfffff000u);
  precise const float low = x - high;
  return vec2(high, low);
}

vec2 exact_product(const float a, const float b) {
  const vec2 x = halves(a);
  const vec2 y = halves(b);
  precise const float p = a * b;
  precise const float e = ((x.x * y.x - p) + x.x * y.y + x.y * y.x) + x.y * y.y;
  return vec2(p, e);
}

// |x|^y for finite x > 0: e^(y log x), the logarithm and the product with twice the digits.
float pow_positive(const float x, const float y) {
  float f;
  int n;
  split_number(x, f, n);
  // log(1 + f) = f - f^2 / 2 + ..., the first two terms exactly.
  const vec2 square = exact_product(f, f);
  const vec2 two = exact_sum(f, -0.5 * square.x);
  precise const float low = two.y + (log_cubic(f) - 0.5 * square.y);
  // In base 2: log2(e) = 1.4426950216 + 1.925963e-8.
  const vec2 product = exact_product(two.x, 1.44269502162933349609375);
  precise float log2_low = product.y + (low * 1.442695 + two.x * 1.9259629891e-8);
  vec2 log2_x = exact_sum(float(n), product.x);
  log2_x = exact_sum(log2_x.x, log2_x.y + log2_low);
  // |y| > 2^33 makes 0, 1 or infinity whatever it is.
  const float limited = y > 8589934592.0 ? 8589934592.0 : y < -8589934592.0 ? -8589934592.0 : y;
  const vec2 power = exact_product(limited, log2_x.x);
  precise const float power_low = power.y + limited * log2_x.y;
  const float high = power.x > 250.0 ? 250.0 : power.x < -250.0 ? -250.0 : power.x;
  const float whole = floor(high + 0.5);
  const float low_part = high == power.x ? power_low : 0.0;
  precise const float r = ((high - whole) + low_part) * 0.6931471805599453;
  return scale(exp_reduced(r), int(whole));
}

// IEEE 754's pow: every special value as in C.
float pow_f32(const float x, const float y) {
  const float a = magnitude(x);
  const float b = magnitude(y);
  const bool negative = floatBitsToUint(x) >= 0x80000000u;
  const bool whole = floor(b) == b;  // infinity is, too
  const bool odd = whole && b < 16777216.0 && (uint(b < 16777216.0 ? b : 0.0) & 1u) == 1u;
  float z;
  if (a == 0.0 || a == INFINITY) {
    z = (a == 0.0) == (y > 0.0) ? 0.0 : INFINITY;
  } else if (b == INFINITY) {
    z = a == 1.0 ? 1.0 : (a > 1.0) == (y > 0.0) ? INFINITY : 0.0;
  } else {
    z = pow_positive(a, y);
  }
  if (negative && odd) z = -z;
  if (negative && !whole && a != 0.0 && a != INFINITY) z = NOT_A_NUMBER;
  if (is_nan(x)) z = x;
  if (is_nan(y)) z = y;
  return x == 1.0 || y == 0.0 ? 1.0 : z;
}

#endif
