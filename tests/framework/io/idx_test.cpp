#include "framework/io/idx.h"

#include <doctest/doctest.h>

#include "framework/core/error.h"
#include "framework/platform/platform.h"
#include "tests/framework/io/corruption.h"

using namespace varve;
using namespace varve::testing;

namespace {

/// u8 [2, 2, 3] with the elements 0 to 11.
const std::string plain = from_hex("00000803000000020000000200000003000102030405060708090a0b");
/// The same, made once by Python's gzip.
const std::string zipped = from_hex(
    "1f8b08000000000002036360e0606660606082626606462666165636760e4e2e6e00781e23841c000000");
/// A gzip stream of 32 bytes whose header claims 2^40 elements.
const std::string boastful =
    from_hex("1f8b08000000000002036360e060661060000216284600005732c2f31c000000");

void decode(const std::string& bytes) { decode_idx(bytes, "bad.file"); }

std::string with_byte(std::size_t position, char value) {
  std::string bytes = plain;
  bytes[position] = value;
  return bytes;
}

}  // namespace

TEST_CASE("IDX: plain and gzip give the same array") {
  for (const auto& bytes : {plain, zipped}) {
    const Array array = decode_idx(bytes, "file");
    CHECK(array.dtype == DType::u8);
    CHECK(array.shape == Shape{2, 2, 3});
    CHECK(array.as<std::uint8_t>()[11] == 11);
  }
  CHECK(decode_idx(from_hex("000008010000000207ff"), "labels").as<std::uint8_t>()[1] == 255);
  CHECK(decode_idx(from_hex("0000080100000000"), "none").numel() == 0);
}

TEST_CASE("IDX: files are read by name, a missing one is an input error") {
  const platform::TemporaryDirectory folder;
  const auto path = folder.path() / "images.gz";
  platform::write_file_atomically(path, zipped);
  CHECK(load_idx(path).shape == Shape{2, 2, 3});
  CHECK_THROWS_AS(load_idx(folder.path() / "none"), Error);
}

TEST_CASE("IDX: what is wrong is named") {
  const auto says = [](const std::string& bytes, const char* text) {
    return refusal(bytes, decode).find(text) != std::string::npos;
  };
  CHECK(says("not IDX", "begins with 6e6f7420"));
  CHECK(says(with_byte(2, 0x0A), "begins with 00000a03"));
  CHECK(says(with_byte(3, 0), "begins with 00000800"));
  CHECK(says(with_byte(3, 9), "ends after"));
  CHECK(says(from_hex("00000809") + std::string(36, '\0'), "9 dimensions, at most 8"));
  CHECK(says(with_byte(7, 3), "needs 18 bytes, at most 12 follow"));
  CHECK(says(with_byte(4, 0x7F), "at most 12 follow"));
  CHECK(says(plain + "x", "more bytes follow the 12"));
  CHECK(says(boastful, "shape (1048576, 1024, 1024) of u8 needs 1099511627776 bytes"));
  CHECK(says(zipped.substr(0, zipped.size() - 1), "gzip data ends early"));
}

TEST_CASE("IDX: every truncation is refused, no damage crashes") {
  for (const auto& bytes : {plain, zipped}) {
    const auto cut = truncations(bytes, decode);
    CHECK(cut.complaint == "");
    CHECK(cut.accepted == 0);
    CHECK(bit_flips(bytes, bytes.size(), decode).complaint == "");
    CHECK(mutations(bytes, 5000, decode).complaint == "");
  }
  // A bit of the header of the plain file never goes unnoticed.
  CHECK(bit_flips(plain, 16, decode).accepted == 1);  // of u8, i8 is one bit away
}
