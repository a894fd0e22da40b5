#include "framework/io/byte_source.h"

#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "framework/core/error.h"

using namespace varve;
using namespace varve::io;

namespace {

Array read(std::string_view bytes, DType dtype, std::vector<std::uint64_t> extents) {
  MemorySource source(bytes, "[test] file");
  return read_array(source, dtype, extents);
}

}  // namespace

TEST_CASE("a memory source gives its bytes once and knows what is left") {
  MemorySource source("abcde", "[test] file");
  std::array<std::byte, 3> block{};
  CHECK(source.at_most() == 5);
  CHECK(source.read(block) == 3);
  CHECK(block[2] == std::byte{'c'});
  CHECK(source.at_most() == 2);
  CHECK(source.read(block) == 2);
  CHECK(source.read(block) == 0);
  CHECK_THROWS_AS(read_exactly(source, block, "a block"), Error);
}

TEST_CASE("byte counts are checked products") {
  constexpr std::uint64_t big = 1ULL << 32;
  CHECK(byte_count(DType::f32, {}) == 4);
  CHECK(byte_count(DType::f64, std::vector<std::uint64_t>{2, 3}) == 48);
  CHECK(byte_count(DType::u8, std::vector<std::uint64_t>{5, 0}) == 0);
  CHECK(byte_count(DType::u8, std::vector<std::uint64_t>{(1ULL << 63) - 1}) == (1ULL << 63) - 1);
  CHECK_FALSE(byte_count(DType::u8, std::vector<std::uint64_t>{1ULL << 63}));
  CHECK_FALSE(byte_count(DType::f32, std::vector<std::uint64_t>{big, big}));
  CHECK_FALSE(byte_count(DType::f32, std::vector<std::uint64_t>{0, big, big}));
  CHECK_FALSE(byte_count(DType::f32, std::vector<std::uint64_t>{big, big, 0}));
}

TEST_CASE("an array takes exactly the bytes that follow") {
  CHECK(read("abcdef", DType::u8, {2, 3}).shape == Shape{2, 3});
  CHECK(read("abcd", DType::i32, {}).as<std::int32_t>()[0] == 0x64636261);
  CHECK(read("", DType::f32, {0, 4}).numel() == 0);
  CHECK_THROWS_WITH_AS(read("abcdef", DType::u8, {7}),
                       "[test] file: shape (7) of u8 needs 7 bytes, at most 6 follow; the file is "
                       "damaged or cut off, fetch or write it again",
                       Error);
  CHECK_THROWS_AS(read("abcdef", DType::u8, {5}), Error);
  CHECK_THROWS_AS(read("abcdef", DType::f64, {1ULL << 62}), Error);
  CHECK_THROWS_AS(read("a", DType::u8, {1, 1, 1, 1, 1, 1, 1, 1, 1}), Error);
}

TEST_CASE("a bool array holds nothing but 0 and 1") {
  CHECK(read(std::string_view("\0\1\1", 3), DType::boolean, {3}).as<bool>()[2]);
  CHECK_THROWS_AS(read(std::string_view("\0\2\1", 3), DType::boolean, {3}), Error);
}

TEST_CASE("text from a file is made fit for a message") {
  CHECK(excerpt("plain") == "'plain'");
  CHECK(excerpt("two\nlines\x1b[31m") == "'two?lines?[31m'");
  CHECK(excerpt(std::string(1000, 'x')).size() < 100);
}
