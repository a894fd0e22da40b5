#include "framework/io/image.h"

#include <doctest/doctest.h>

#include <vector>

#include "framework/core/error.h"
#include "framework/platform/platform.h"
#include "tests/framework/io/corruption.h"

using namespace varve;
using namespace varve::testing;

namespace {

void decode(const std::string& bytes) { decode_png(bytes, "bad.file"); }

Array ramp(Shape shape) {
  Array image = Array::zeros(shape, DType::u8);
  for (std::size_t i = 0; i < image.bytes.size(); ++i)
    image.bytes[i] = static_cast<std::byte>(i * 37 % 256);
  return image;
}

std::vector<int> pixels(const std::string& png) {
  std::vector<int> out;
  for (const auto byte : decode_png(png, "file").bytes) out.push_back(std::to_integer<int>(byte));
  return out;
}

}  // namespace

TEST_CASE("png: grey and colour images survive a round trip") {
  for (const auto& shape : {Shape{1, 1, 1}, Shape{28, 20, 1}, Shape{1, 1, 3}, Shape{9, 31, 3}}) {
    const Array image = ramp(shape);
    const Array back = decode_png(encode_png(image), "file");
    CHECK(back.shape == shape);
    CHECK(back.bytes == image.bytes);
  }
}

TEST_CASE("png: other kinds become 8-bit grey or RGB") {
  using Values = std::vector<int>;
  const auto rgba = from_hex(
      "89504e470d0a1a0a0000000d4948445200000002000000010806000000f4227f8a000000104944415478da63"
      "f8cf0004ff19fe03000bfd02fe00ef67c60000000049454e44ae426082");
  CHECK(pixels(rgba) == Values{0, 0, 0, 0, 255, 0});  // transparent red is black
  const auto palette = from_hex(
      "89504e470d0a1a0a0000000d49484452000000020000000202030000000fd8e5b700000009504c54450a141e"
      "28323c46505a16ac84740000000c4944415478da63106068000000b400913ef70b1f0000000049454e44ae42"
      "6082");
  CHECK(pixels(palette) == Values{10, 20, 30, 40, 50, 60, 70, 80, 90, 10, 20, 30});
  const auto grey_16_bit = from_hex(
      "89504e470d0a1a0a0000000d494844520000000200000001100000000081d9fc150000000d4944415478da63"
      "60606868000001850101da304f260000000049454e44ae426082");
  CHECK(pixels(grey_16_bit) == Values{0, 128});
  const auto grey_1_bit = from_hex(
      "89504e470d0a1a0a0000000d4948445200000003000000010100000000339b29190000000a4944415478da63"
      "58000000a200a17105cb410000000049454e44ae426082");
  CHECK(pixels(grey_1_bit) == Values{255, 0, 255});
  const auto grey_alpha = from_hex(
      "89504e470d0a1a0a0000000d49484452000000020000000108040000005e2bb7010000000d4944415478da63"
      "38f1ff04030007b20290eab06ae80000000049454e44ae426082");
  CHECK(pixels(grey_alpha) == Values{200, 0});
}

TEST_CASE("png: a file is written and read, only images are") {
  const platform::TemporaryDirectory folder;
  const auto path = folder.path() / "image.png";
  const Array image = ramp({4, 5, 3});
  save_png(path, image);
  CHECK(load_png(path).bytes == image.bytes);
  CHECK_THROWS_AS(load_png(folder.path() / "none.png"), Error);
  CHECK_THROWS_AS(encode_png(ramp({4, 5})), Error);
  CHECK_THROWS_AS(encode_png(ramp({4, 5, 2})), Error);
  CHECK_THROWS_AS(encode_png(ramp({0, 5, 1})), Error);
  CHECK_THROWS_AS(encode_png(Array::zeros({4, 5, 1}, DType::f32)), Error);
}

TEST_CASE("png: sizes are checked before memory is asked for") {
  const auto claims_16384_square = from_hex(
      "89504e470d0a1a0a0000000d494844520000400000004000080200000026aa87d30000000a4944415478da63"
      "60000000020001e527defc0000000049454e44ae426082");
  CHECK(refusal(claims_16384_square, decode).find("claims 16384 x 16384") != std::string::npos);
  const auto wide_100000 = from_hex(
      "89504e470d0a1a0a0000000d49484452000186a000000001080000000078154909000000784944415478daed"
      "c13101000000c2a0f54f6d0d0fa0000000000000000000000000000000000000000000000000000000000000"
      "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
      "00000000000000000000000000000000000000000000805b0386b000017a2b29ed0000000049454e44ae4260"
      "82");
  CHECK(refusal(wide_100000, decode).find("sides are limited to 16384") != std::string::npos);
  // 9000 x 9000 might be in as many bytes, but only if there is nothing to see.
  auto blank = from_hex("89504e470d0a1a0a0000000d4948445200002328000023280802000000e6a1b5f5");
  blank.resize(100'000);
  CHECK(refusal(blank, decode).find("unpacks to 243000000 bytes") != std::string::npos);
  // 9 x 9 pixels are no 100 MB.
  const platform::TemporaryDirectory folder;
  const auto path = folder.path() / "bad.file";
  auto small = blank.substr(0, 33);
  small.replace(16, 8, from_hex("0000000900000009"));
  platform::write_file_atomically(path, small);
  std::filesystem::resize_file(path, 100'000'000);
  const auto load = [&](const std::string&) { load_png(path); };
  CHECK(refusal("", load).find("has 100000000 bytes for 9 x 9") != std::string::npos);
}

TEST_CASE("png: what is cut off or damaged is refused, nothing crashes") {
  const std::string png = encode_png(ramp({6, 7, 3}));
  CHECK(refusal("", decode).find("[png] bad.file") != std::string::npos);
  CHECK(refusal("GIF89a", decode).find("[png] bad.file") != std::string::npos);
  const auto cut = truncations(png, decode);
  CHECK(cut.complaint == "");
  CHECK(cut.accepted <= 12);  // only inside the empty chunk that ends the file
  const auto flips = bit_flips(png, png.size(), decode);
  CHECK(flips.complaint == "");
  // The header (bytes 0 to 32) is covered by its magic number and checksum.
  CHECK(bit_flips(png, 33, decode).accepted == 0);
  CHECK(mutations(png, 5000, decode).complaint == "");
}
