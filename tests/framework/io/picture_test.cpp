#include "framework/io/picture.h"

#include <doctest/doctest.h>
#include <png.h>

#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "framework/core/error.h"
#include "framework/data/picture_fit.h"
#include "framework/io/image.h"
#include "tests/framework/io/corruption.h"

using namespace varve;
using namespace varve::testing;

namespace {

void decode(const std::string& bytes) { decode_picture(bytes, "bad.file"); }

std::vector<int> samples(const Picture& picture) {
  std::vector<int> out;
  for (std::size_t i = 0; i < picture.samples.size();
       i += static_cast<std::size_t>(picture.bits) / 8) {
    std::uint16_t value = 0;
    std::memcpy(&value, &picture.samples[i], static_cast<std::size_t>(picture.bits) / 8);
    out.push_back(value);
  }
  return out;
}

std::vector<int> read(const std::string& bytes) { return samples(decode_picture(bytes, "file")); }

/// One kind of PNG.
struct Kind {
  int color, depth;
  bool interlaced, gamma, transparent;
};

constexpr int height = 11, width = 13;

/// Writes samples (packed as PNG packs them) as a PNG, with a palette of which the i-th colour is
/// (i, 2 i, 255 - i) modulo 256.
std::string write_png(const Kind& kind, std::vector<png_byte>& rows, std::size_t row_bytes) {
  std::string out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &out,
      [](png_structp p, png_bytep data, std::size_t count) {
        static_cast<std::string*>(png_get_io_ptr(p))->append(reinterpret_cast<char*>(data), count);
      },
      [](png_structp) {});
  png_set_IHDR(png, info, width, height, kind.depth, kind.color,
               kind.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
  if (kind.gamma) png_set_gAMA(png, info, 1.0);
  std::array<png_color, 256> palette{};
  for (std::size_t i = 0; i < palette.size(); ++i)
    palette[i] = {static_cast<png_byte>(i), static_cast<png_byte>(2 * i),
                  static_cast<png_byte>(255 - i)};
  const std::array<png_byte, 2> opacities{0, 77};
  if (kind.color == PNG_COLOR_TYPE_PALETTE) {
    png_set_PLTE(png, info, palette.data(), 1 << kind.depth);
    if (kind.transparent) png_set_tRNS(png, info, opacities.data(), 2, nullptr);
  } else if (kind.transparent) {
    const png_color_16 clear{0, 1, 1, 1, 1};
    png_set_tRNS(png, info, nullptr, 0, &clear);
  }
  png_write_info(png, info);
  std::vector<png_bytep> lines;
  for (int y = 0; y < height; ++y) lines.push_back(&rows[static_cast<std::size_t>(y) * row_bytes]);
  png_write_image(png, lines.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return out;
}

int channels_of(int color) {
  return color == PNG_COLOR_TYPE_RGB    ? 3
         : color == PNG_COLOR_TYPE_RGBA ? 4
         : color == PNG_COLOR_TYPE_GA   ? 2
                                        : 1;
}

/// Random samples in a PNG, and what must be read.
void check_png(const Kind& kind, std::mt19937& random) {
  CAPTURE(kind.color);
  CAPTURE(kind.depth);
  CAPTURE(kind.interlaced);
  CAPTURE(kind.transparent);
  const int stored = channels_of(kind.color);
  const std::size_t row_bytes = static_cast<std::size_t>(width * stored * kind.depth + 7) / 8;
  std::vector<png_byte> rows(row_bytes * height, 0);
  std::vector<int> expected;
  const int full = (1 << kind.depth) - 1;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      std::vector<int> pixel;
      for (int c = 0; c < stored; ++c) {
        const int value = static_cast<int>(random() % 4 == 0 ? 1 : random()) & full;
        pixel.push_back(value);
        const std::size_t bit = static_cast<std::size_t>((x * stored + c) * kind.depth);
        auto* at = &rows[static_cast<std::size_t>(y) * row_bytes + bit / 8];
        if (kind.depth == 16) {
          at[0] = static_cast<png_byte>(value >> 8);
          at[1] = static_cast<png_byte>(value);
        } else {
          at[0] =
              static_cast<png_byte>(at[0] | value << (8 - kind.depth - static_cast<int>(bit % 8)));
        }
      }
      if (kind.color == PNG_COLOR_TYPE_PALETTE) {
        const int i = pixel[0];
        expected.insert(expected.end(), {i, 2 * i % 256, 255 - i});
        if (kind.transparent) expected.push_back(i == 0 ? 0 : i == 1 ? 77 : 255);
      } else {
        const bool clear = std::ranges::all_of(pixel, [](int v) { return v == 1; });
        for (int& v : pixel) v = kind.depth < 8 ? v * 255 / full : v;
        expected.insert(expected.end(), pixel.begin(), pixel.end());
        if (kind.transparent) expected.push_back(clear ? 0 : kind.depth == 16 ? 65535 : 255);
      }
    }
  const std::string bytes = write_png(kind, rows, row_bytes);
  const Picture picture = decode_picture(bytes, "file");
  const Picture look = look_at_picture(bytes, "file");
  CHECK(picture.bits == (kind.depth == 16 ? 16 : 8));
  CHECK(look.channels == picture.channels);
  CHECK(look.bits == picture.bits);
  CHECK(look.height == height);
  CHECK(look.width == width);
  CHECK(samples(picture) == expected);
}

/// A TIFF of these entries (tag, type 3 or 4, value) with the pixels behind them.
std::string tiff(std::vector<std::array<unsigned, 3>> entries, const std::string& pixels) {
  std::string out("II*\0\x08\0\0\0", 8);
  const auto put = [&](unsigned value, int size) {
    for (int i = 0; i < size; ++i) out += static_cast<char>(value >> 8 * i);
  };
  const auto offset = static_cast<unsigned>(8 + 2 + 12 * (entries.size() + 2) + 4);
  entries.push_back({0x0111, 4, offset});
  entries.push_back({0x0117, 4, static_cast<unsigned>(pixels.size())});
  std::ranges::sort(entries);
  put(static_cast<unsigned>(entries.size()), 2);
  for (const auto& [tag, type, value] : entries) {
    put(tag, 2);
    put(type, 2);
    put(1, 4);
    put(value, 4);
  }
  put(0, 4);
  return out + pixels;
}

std::string bmp_head(int side_y, int side_x, int bits, int colors) {
  std::string out = "BM";
  const auto put = [&](int value, int size) {
    for (int i = 0; i < size; ++i) out += static_cast<char>(value >> 8 * i);
  };
  put(0, 8);
  put(54 + 4 * colors, 4);
  put(40, 4);
  put(side_x, 4);
  put(side_y, 4);
  put(1, 2);
  put(bits, 2);
  put(0, 16);
  put(colors, 4);
  put(0, 4);
  return out;
}

}  // namespace

