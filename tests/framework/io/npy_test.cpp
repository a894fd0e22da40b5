#include "framework/io/npy.h"

#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "framework/core/error.h"
#include "framework/platform/platform.h"
#include "tests/framework/io/corruption.h"

using namespace varve;
using namespace varve::testing;

namespace {

void decode(const std::string& bytes) { decode_npy(bytes, "bad.file"); }

template <class T>
void check_round_trip(Shape shape, std::vector<T> values) {
  const Array array = Array::of<T>(shape, values);
  const Array back = decode_npy(encode_npy(array), "file");
  CHECK(back.dtype == array.dtype);
  CHECK(back.shape == array.shape);
  CHECK(back.bytes == array.bytes);
}

const std::string floats =
    encode_npy(Array::of<float>({2, 3}, std::array<float, 6>{0, 1, 2, 3, 4, 5}));

}  // namespace

TEST_CASE("npy: the bytes are those of numpy.save") {
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  std::string expected("\x93NUMPY\x01\x00\x76\x00", 10);
  expected += header + std::string(128 - 10 - header.size() - 1, ' ') + '\n';
  expected += from_hex(
      "000000000000803f000000400000404000008040"
      "0000a040");
  CHECK(floats == expected);
}

TEST_CASE("npy: every dtype and shape survives a round trip") {
  check_round_trip<float>({}, {2.5F});
  check_round_trip<double>({3}, {1.0, -2.0, 1e300});
  check_round_trip<std::int32_t>({2, 1}, {-5, 7});
  check_round_trip<std::int64_t>({1, 1, 1}, {1LL << 40});
  check_round_trip<std::uint8_t>({2, 2}, {0, 1, 128, 255});
  check_round_trip<float>({0, 4}, {});
  const Array bools{DType::boolean, {2}, {std::byte{0}, std::byte{1}}};
  CHECK(decode_npy(encode_npy(bools), "file").bytes == bools.bytes);
}

TEST_CASE("npy: an array whose bytes are not those of its shape is not written") {
  CHECK_THROWS_WITH_AS(encode_npy({DType::f32, {2}, std::vector<std::byte>(4)}),
                       "[npy] (2) f32 holds 2 values, not 1", Error);
}

TEST_CASE("npy: a file is written, read and named in errors") {
  const platform::TemporaryDirectory folder;
  const auto path = folder.path() / "codes.npy";
  const Array array = Array::of<float>({2}, std::array<float, 2>{1, 2});
  save_npy(path, array);
  CHECK(load_npy(path).bytes == array.bytes);
  CHECK_THROWS_AS(load_npy(folder.path() / "none.npy"), Error);
}

TEST_CASE("npy: every truncation is refused, no damage crashes") {
  const auto cut = truncations(floats, decode);
  CHECK(cut.complaint == "");
  CHECK(cut.accepted == 0);
  CHECK(bit_flips(floats, 128, decode).complaint == "");
  CHECK(mutations(floats, 10000, decode).complaint == "");
}
