// i64 as two words, the low one first, for devices without 64-bit arithmetic: what it means is the
// same to the bit. Sums and products wrap around; a division truncates, by zero it gives 0.

#ifndef VARVE_PAIRS
#define VARVE_PAIRS

uvec2 add_i64(const uvec2 a, const uvec2 b) {
  uint carry;
  const uint low = uaddCarry(a.x, b.x, carry);
  return uvec2(low, a.y + b.y + carry);
}

uvec2 sub_i64(const uvec2 a, const uvec2 b) {
  uint borrow;
  const uint low = usubBorrow(a.x, b.x, borrow);
  return uvec2(low, a.y - b.y - borrow);
}

uvec2 neg_i64(const uvec2 a) { return sub_i64(uvec2(0u), a); }

uvec2 mul_i64(const uvec2 a, const uvec2 b) {
  uint high, low;
  umulExtended(a.x, b.x, high, low);
  return uvec2(low, high + a.x * b.y + a.y * b.x);
}

bool is_negative(const uvec2 a) { return a.y >= 0x80000000u; }
bool less_unsigned(const uvec2 a, const uvec2 b) { return a.y < b.y || (a.y == b.y && a.x < b.x); }
bool less_i64(const uvec2 a, const uvec2 b) {
  return less_unsigned(a ^ uvec2(0u, 0x80000000u), b ^ uvec2(0u, 0x80000000u));
}

uvec2 maximum_i64(const uvec2 a, const uvec2 b) { return less_i64(b, a) ? a : b; }
uvec2 minimum_i64(const uvec2 a, const uvec2 b) { return less_i64(a, b) ? a : b; }
uvec2 abs_i64(const uvec2 a) { return is_negative(a) ? neg_i64(a) : a; }

// Bit by bit, as on paper. b > 0.
uvec2 div_unsigned(const uvec2 a, const uvec2 b) {
  if ((a.y | b.y) == 0u) return uvec2(a.x / b.x, 0u);
  uvec2 quotient = uvec2(0u);
  uvec2 rest = uvec2(0u);
  for (uint i = 0u; i < 64u; ++i) {
    const uint word = i < 32u ? a.y : a.x;
    const bool carry = is_negative(rest);
    rest = uvec2((rest.x << 1) | ((word >> (31u - (i & 31u))) & 1u),
                 (rest.y << 1) | (rest.x >> 31));
    quotient = uvec2(quotient.x << 1, (quotient.y << 1) | (quotient.x >> 31));
    if (carry || !less_unsigned(rest, b)) {
      rest = sub_i64(rest, b);
      quotient.x |= 1u;
    }
  }
  return quotient;
}

uvec2 div_i64(const uvec2 a, const uvec2 b) {
  if (b == uvec2(0u)) return uvec2(0u);
  const uvec2 quotient = div_unsigned(abs_i64(a), abs_i64(b));
  return is_negative(a) != is_negative(b) ? neg_i64(quotient) : quotient;
}

// --- Casts: as in links.comp. ---

uvec2 i64_from_i32(const int x) { return uvec2(uint(x), uint(x >> 31)); }
uvec2 i64_from_u8(const uint x) { return uvec2(x, 0u); }
uvec2 i64_from_bool(const bool x) { return uvec2(x ? 1u : 0u, 0u); }
int i32_from_i64(const uvec2 x) { return int(x.x); }
uint u8_from_i64(const uvec2 x) { return x.x & 255u; }
bool bool_from_i64(const uvec2 x) { return x != uvec2(0u); }

// The mantissa, shifted; towards zero.
uvec2 i64_from_f32(const float x) {
  const uint bits = floatBitsToUint(x);
  const uint exponent = (bits >> 23) & 255u;
  const bool negative = bits >= 0x80000000u;
  if ((bits & 0x7fffffffu) > 0x7f800000u || exponent < 127u) return uvec2(0u);
  if (exponent >= 190u) return negative ? uvec2(0u, 0x80000000u) : uvec2(~0u, 0x7fffffffu);
  const uint mantissa = (bits & 0x007fffffu) | 0x00800000u;
  uvec2 whole;
  if (exponent <= 150u) {
    whole = uvec2(mantissa >> (150u - exponent), 0u);
  } else if (exponent < 182u) {
    const uint shift = exponent - 150u;
    whole = uvec2(mantissa << shift, (mantissa >> 1) >> (31u - shift));
  } else {
    whole = uvec2(0u, mantissa << (exponent - 182u));
  }
  return negative ? neg_i64(whole) : whole;
}

// Rounded once: by way of an int, as a device may round a larger uint twice. Of a bit that is lost
// only whether it was set matters.
float float_of(const uint x) {
  return x < 0x80000000u ? float(int(x)) : 2.0 * float(int((x >> 1) | (x & 1u)));
}
float f32_from_i64(const uvec2 x) {
  const uvec2 size = abs_i64(x);
  float y = float_of(size.x);
  if (size.y != 0u) {
    const uint top = uint(findMSB(size.y));
    const uint high = (size.y << (31u - top)) | ((size.x >> 1) >> top);
    const uint low = size.x << (31u - top);
    y = float_of(high | (low != 0u ? 1u : 0u)) * uintBitsToFloat((top + 128u) << 23);
  }
  return is_negative(x) ? -y : y;
}

#endif
