#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/core/array.h"
#include "framework/io/stored_type.h"
#include "framework/platform/platform.h"

/// What the readers of files share: any number in a file may be a lie, so a size is computed with
/// checks and compared with what is there before memory is asked for.
namespace varve::io {

/// The end of many messages.
inline constexpr std::string_view damaged =
    "the file is damaged or cut off, fetch or write it again";

/// Bytes that can be read once, forwards: memory, a file, or what a gzip or zip stream inflates to.
class ByteSource {
 public:
  /// `origin` begins every message: "[idx] train.gz".
  explicit ByteSource(std::string origin) : origin_(std::move(origin)) {}
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Fills `out` from its front and returns how much; less than all of it only at the end.
  /// Throws ErrorKind::input on damage.
  virtual std::size_t read(std::span<std::byte> out) = 0;
  /// No more bytes than this can follow.
  virtual std::uint64_t at_most() const = 0;
  /// Whether so many do follow: they are there, not claimed. Memory is granted for those at once,
  /// for others as they arrive.
  virtual bool is_exact() const { return true; }

  const std::string& origin() const { return origin_; }

 private:
  std::string origin_;
};

class MemorySource final : public ByteSource {
 public:
  MemorySource(std::string_view bytes, std::string origin)
      : ByteSource(std::move(origin)), rest_(bytes) {}
  std::size_t read(std::span<std::byte> out) override;
  std::uint64_t at_most() const override { return rest_.size(); }

 private:
  std::string_view rest_;
};

class FileSource final : public ByteSource {
 public:
  /// Throws as platform::InputFile does.
  FileSource(const std::filesystem::path& path, std::string origin)
      : ByteSource(std::move(origin)), file_(path), left_(file_.size()) {}
  std::size_t read(std::span<std::byte> out) override;
  std::uint64_t at_most() const override { return left_; }

 private:
  platform::InputFile file_;
  std::uint64_t left_;
};

/// Fills all of `out`; throws ErrorKind::input naming `what` was cut off.
void read_exactly(ByteSource& source, std::span<std::byte> out, std::string_view what);

/// `size` bytes. Memory is taken for no more than twice what has arrived, whatever was claimed.
/// Throws ErrorKind::input if fewer follow, ErrorKind::memory if they do not fit.
std::vector<std::byte> read_bytes(ByteSource& source, std::uint64_t size, std::string_view what);

/// The rest of the source as an array: exactly the elements of `extents`, nothing behind them.
/// Throws ErrorKind::input if it is not so, ErrorKind::memory if they do not fit.
Array read_array(ByteSource& source, StoredType type, std::span<const std::uint64_t> extents);

/// The same as the file stores them.
std::vector<std::byte> read_stored(ByteSource& source, StoredType type,
                                   std::span<const std::uint64_t> extents);

/// Bytes that an array takes in a file; nothing if that does not fit 63 bits.
std::optional<std::uint64_t> byte_count(StoredType type, std::span<const std::uint64_t> extents);

/// An array of the bytes that a file holds for it. Throws ErrorKind::input, beginning with
/// `origin`, if they are no such elements; ErrorKind::memory if it does not fit.
Array make_array(std::vector<std::byte> stored, StoredType type, const Shape& shape,
                 std::string_view origin);

/// Extents as a shape. Throws ErrorKind::input, naming `origin`, if there are too many of them.
Shape to_shape(std::span<const std::uint64_t> extents, std::string_view origin);

/// "(60000, 28, 28)".
std::string describe(std::span<const std::uint64_t> extents);

/// Text from a file made fit for a one-line message: quoted, shortened, without control bytes.
std::string excerpt(std::string_view text);

}  // namespace varve::io