TEST_CASE("pictures: every kind of PNG is read as its samples are stored") {
  std::mt19937 random(7);
  const std::vector<std::pair<int, std::vector<int>>> kinds{{PNG_COLOR_TYPE_GRAY, {1, 2, 4, 8, 16}},
                                                            {PNG_COLOR_TYPE_RGB, {8, 16}},
                                                            {PNG_COLOR_TYPE_PALETTE, {1, 2, 4, 8}},
                                                            {PNG_COLOR_TYPE_GA, {8, 16}},
                                                            {PNG_COLOR_TYPE_RGBA, {8, 16}}};
  for (const auto& [color, depths] : kinds)
    for (const int depth : depths)
      for (const bool interlaced : {false, true})
        for (const bool gamma : {false, true})
          for (const bool transparent : {false, true})
            if (!transparent || (color & PNG_COLOR_MASK_ALPHA) == 0)
              check_png({color, depth, interlaced, gamma, transparent}, random);
}

TEST_CASE("pictures: a file is known by its content, and said to be what it is") {
  CHECK(refusal("", decode).find("is empty") != std::string::npos);
  CHECK(refusal("<!DOCTYPE html><html>", decode).find("HTML page") != std::string::npos);
  CHECK(refusal(std::string("\0\0\0\x18"
                            "ftypheic",
                            12),
                decode)
            .find("HEIC") != std::string::npos);
  CHECK(refusal("version https://git-lfs.github.com/spec/v1", decode).find("Git LFS") !=
        std::string::npos);
  CHECK(picture_format("\x89PNG\r\n\x1a\n")->name == "PNG");
  CHECK(picture_format("hello") == nullptr);
}

