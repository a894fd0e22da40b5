#include "framework/io/byte_source.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "framework/core/error.h"
#include "framework/io/budget.h"

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

namespace {

/// Claims any number of bytes and has a few.
class Boaster final : public ByteSource {
 public:
  explicit Boaster(std::size_t has) : ByteSource("[test] file"), has_(has) {}
  std::size_t read(std::span<std::byte> out) override {
    largest_ = std::max(largest_, out.size());
    const std::size_t count = std::min(out.size(), has_);
    has_ -= count;
    return count;
  }
  std::uint64_t at_most() const override { return 1ULL << 62; }
  bool is_exact() const override { return false; }
  std::size_t largest() const { return largest_; }

 private:
  std::size_t has_;
  std::size_t largest_ = 0;
};

}  // namespace

TEST_CASE("memory is granted for bytes that arrive, not for claims") {
  constexpr std::size_t mebibyte = 1 << 20;
  Boaster source(10 * mebibyte);
  const std::vector<std::uint64_t> claim{1ULL << 40};
  CHECK_THROWS_AS(read_array(source, DType::u8, claim), Error);
  CHECK(source.largest() == 8 * mebibyte);  // 1, 1, 2, 4, then 8 with 2 behind them
  Boaster honest(3 * mebibyte + 5);
  const std::vector<std::uint64_t> size{3 * mebibyte + 5};
  CHECK(read_array(honest, DType::u8, size).numel() == 3 * mebibyte + 5);
}

TEST_CASE("a file is a source too, and what it has is known") {
  const platform::TemporaryDirectory folder;
  platform::write_file_atomically(folder.path() / "file", std::string_view("abcde"));
  FileSource source(folder.path() / "file", "[test] file");
  CHECK(source.is_exact());
  CHECK(source.at_most() == 5);
  std::array<std::byte, 4> block{};
  read_exactly(source, block, "a block");
  CHECK(block[3] == std::byte{'d'});
  CHECK(source.at_most() == 1);
}

TEST_CASE("a budget is for a whole file, and grows with it") {
  Budget small(100);
  small.take(Budget::floor - 1, "[test] file");
  CHECK(small.left() == 1);
  CHECK_THROWS_AS(small.take(2, "[test] file"), Error);
  CHECK(Budget(1 << 20).left() == Budget::ratio << 20);
  CHECK(Budget(UINT64_MAX).left() == UINT64_MAX);
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
