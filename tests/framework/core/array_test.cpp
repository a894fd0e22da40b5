#include "framework/core/array.h"

#include <doctest/doctest.h>

#include <array>

#include "framework/core/error.h"

using namespace varve;

TEST_CASE("an array has as many values as its shape") {
  const std::array<float, 3> three{1, 2, 3};
  CHECK(Array::of<float>({3}, three).as<float>()[2] == 3);
  CHECK_THROWS_WITH_AS(Array::of<float>({2, 2}, three), "[array] (2, 2) f32 holds 4 values, not 3",
                       Error);
  CHECK_THROWS_AS(Array::of<float>({2}, three), Error);
  CHECK_THROWS_AS(Array::of<float>({0}, three), Error);
  CHECK_THROWS_AS(Array::of<float>({-3}, three), Error);
}

TEST_CASE("bytes that cannot be counted, or had, are an error") {
  CHECK(byte_size({1LL << 60}, DType::u8) == std::size_t{1} << 60);
  CHECK_THROWS_WITH_AS(byte_size({1LL << 60}, DType::f64),
                       doctest::Contains("larger than 2^63 - 1 bytes"), Error);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which end the process
  try {
    Array::zeros({1LL << 60}, DType::f32);
    FAIL("had 4 EiB of memory");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::memory);
  }
#endif
}