TEST_CASE("pictures: PBM, PGM and PPM, as text and as bytes") {
  CHECK(read("P1 # bits\n3 2\n1 0 1\n010") == std::vector{0, 255, 0, 255, 0, 255});
  CHECK(read("P2\n2 1\n15\n0 15") == std::vector{0, 255});
  CHECK(read("P3 1 1 255 1 2 3") == std::vector{1, 2, 3});
  CHECK(read(std::string("P4 9 1\n\x80\x80", 9)) ==
        std::vector{0, 255, 255, 255, 255, 255, 255, 255, 0});
  CHECK(read("P5 2 1 255\nab") == std::vector{97, 98});
  CHECK(read(std::string("P5 1 1 65535\n\x01\x02", 15)) == std::vector{258});
  CHECK(read("P6 1 1 255\nabc") == std::vector{97, 98, 99});
  for (const char* bad :
       {"P5 2 2 255\nab", "P2 1 1 7 8", "P5 99999 1 255\n", "P5 1 1 0\na", "P6 1"})
    CHECK(refusal(bad, decode).find("bad.file") != std::string::npos);
}

TEST_CASE("pictures: BMP of 24 and 8 bits, from either end") {
  const auto rgb = bmp_head(2, 1, 24, 0) + std::string("\x03\x02\x01\0\x06\x05\x04\0", 8);
  CHECK(read(rgb) == std::vector{4, 5, 6, 1, 2, 3});
  const auto down = bmp_head(-2, 1, 24, 0) + std::string("\x03\x02\x01\0\x06\x05\x04\0", 8);
  CHECK(read(down) == std::vector{1, 2, 3, 4, 5, 6});
  const auto indexed =
      bmp_head(1, 2, 8, 2) + std::string("\x09\x08\x07\0\x06\x05\x04\0\x01\0\0\0", 12);
  CHECK(read(indexed) == std::vector{4, 5, 6, 7, 8, 9});
  CHECK(refusal(bmp_head(100, 100, 24, 0), decode).find("do not fit") != std::string::npos);
}

#if VARVE_HAVE_JPEG
namespace {

// 16 x 8: green, red below it, and blue on the right; to be turned by a quarter clockwise.
const char* turned_jpeg =
    "ffd8ffe000104a46494600010100000100010000ffe100224578696600004d4d002a0000000800010112000300"
    "0000010006000000000000ffdb0043001b12141714111b1716171e1c1b2028422b28252528513a3d3042605565"
    "645f555d5b6a7899816a7190735b5d85b586909ea3abadab6780bcc9baa6c799a8aba4ffdb0043011c1e1e2823"
    "284e2b2b4ea46e5d6ea4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4a4"
    "a4a4a4a4a4a4a4a4a4a4a4a4a4a4ffc00011080008001003012200021101031101ffc400160001010100000000"
    "000000000000000000000305ffc400171001000300000000000000000000000000001462a1ffc4001401010000"
    "0000000000000000000000000003ffc4001c11000202020300000000000000000000000111000302120461c1ff"
    "da000c03010002110311003f00948a6b3c0fc1006cbaf625f4e152d0273fffd9";

/// The channel that is largest at a place.
char brightest(const Picture& picture, std::int64_t y, std::int64_t x) {
  const auto at = static_cast<std::size_t>(y * picture.width + x) * 3;
  const auto begin = picture.samples.begin() + static_cast<std::ptrdiff_t>(at);
  return "RGB"[std::max_element(begin, begin + 3) - begin];
}

}  // namespace

