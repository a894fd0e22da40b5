#include <algorithm>
#include <bit>
#include <cstring>

#include "framework/core/error.h"
#include "framework/io/byte_source.h"
#include "framework/io/pictures/reading.h"

// PBM, PGM and PPM: P1 to P3 hold decimal numbers, P4 to P6 bytes (P4: bits, 1 is black). Samples
// from 0 to the file's own maximum are spread over 0 to 255, or 0 to 65535 if that is above 255.

namespace varve::io {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Takes numbers off a text; comments run from # to the end of the line.
class Numbers {
 public:
  Numbers(std::string_view text, const std::string& origin) : rest_(text), origin_(origin) {}

  /// Of up to `digits` digits.
  std::uint32_t next(std::size_t digits = 9) {
    skip_space();
    std::uint32_t value = 0;
    std::size_t count = 0;
    while (count < std::min(digits, rest_.size()) && rest_[count] >= '0' && rest_[count] <= '9')
      value = value * 10 + static_cast<std::uint32_t>(rest_[count++] - '0');
    if (count == 0)
      fail(ErrorKind::input, "{}: ends, or has no number where one must be; {}", origin_, damaged);
    rest_.remove_prefix(count);
    return value;
  }
  std::string_view rest() const { return rest_; }

 private:
  void skip_space() {
    while (!rest_.empty() && (is_space(rest_.front()) || rest_.front() == '#'))
      rest_.remove_prefix(rest_.front() == '#' ? std::min(rest_.find('\n'), rest_.size()) : 1);
  }

  std::string_view rest_;
  const std::string& origin_;
};

struct Head {
  Picture picture;
  bool is_bits = false, is_text = false;
  std::uint32_t most = 1;
  std::string_view rest;  ///< behind the head
};

Head read_head(std::string_view bytes, const std::string& origin) {
  const char kind = bytes[1];
  Head head;
  head.is_text = kind <= '3';
  head.is_bits = kind == '1' || kind == '4';
  auto& picture = head.picture;
  picture.channels = kind == '3' || kind == '6' ? 3 : 1;
  Numbers numbers(bytes.substr(2), origin);
  picture.width = numbers.next();
  picture.height = numbers.next();
  if (!head.is_bits) head.most = numbers.next();
  if (head.most < 1 || head.most > 65535)
    fail(ErrorKind::input, "{}: samples up to {} are none; {}", origin, head.most, damaged);
  picture.bits = head.most > 255 ? 16 : 8;
  head.rest = numbers.rest();
  require_readable(picture, bytes.size(), origin);
  if (!head.is_text) head.rest.remove_prefix(std::min<std::size_t>(1, head.rest.size()));
  const auto samples = static_cast<std::uint64_t>(picture.sample_count());
  const std::uint64_t row_bits = (static_cast<std::uint64_t>(picture.width) + 7) / 8;
  const std::uint64_t least = head.is_text   ? samples
                              : head.is_bits ? row_bits * static_cast<std::uint64_t>(picture.height)
                                             : samples * static_cast<unsigned>(picture.bits / 8);
  if (head.rest.size() < least)
    fail(ErrorKind::input, "{}: {} x {} pixels do not fit into its {} bytes; {}", origin,
         picture.width, picture.height, bytes.size(), damaged);
  return head;
}

Picture look(std::string_view bytes, const std::string& origin) {
  return read_head(bytes, origin).picture;
}

Picture decode(std::string_view bytes, const std::string& origin) {
  Head head = read_head(bytes, origin);
  Picture picture = std::move(head.picture);
  allocate_samples(picture);
  Numbers numbers(head.rest, origin);
  const auto width = static_cast<std::size_t>(picture.width);
  const auto stored = [&](std::size_t i) -> std::uint32_t {
    if (head.is_bits) {
      const std::size_t x = i % width;
      const std::uint32_t bit =
          head.is_text
              ? numbers.next(1)
              : big_endian(head.rest, i / width * ((width + 7) / 8) + x / 8, 1) >> (7 - x % 8) & 1U;
      return bit == 0 ? 1 : 0;  // 1 is black
    }
    if (head.is_text) return numbers.next();
    const auto size = static_cast<std::size_t>(picture.sample_bytes());
    return big_endian(head.rest, i * size, size);
  };
  const std::uint32_t full = picture.bits == 8 ? 255 : 65535;
  for (std::size_t i = 0; i < static_cast<std::size_t>(picture.sample_count()); ++i) {
    const std::uint32_t value = stored(i);
    if (value > head.most)
      fail(ErrorKind::input, "{}: has a sample {} above its own maximum {}; {}", origin, value,
           head.most, damaged);
    const auto wide = static_cast<std::uint16_t>(
        head.most == full ? value : (value * std::uint64_t{full} + head.most / 2) / head.most);
    const auto narrow = static_cast<std::uint8_t>(wide);
    if (picture.bits == 8)
      std::memcpy(&picture.samples[i], &narrow, 1);
    else
      std::memcpy(&picture.samples[2 * i], &wide, 2);
  }
  return picture;
}

}  // namespace

PictureFormat netpbm_format() {
  return {"PPM",
          [](std::string_view head) {
            return head.size() > 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6' &&
                   (is_space(head[2]) || head[2] == '#');
          },
          look,
          decode,
          {}};
}

}  // namespace varve::io
