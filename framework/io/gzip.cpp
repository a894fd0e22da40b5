#include "framework/io/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <utility>

#include "framework/core/error.h"

namespace varve {
namespace io {
namespace {

/// Deflate spends at least 2 bits on 258 bytes (RFC 1951).
constexpr std::uint64_t largest_ratio = 1032;
/// The most that is inflated from one stream.
constexpr std::uint64_t largest_output = 1ULL << 33;

class GzipSource final : public ByteSource {
 public:
  GzipSource(std::string_view bytes, std::string origin)
      : ByteSource(std::move(origin)),
        rest_(bytes),
        left_(std::min(bytes.size() * largest_ratio, largest_output)) {
    constexpr int gzip_format = 16;
    if (inflateInit2(&stream_, MAX_WBITS + gzip_format) != Z_OK) throw std::bad_alloc();
  }
  ~GzipSource() override { inflateEnd(&stream_); }

  std::size_t read(std::span<std::byte> out) override {
    std::size_t filled = 0;
    while (filled < out.size() && !ended_) filled += inflate_some(out.subspan(filled));
    left_ -= std::min<std::uint64_t>(left_, filled);
    return filled;
  }
  std::uint64_t at_most() const override { return left_; }

 private:
  std::size_t inflate_some(std::span<std::byte> out) {
    constexpr std::size_t most = std::numeric_limits<uInt>::max();
    const std::size_t given = std::min(rest_.size(), most);
    const std::size_t wanted = std::min(out.size(), most);
    // zlib does not write to its input; its C interface only lacks the const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));
    stream_.avail_in = static_cast<uInt>(given);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(wanted);
    const int status = inflate(&stream_, Z_NO_FLUSH);
    rest_.remove_prefix(given - stream_.avail_in);
    const std::size_t written = wanted - stream_.avail_out;
    if (status == Z_STREAM_END)
      end_member();
    else if (status == Z_MEM_ERROR)
      throw std::bad_alloc();
    else if (status != Z_OK)
      fail(ErrorKind::input, "{}: gzip data {}; {}", origin(),
           status == Z_BUF_ERROR    ? "ends early"
           : stream_.msg != nullptr ? stream_.msg
                                    : "is invalid",
           damaged);
    return written;
  }

  /// A gzip file is one member or several, one behind the other.
  void end_member() {
    ended_ = rest_.empty();
    if (ended_) return;
    if (!is_gzip(rest_))
      fail(ErrorKind::input, "{}: {} bytes that are not gzip follow the gzip data; {}", origin(),
           rest_.size(), damaged);
    inflateReset(&stream_);
  }

  z_stream stream_{};
  std::string_view rest_;
  std::uint64_t left_;
  bool ended_ = false;
};

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

std::unique_ptr<ByteSource> gzip_source(std::string_view bytes, std::string origin) {
  return std::make_unique<GzipSource>(bytes, std::move(origin));
}

}  // namespace io

std::string gunzip(std::string_view bytes, std::string_view where, std::size_t limit) {
  const auto source = io::gzip_source(bytes, fmt::format("[gzip] {}", where));
  std::string out;
  std::array<std::byte, 1 << 16> block;
  while (const std::size_t count = source->read(block)) {
    if (count > limit - out.size())
      fail(ErrorKind::input, "{}: inflates to more than {} bytes; use a smaller file",
           source->origin(), limit);
    out.append(reinterpret_cast<const char*>(block.data()), count);
  }
  return out;
}

}  // namespace varve
