#include <zip.h>

#include <algorithm>
#include <memory>
#include <new>

#include "framework/core/error.h"
#include "framework/io/npy.h"
#include "framework/io/npy_stream.h"
#include "framework/platform/platform.h"

namespace varve {
namespace {

/// Limits against archives made to explode: bytes of all entries together, and how far an entry
/// beyond the size where it begins to matter may be compressed.
constexpr std::uint64_t largest_total = 1ULL << 33;
constexpr std::uint64_t ratio_matters_above = 1ULL << 26;
constexpr std::uint64_t largest_ratio = 500;

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;

struct CloseEntry {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using OpenEntry = std::unique_ptr<zip_file_t, CloseEntry>;

std::string reason(zip_error_t& error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

class EntrySource final : public io::ByteSource {
 public:
  EntrySource(OpenEntry file, std::uint64_t size, std::string origin)
      : ByteSource(std::move(origin)), file_(std::move(file)), left_(size) {}

  std::size_t read(std::span<std::byte> out) override {
    std::size_t filled = 0;
    while (filled < out.size()) {
      const auto count = zip_fread(file_.get(), out.data() + filled, out.size() - filled);
      if (count < 0)
        fail(ErrorKind::input, "{}: {}; {}", origin(), zip_file_strerror(file_.get()), io::damaged);
      if (count == 0) break;
      filled += static_cast<std::size_t>(count);
    }
    left_ -= std::min<std::uint64_t>(left_, filled);
    return filled;
  }
  std::uint64_t at_most() const override { return left_; }

 private:
  OpenEntry file_;
  std::uint64_t left_;
};

/// `bytes` must outlive the archive.
Archive open_archive(std::string_view bytes, std::string_view where) {
  // To libzip, nothing at all is an empty archive.
  if (!bytes.starts_with("PK"))
    fail(ErrorKind::input, "[npz] {}: is no zip archive; save it with numpy.savez", where);
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source == nullptr) throw std::bad_alloc();
  Archive archive(zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error));
  if (archive == nullptr) {
    zip_source_free(source);
    fail(ErrorKind::input, "[npz] {}: {}; {}", where, reason(error), io::damaged);
  }
  return archive;
}

class NpzReader {
 public:
  NpzReader(std::string_view bytes, std::string_view where)
      : where_(where), archive_(open_archive(bytes, where)) {}

  std::map<std::string, Array> read() {
    const auto count = zip_get_num_entries(archive_.get(), 0);
    for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) read_entry(i);
    return std::move(arrays_);
  }

 private:
  void read_entry(zip_uint64_t index) {
    const char* stored = zip_get_name(archive_.get(), index, 0);
    std::string key = stored == nullptr ? "" : stored;
    if (!key.ends_with(".npy")) return;
    key.resize(key.size() - 4);
    const auto source = open_entry(index, fmt::format("[npz] {}: {}", where_, io::excerpt(key)));
    const auto header = io::read_npy_header(*source);
    if (!header.is_numeric()) return;
    // The check of the archive's consistency has refused names that occur twice.
    arrays_.emplace(std::move(key), io::read_npy_elements(*source, header));
  }

  std::unique_ptr<io::ByteSource> open_entry(zip_uint64_t index, std::string origin) {
    zip_stat_t status;
    zip_stat_init(&status);
    constexpr auto needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
    if (zip_stat_index(archive_.get(), index, 0, &status) != 0 || (status.valid & needed) != needed)
      fail(ErrorKind::input, "{}: has no size; {}", origin, io::damaged);
    if (status.size > largest_total - total_)
      fail(ErrorKind::input, "{}: the arrays take more than {} GiB; split the file", origin,
           largest_total >> 30);
    total_ += status.size;
    if (status.size > ratio_matters_above && status.size / largest_ratio > status.comp_size)
      fail(ErrorKind::input,
           "{}: {} bytes claim to inflate to {}, more than {}-fold; save it with numpy.savez",
           origin, status.comp_size, status.size, largest_ratio);
    OpenEntry file(zip_fopen_index(archive_.get(), index, 0));
    if (file == nullptr)
      fail(ErrorKind::input, "{}: {}; save it with numpy.savez_compressed", origin,
           zip_strerror(archive_.get()));
    return std::make_unique<EntrySource>(std::move(file), status.size, std::move(origin));
  }

  std::string_view where_;
  Archive archive_;
  std::uint64_t total_ = 0;
  std::map<std::string, Array> arrays_;
};

}  // namespace

std::map<std::string, Array> load_npz(const std::filesystem::path& path) {
  return decode_npz(platform::read_file(path), path.string());
}

std::map<std::string, Array> decode_npz(std::string_view bytes, std::string_view where) {
  return NpzReader(bytes, where).read();
}

}  // namespace varve