TEST_CASE("pictures: JPEG in grey, colour and inks; turned as the camera was") {
  const std::string bytes = from_hex(turned_jpeg);
  // For each orientation of EXIF: sides, and the colours at the corners of the upper edge.
  struct Turned {
    int orientation;
    std::int64_t height, width;
    char left, right, below;
  };
  const std::vector<Turned> all{{1, 8, 16, 'G', 'B', 'R'}, {2, 8, 16, 'B', 'G', 'B'},
                                {3, 8, 16, 'B', 'R', 'B'}, {4, 8, 16, 'R', 'B', 'G'},
                                {5, 16, 8, 'G', 'R', 'B'}, {6, 16, 8, 'R', 'G', 'B'},
                                {7, 16, 8, 'B', 'B', 'R'}, {8, 16, 8, 'B', 'B', 'G'}};
  const auto place = bytes.find(std::string("\x01\x12\0\x03\0\0\0\x01\0\x06", 10)) + 9;
  for (const auto& [orientation, tall, wide, left, right, below] : all) {
    CAPTURE(orientation);
    std::string turned = bytes;
    turned[place] = static_cast<char>(orientation);
    const Picture picture = decode_picture(turned, "file");
    const Picture look = look_at_picture(turned, "file");
    CHECK(picture.height == tall);
    CHECK(picture.width == wide);
    CHECK(look.height == tall);
    CHECK(brightest(picture, 0, 0) == left);
    CHECK(brightest(picture, 0, wide - 1) == right);
    CHECK(brightest(picture, tall - 1, 0) == below);
  }
  const Picture grey = decode_picture(from_hex("ffd8ffe000104a46494600010100000100010000ffdb0043000"
                                               "80606070605080707070909080a0c140d0c0b0b"
                                               "0c1912130f141d1a1f1e1d1a1c1c20242e2720222c231c1c283"
                                               "7292c30313434341f27393d38323c2e333432ff"
                                               "c0000b080008000801011100ffc400140001000000000000000"
                                               "00000000000000006ffc4001410010000000000"
                                               "0000000000000000000000ffda0008010100003f0032ffd9"),
                                      "file");
  CHECK(grey.channels == 1);
  CHECK(samples(grey) == std::vector<int>(64, 90));
  const Picture inks = decode_picture(
      from_hex(
          "ffd8ffee000e41646f626500640000000000ffdb004300080606070605080707070909080a0c140d0c0b0b0c"
          "19"
          "12130f141d1a1f1e1d1a1c1c20242e2720222c231c1c2837292c30313434341f27393d38323c2e333432ffc0"
          "00"
          "140800080008044311004d11005911004b1100ffc4001500010100000000000000000000000000000708ffc4"
          "00"
          "14100100000000000000000000000000000000ffda000e0443004d0059004b00003f009fcfe7f3fbffd9"),
      "file");
  CHECK(samples(inks)[0] < 3);  // cyan has no red
  CHECK(samples(inks)[1] > 252);
}

TEST_CASE("pictures: a JPEG that is cut off is refused") {
  const auto cut = truncations(from_hex(turned_jpeg), decode);
  CHECK(cut.complaint == "");
  CHECK(cut.accepted <= 2);  // without the mark of the end
  CHECK(mutations(from_hex(turned_jpeg), 3000, decode).complaint == "");
}
#endif

#if VARVE_HAVE_WEBP
TEST_CASE("pictures: lossless WebP, with and without alpha") {
  const auto rgb = from_hex(
      "5249464624000000574542505650384c180000002f010000000f7001bfcd2790b4c5dbfef90ff6430522fa1f");
  const auto rgba = from_hex(
      "5249464624000000574542505650384c180000002f010000100f7001bfcd2790b4c5dbfe190be6470522fa1f");
  CHECK(read(rgb) == std::vector{1, 2, 3, 250, 128, 7});
  CHECK(read(rgba) == std::vector{1, 2, 3, 0, 250, 128, 7, 99});
  CHECK(truncations(rgb, decode).accepted == 0);
  CHECK(mutations(rgba, 3000, decode).complaint == "");
}
#endif

#if VARVE_HAVE_GIF
TEST_CASE("pictures: GIF, and one colour of it transparent") {
  const auto plain = from_hex(
      "47494638376102000200810000090807010203c864320000002c00000000020002000008070001041010202000"
      "3b");
  CHECK(read(plain) == std::vector{9, 8, 7, 1, 2, 3, 200, 100, 50, 1, 2, 3});
  const auto clear = from_hex(
      "47494638396102000200810000090807010203c8643200000021f90401000001002c0000000002000200000807"
      "00010410102020003b");
  CHECK(read(clear) == std::vector{9, 8, 7, 255, 1, 2, 3, 0, 200, 100, 50, 255, 1, 2, 3, 0});
  const auto moving = from_hex(
      "47494638376102000200810000090807010203c864320000002c00000000020002000008070001041010202000"
      "21f90401000002002c000000000100010081010203c86432000000000000080400030404003b");
  CHECK(refusal(moving, decode).find("animated") != std::string::npos);
  CHECK(truncations(plain, decode).complaint == "");
  CHECK(mutations(clear, 3000, decode).complaint == "");
}
#endif

