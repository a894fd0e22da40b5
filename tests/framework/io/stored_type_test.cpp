#include "framework/io/stored_type.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "framework/core/error.h"
#include "tests/framework/io/corruption.h"

using namespace varve;
using namespace varve::io;
using Kind = StoredType::Kind;

namespace {

std::vector<std::byte> bytes(std::string_view hex) {
  const std::string text = testing::from_hex(hex);
  const auto span = std::as_bytes(std::span(text));
  return {span.begin(), span.end()};
}

template <class T>
std::vector<T> values(std::string_view hex, StoredType type) {
  REQUIRE(type.dtype() == dtype_of<T>);
  const auto wide = widened(bytes(hex), type, "[test] file");
  std::vector<T> out(wide.size() / sizeof(T));
  std::memcpy(out.data(), wide.data(), wide.size());
  return out;
}

}  // namespace

TEST_CASE("stored types: a DType stores as itself, in little-endian order") {
  for (const auto dtype :
       {DType::f32, DType::f64, DType::i32, DType::i64, DType::u8, DType::boolean}) {
    const StoredType type(dtype);
    CHECK(type.dtype() == dtype);
    CHECK(type.size == size_of(dtype));
    CHECK(type.as_is());
    CHECK(type.name() == name(dtype));
  }
  CHECK_FALSE(StoredType(Kind::floating, 4, true).as_is());
  CHECK(StoredType(Kind::natural, 1, true).as_is());  // one byte has no order
  CHECK(StoredType(Kind::brain, 2).name() == "bf16");
  CHECK(StoredType(Kind::whole, 2, true).name() == "big-endian i16");
}

TEST_CASE("stored types: a half has its zeros, denormals, infinities and NaN") {
  const auto x = values<float>("0000008000040100ff030080ffffff7b007c00fc007e0035",
                               StoredType(Kind::floating, 2));
  const std::vector<float> want{0,   -0.0F, 0x1p-14F, 0x1p-24F,  0x1.ff8p-15F, -0.0F,
                                NAN, 65504, INFINITY, -INFINITY, NAN,          0.3125F};
  REQUIRE(x.size() == want.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    CAPTURE(i);
    CHECK((std::isnan(want[i]) ? std::isnan(x[i]) : x[i] == want[i]));
    if (!std::isnan(want[i])) CHECK(std::signbit(x[i]) == std::signbit(want[i]));
  }
}

TEST_CASE("stored types: a bf16 is the first half of a float") {
  CHECK(values<float>("803f20c0ff7f807f01000080", StoredType(Kind::brain, 2))[1] == -2.5F);
  const auto x = values<float>("803fc07f807f0100", StoredType(Kind::brain, 2));
  CHECK(x[0] == 1);
  CHECK(std::isnan(x[1]));
  CHECK(x[2] == INFINITY);
  CHECK(x[3] == 0x1p-133F);
}

TEST_CASE("stored types: integers keep their values to the ends of their range") {
  using I = std::vector<std::int32_t>;
  using L = std::vector<std::int64_t>;
  CHECK(values<std::int32_t>("807fff", StoredType(Kind::whole, 1)) == I{-128, 127, -1});
  CHECK(values<std::int32_t>("0080ff7fffff", StoredType(Kind::whole, 2)) == I{-32768, 32767, -1});
  CHECK(values<std::int32_t>("00800100ffff", StoredType(Kind::natural, 2)) == I{32768, 1, 65535});
  CHECK(values<std::int64_t>("00000080ffffffff", StoredType(Kind::natural, 4)) ==
        L{2147483648, 4294967295});
  CHECK(values<std::int64_t>("ffffffffffffff7f", StoredType(Kind::natural, 8)) ==
        L{std::numeric_limits<std::int64_t>::max()});
  CHECK_THROWS_WITH_AS(
      widened(bytes("01000000000000000000000000000080"), StoredType(Kind::natural, 8), "[test] f"),
      "[test] f: element 1 is 9223372036854775808, more than i64 holds; save it as floats", Error);
}

TEST_CASE("stored types: big-endian bytes are turned round") {
  CHECK(values<float>("3f800000c0200000", StoredType(Kind::floating, 4, true)) ==
        std::vector<float>{1, -2.5F});
  CHECK(values<double>("3ff8000000000000", StoredType(Kind::floating, 8, true))[0] == 1.5);
  CHECK(values<float>("3c00", StoredType(Kind::floating, 2, true))[0] == 1);
  CHECK(values<std::int32_t>("fffe", StoredType(Kind::whole, 2, true))[0] == -2);
  CHECK(values<std::int32_t>("00000102", StoredType(Kind::whole, 4, true))[0] == 258);
  CHECK(values<std::int64_t>("00000102", StoredType(Kind::natural, 4, true))[0] == 258);
}
