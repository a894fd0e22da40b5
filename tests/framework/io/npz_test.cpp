#include <doctest/doctest.h>
#include <fmt/format.h>

#include "framework/core/error.h"
#include "framework/io/npy.h"
#include "framework/platform/platform.h"
#include "tests/framework/io/corruption.h"

using namespace varve;
using namespace varve::testing;

namespace {

/// numpy.savez_compressed of pixels = u1 [[0, 255], [128, 1]] and of a pickled dict, meta.
const std::string compressed = from_hex(
    "504b03042d00000008000000210063e73c8effffffffffffffff0a001400706978656c732e6e707901001000"
    "84000000000000004a000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a05e536aa8aea3a0"
    "9e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a463a0a469a3a0ab50a64032e86ff0d"
    "8c00504b03042d0000000800000021005ef9af67ffffffffffffffff080014006d6574612e6e707901001000"
    "1a01000000000000c300000000000000a58a310b82401886bd4c82686e763b85708e9686a021c92268680839"
    "f5a2a054be3b03a9a0252a3868f0ebf796e94fe8195e78dff729bce574be22da513bd1888b10e8c0a4e719ed"
    "997493800416fb0944fc378fd95ef072175b96f2b25b76cfbc98ffd1be36df2fad4675e3ec90e68e1f26c09d"
    "43b6973b06c072541d1f7898c44242164a2c50199589aa1547b552a0abdd704402bce3022d97d85b5d1991cc"
    "53fef31bb33e3e1ff5a52b7246cff3269f922adca1c4e0b9c60b2ac2d0258295ddf902504b01022d032d0000"
    "0008000000210063e73c8e4a000000840000000a0000000000000000000000800100000000706978656c732e"
    "6e7079504b01022d032d0000000800000021005ef9af67c30000001a01000008000000000000000000000080"
    "01860000006d6574612e6e7079504b050600000000020002006e000000830100000000");
/// numpy.savez of w = f4 [1.5, -2].
const std::string stored = from_hex(
    "504b03042d000000000000002100d6434b05ffffffffffffffff05001400772e6e7079010010008800000000"
    "0000008800000000000000934e554d5059010076007b276465736372273a20273c6634272c2027666f727472"
    "616e5f6f72646572273a2046616c73652c20277368617065273a2028322c292c207d20202020202020202020"
    "2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020"
    "2020202020200a0000c03f000000c0504b01022d032d000000000000002100d6434b05880000008800000005"
    "0000000000000000000000800100000000772e6e7079504b0506000000000100010033000000bf0000000000");
void decode(const std::string& bytes) { decode_npz(bytes, "bad.file"); }

/// `compressed`, with another unpacked size for its first entry, "pixels", in both places where it
/// stands: the local header (64 bits) and the central directory (32 bits).
std::string with_unpacked_size(const std::string& size) {
  constexpr std::size_t local = 44;
  constexpr std::size_t central = 387 + 24;
  std::string bytes = compressed;
  bytes.replace(local, 4, from_hex(size)).replace(central, 4, from_hex(size));
  return bytes;
}

}  // namespace

TEST_CASE("npz: numeric arrays are read, pickled ones are left out") {
  const auto arrays = decode_npz(compressed, "file");
  REQUIRE(arrays.size() == 1);
  const Array& pixels = arrays.at("pixels");
  CHECK(pixels.shape == Shape{2, 2});
  CHECK(pixels.as<std::uint8_t>()[1] == 255);
  CHECK(decode_npz(stored, "file").at("w").as<float>()[1] == -2.0F);
}

TEST_CASE("npz: a file is read by name, one that is no archive is refused") {
  const platform::TemporaryDirectory folder;
  const auto path = folder.path() / "set.npz";
  platform::write_file_atomically(path, stored);
  CHECK(load_npz(path).count("w") == 1);
  CHECK(refusal("no archive", decode).find("bad.file") != std::string::npos);
  CHECK(refusal("", decode).find("bad.file") != std::string::npos);
}

TEST_CASE("npz: entries that claim to inflate too far are refused") {
  CHECK(decode_npz(with_unpacked_size("84000000"), "file").size() == 1);  // as it was
  const std::string said = refusal(with_unpacked_size("feffff7f"), decode);
  CHECK(said.find("'pixels': unpacks to 2147483518 bytes, 134217728 are left") !=
        std::string::npos);
  CHECK_FALSE(refusal(with_unpacked_size("83000000"), decode).empty());
}

TEST_CASE("npz: what was not asked for is not read") {
  std::string damaged = compressed;
  damaged[damaged.find("meta.npy") + 60] ^= 1;  // in the data of "meta"
  NpzFile file(damaged, "file");
  CHECK(file.names() == std::vector<std::string>{"meta", "pixels"});
  CHECK(file.shape("pixels") == Shape{2, 2});
  CHECK(file.read("pixels").as<std::uint8_t>()[1] == 255);
  CHECK_THROWS_AS(file.read("meta"), Error);
  CHECK_THROWS_WITH_AS(file.read("labels"), "[npz] file: 'labels': the archive has no such array",
                       Error);
}

TEST_CASE("npz: methods that NumPy never writes are refused") {
  constexpr std::size_t local = 8;
  constexpr std::size_t central = 387 + 10;
  for (const char method : {char{12}, char{14}, char{93}}) {  // bzip2, LZMA, zstd
    std::string bytes = compressed;
    bytes[local] = bytes[central] = method;
    NpzFile file(bytes, "bad.file");
    const auto said = refusal(bytes, [&](const std::string&) { file.read("pixels"); });
    CHECK(said.find(fmt::format("compressed by method {}", static_cast<int>(method))) !=
          std::string::npos);
  }
}

TEST_CASE("npz: no damage crashes, what the checksum covers is noticed") {
  for (const auto& bytes : {compressed, stored}) {
    CHECK(truncations(bytes, decode).complaint == "");
    CHECK(truncations(bytes, decode).accepted == 0);
    CHECK(bit_flips(bytes, bytes.size(), decode).complaint == "");
    CHECK(mutations(bytes, 2000, decode).complaint == "");
  }
  std::string damaged = stored;
  damaged[185] ^= 1;  // in an element
  CHECK(refusal(damaged, decode).find("CRC error") != std::string::npos);
}
