#include "framework/io/gzip.h"

#include <doctest/doctest.h>

#include "framework/core/error.h"
#include "tests/framework/io/corruption.h"

using namespace varve;
using namespace varve::testing;

namespace {

// Each made once by Python's gzip.
const std::string hello = from_hex("1f8b0800000000000203cb48cdc9c9570000f6f981ed06000000");
const std::string world = from_hex("1f8b08000000000002032bcf2fca4901004311773a05000000");
const std::string zeros_100000 = from_hex(
    "1f8b0800000000000203edc13101000000c2a0f54f6d0d0fa000000000000000000000000000000000000000"
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "0000000000000000000000000000000000000000000000000000000000000000008057037d9511d4a0860100");

void decode(const std::string& bytes) { gunzip(bytes, "bad.file", 1 << 20); }

}  // namespace

TEST_CASE("gzip: one member, several members, many blocks") {
  CHECK(gunzip(hello, "file", 100) == "hello ");
  CHECK(gunzip(hello + world, "file", 100) == "hello world");
  CHECK(gunzip(zeros_100000, "file", 100000) == std::string(100000, '\0'));
}

TEST_CASE("gzip: the limit holds before memory is used") {
  CHECK(refusal(zeros_100000, [](const std::string& bytes) { gunzip(bytes, "file", 99999); }) ==
        "[gzip] file: inflates to more than 99999 bytes; use a smaller file");
}

TEST_CASE("gzip: a wrong checksum, length or trailer is refused") {
  std::string damaged = hello;
  damaged[damaged.size() - 8] ^= 1;
  CHECK(refusal(damaged, decode).find("incorrect data check") != std::string::npos);
  damaged = hello;
  damaged[damaged.size() - 1] ^= 1;
  CHECK(refusal(damaged, decode).find("incorrect length check") != std::string::npos);
  CHECK(refusal(hello + "tail", decode).find("4 bytes that are not gzip") != std::string::npos);
  CHECK(refusal("", decode).find("ends early") != std::string::npos);
}

TEST_CASE("gzip: every truncation is refused, no damage crashes") {
  const std::string two = hello + world;
  const auto cut = truncations(two, decode);
  CHECK(cut.complaint == "");
  CHECK(cut.accepted == 1);  // cut between the members, it is a whole file
  CHECK(bit_flips(two, two.size(), decode).complaint == "");
  CHECK(mutations(two, 5000, decode).complaint == "");
}