#if VARVE_HAVE_TIFF
TEST_CASE("pictures: TIFF of 8 and 16 bits, white at either end, turned") {
  using Entries = std::vector<std::array<unsigned, 3>>;
  const auto grey = [](unsigned bits, unsigned kind, unsigned orientation) {
    return Entries{{0x0100, 3, 2},    {0x0101, 3, 1},           {0x0102, 3, bits}, {0x0103, 3, 1},
                   {0x0106, 3, kind}, {0x0112, 3, orientation}, {0x0115, 3, 1},    {0x0116, 3, 1}};
  };
  CHECK(read(tiff(grey(8, 1, 1), "ab")) == std::vector{97, 98});
  CHECK(read(tiff(grey(8, 0, 1), "ab")) == std::vector{158, 157});
  CHECK(read(tiff(grey(8, 1, 2), "ab")) == std::vector{98, 97});
  CHECK(read(tiff(grey(16, 1, 1), std::string("\x02\x01\xff\xff", 4))) == std::vector{258, 65535});
  const Picture turned = decode_picture(tiff(grey(8, 1, 6), "ab"), "file");
  CHECK(turned.height == 2);
  CHECK(samples(turned) == std::vector{97, 98});
  CHECK(read(tiff(grey(1, 1, 1), "\x40")) == std::vector{0, 255});
  const auto good = tiff(grey(8, 1, 1), "ab");
  CHECK(truncations(good, decode).complaint == "");
  CHECK(mutations(good, 3000, decode).complaint == "");
}
#endif

TEST_CASE("pictures: fitted to a rule") {
  Picture picture{.height = 2, .width = 4, .channels = 2, .bits = 8};
  for (int i = 0; i < 8; ++i) {
    picture.samples.push_back(static_cast<std::byte>(200));
    picture.samples.push_back(static_cast<std::byte>(i < 4 ? 255 : 0));
  }
  // Over white: the transparent row is white.
  const Picture laid =
      fitted(picture, {.height = 2, .width = 4, .channels = 1, .ground = {255, 255, 255}});
  CHECK(samples(laid) == std::vector{200, 200, 200, 200, 255, 255, 255, 255});
  CHECK(samples(fitted(picture, {.height = 2, .width = 4, .channels = 4}))[7] == 255);
  // A constant picture stays constant at every size, and pads are of the ground.
  Picture plain{.height = 7, .width = 5, .channels = 3, .bits = 16};
  plain.samples.resize(7 * 5 * 3 * 2);
  for (std::size_t i = 0; i < plain.samples.size(); i += 2) {
    const std::uint16_t value = 4711;
    std::memcpy(&plain.samples[i], &value, 2);
  }
  for (const auto fit : {Fit::crop, Fit::stretch})
    for (const int side : {1, 3, 5, 16}) {
      const Picture out =
          fitted(plain, {.height = side, .width = side, .channels = 3, .bits = 16, .fit = fit});
      CHECK(out.samples.size() == static_cast<std::size_t>(side * side * 6));
      CHECK(std::ranges::all_of(samples(out), [](int v) { return v >= 4710 && v <= 4712; }));
    }
  const Picture padded =
      fitted(plain, {.height = 14, .width = 14, .channels = 3, .bits = 16, .fit = Fit::pad});
  CHECK(samples(padded)[0] == 0);
  CHECK(samples(padded)[3 * (14 * 7 + 7)] == 4711);
  // Nothing is skipped on the way down: alternate lines become their mean.
  Picture lines{.height = 8, .width = 8, .channels = 1, .bits = 8};
  for (int i = 0; i < 64; ++i)
    lines.samples.push_back(static_cast<std::byte>(i / 8 % 2 == 0 ? 0 : 200));
  for (const int v : samples(fitted(lines, {.height = 2, .width = 2, .channels = 1})))
    CHECK(std::abs(v - 100) <= 12);
  CHECK_THROWS_AS(parse_ground("blue"), Error);
  CHECK(parse_ground("1,2,3")[2] == 3);
  CHECK_THROWS_AS(parse_fit("shrink"), Error);
}
