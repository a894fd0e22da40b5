#include "framework/io/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <span>
#include <utility>

#include "framework/core/error.h"
#include "framework/io/budget.h"

namespace varve {
namespace io {
namespace {

/// Deflate spends at least 2 bits on 258 bytes (RFC 1951).
constexpr std::uint64_t largest_ratio = 1032;

class GzipSource final : public ByteSource {
 public:
  GzipSource(std::unique_ptr<ByteSource> compressed, std::string_view begun)
      : ByteSource(compressed->origin()),
        compressed_(std::move(compressed)),
        budget_(compressed_->at_most() + begun.size()) {
    const auto begin = std::as_bytes(std::span(begun));
    rest_ = std::copy(begin.begin(), begin.end(), block_.begin()) - block_.begin();
    constexpr int gzip_format = 16;
    if (inflateInit2(&stream_, MAX_WBITS + gzip_format) != Z_OK) throw std::bad_alloc();
  }
  ~GzipSource() override { inflateEnd(&stream_); }

  std::size_t read(std::span<std::byte> out) override {
    std::size_t filled = 0;
    while (filled < out.size() && !ended_) filled += inflate_some(out.subspan(filled));
    budget_.take(filled, origin());
    return filled;
  }
  std::uint64_t at_most() const override {
    // What zlib has taken in and not yet given out is of the window's order.
    const std::uint64_t compressed = compressed_->at_most() + rest_ + block_.size();
    return std::min(budget_.left(), compressed * largest_ratio);
  }
  bool is_exact() const override { return false; }

 private:
  /// Makes sure that `count` compressed bytes are at hand, unless the data end before.
  void refill(std::size_t count) {
    if (rest_ >= count) return;
    std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(at_), rest_, block_.begin());
    at_ = 0;
    rest_ += compressed_->read(std::span(block_).subspan(rest_));
  }

  std::size_t inflate_some(std::span<std::byte> out) {
    refill(1);
    const std::size_t wanted = std::min<std::size_t>(out.size(), std::numeric_limits<uInt>::max());
    stream_.next_in = reinterpret_cast<Bytef*>(block_.data() + at_);
    stream_.avail_in = static_cast<uInt>(rest_);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(wanted);
    const int status = inflate(&stream_, Z_NO_FLUSH);
    at_ += rest_ - stream_.avail_in;
    rest_ = stream_.avail_in;
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
    refill(2);
    // Zero bytes may follow, to fill the blocks of a tape: gzip itself overlooks them.
    while (rest_ > 0 && block_[at_] == std::byte{0}) {
      ++at_;
      --rest_;
      padded_ = true;
      refill(1);
    }
    ended_ = rest_ == 0;
    if (ended_) return;
    refill(2);
    if (padded_ || !is_gzip({reinterpret_cast<const char*>(block_.data() + at_), rest_}))
      fail(ErrorKind::input, "{}: {} bytes that are not gzip follow the gzip data; {}", origin(),
           rest_ + compressed_->at_most(), damaged);
    inflateReset(&stream_);
  }

  std::unique_ptr<ByteSource> compressed_;
  Budget budget_;
  z_stream stream_{};
  std::array<std::byte, 1 << 16> block_;  ///< compressed bytes: `rest_` of them from `at_` on
  std::size_t at_ = 0;
  std::size_t rest_ = 0;
  bool ended_ = false;
  bool padded_ = false;  ///< zeros were behind a member: nothing else may be
};

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

std::unique_ptr<ByteSource> gzip_source(std::unique_ptr<ByteSource> compressed,
                                        std::string_view begun) {
  return std::make_unique<GzipSource>(std::move(compressed), begun);
}

}  // namespace io

std::string gunzip(std::string_view bytes, std::string_view where, std::size_t limit) {
  const auto source =
      io::gzip_source(std::make_unique<io::MemorySource>(bytes, fmt::format("[gzip] {}", where)));
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
