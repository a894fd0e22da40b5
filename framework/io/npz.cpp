#include <zip.h>

#include <algorithm>
#include <array>
#include <new>
#include <span>
#include <utility>

#include "framework/core/error.h"
#include "framework/io/budget.h"
#include "framework/io/npy.h"
#include "framework/io/npy_stream.h"

namespace varve {
namespace {

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;

struct CloseEntry {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using OpenEntry = std::unique_ptr<zip_file_t, CloseEntry>;

/// What libzip says. The system's refusals and a want of memory are no fault of the file.
[[noreturn]] void fail_zip(zip_error_t& error, const std::string& origin) {
  const int code = zip_error_code_zip(&error);
  const bool system = zip_error_system_type(&error) == ZIP_ET_SYS;
  const std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (code == ZIP_ER_MEMORY) throw std::bad_alloc();
  if (system) fail(ErrorKind::io, "{}: {}; check the disk and the path", origin, text);
  fail(ErrorKind::input, "{}: {}; {}", origin, text, io::damaged);
}

class EntrySource final : public io::ByteSource {
 public:
  EntrySource(OpenEntry file, std::uint64_t size, std::string origin)
      : ByteSource(std::move(origin)), file_(std::move(file)), left_(size) {}

  std::size_t read(std::span<std::byte> out) override {
    std::size_t filled = 0;
    while (filled < out.size()) {
      const auto count = zip_fread(file_.get(), out.data() + filled, out.size() - filled);
      if (count < 0) fail_zip(*zip_file_get_error(file_.get()), origin());
      if (count == 0) break;
      filled += static_cast<std::size_t>(count);
    }
    left_ -= std::min<std::uint64_t>(left_, filled);
    return filled;
  }
  std::uint64_t at_most() const override { return left_; }
  bool is_exact() const override { return false; }

 private:
  OpenEntry file_;
  std::uint64_t left_;
};

/// The source is used up, whatever happens.
Archive open_archive(zip_source_t* source, zip_error_t& error, const std::string& origin) {
  if (source == nullptr) fail_zip(error, origin);
  Archive archive(zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error));
  if (archive != nullptr) return archive;
  zip_source_free(source);
  fail_zip(error, origin);
}

/// To libzip, nothing at all is an empty archive.
void require_zip(io::ByteSource& source) {
  std::array<char, 2> begin{};
  if (source.read(std::as_writable_bytes(std::span(begin))) < 2 || begin[0] != 'P' ||
      begin[1] != 'K')
    fail(ErrorKind::input, "{}: is no zip archive; save it with numpy.savez", source.origin());
}

Archive open_file(const std::filesystem::path& path, const std::string& origin) {
  io::FileSource file(path, origin);
  require_zip(file);
  zip_error_t error;
  zip_error_init(&error);
  return open_archive(zip_source_file_create(path.c_str(), 0, -1, &error), error, origin);
}

Archive open_memory(std::string_view bytes, const std::string& origin) {
  io::MemorySource source(bytes, origin);
  require_zip(source);
  zip_error_t error;
  zip_error_init(&error);
  return open_archive(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error), error,
                      origin);
}

}  // namespace

class NpzFile::Impl {
 public:
  Impl(Archive archive, std::uint64_t file_bytes, std::string origin)
      : origin_(std::move(origin)), budget_(file_bytes), archive_(std::move(archive)) {
    const auto count = zip_get_num_entries(archive_.get(), 0);
    for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
      const char* stored = zip_get_name(archive_.get(), i, 0);
      std::string name = stored == nullptr ? "" : stored;
      if (!name.ends_with(".npy")) continue;
      name.resize(name.size() - 4);
      // The check of the archive's consistency has refused names that occur twice.
      entries_.emplace(std::move(name), i);
    }
  }

  const std::string& origin() const { return origin_; }
  const std::map<std::string, zip_uint64_t>& entries() const { return entries_; }

  std::optional<Shape> shape(const std::string& name) {
    const auto source = open(name);
    const auto header = io::read_npy_header(*source);
    if (!header.is_numeric()) return std::nullopt;
    return io::to_shape(header.shape, source->origin());
  }

  /// Nothing if it is no array of numbers.
  std::optional<Array> read(const std::string& name) {
    const auto source = open(name);
    const auto header = io::read_npy_header(*source);
    if (!header.is_numeric()) return std::nullopt;
    budget_.take(source->at_most(), source->origin());
    return io::read_npy_elements(*source, header);
  }

 private:
  std::unique_ptr<io::ByteSource> open(const std::string& name) {
    const std::string origin = fmt::format("{}: {}", origin_, io::excerpt(name));
    const auto entry = entries_.find(name);
    if (entry == entries_.end())
      fail(ErrorKind::input, "{}: the archive has no such array", origin);
    zip_stat_t status;
    zip_stat_init(&status);
    constexpr auto needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(archive_.get(), entry->second, 0, &status) != 0 ||
        (status.valid & needed) != needed)
      fail(ErrorKind::input, "{}: has no size; {}", origin, io::damaged);
    const bool plain = status.encryption_method == ZIP_EM_NONE;
    if (!plain || (status.comp_method != ZIP_CM_STORE && status.comp_method != ZIP_CM_DEFLATE))
      fail(ErrorKind::input, "{}: is {}, NumPy stores or deflates; save it with numpy.savez",
           origin,
           plain ? fmt::format("compressed by method {}", status.comp_method) : "encrypted");
    OpenEntry file(zip_fopen_index(archive_.get(), entry->second, 0));
    if (file == nullptr) fail_zip(*zip_get_error(archive_.get()), origin);
    return std::make_unique<EntrySource>(std::move(file), status.size, origin);
  }

  std::string origin_;
  io::Budget budget_;
  Archive archive_;
  std::map<std::string, zip_uint64_t> entries_;
};

NpzFile::NpzFile(const std::filesystem::path& path) {
  const auto origin = fmt::format("[npz] {}", path.string());
  auto archive = open_file(path, origin);
  impl_ = std::make_unique<Impl>(std::move(archive), std::filesystem::file_size(path), origin);
}

NpzFile::NpzFile(std::string_view bytes, std::string_view where) {
  const auto origin = fmt::format("[npz] {}", where);
  impl_ = std::make_unique<Impl>(open_memory(bytes, origin), bytes.size(), origin);
}

NpzFile::~NpzFile() = default;

std::vector<std::string> NpzFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, index] : impl_->entries()) names.push_back(name);
  return names;
}

bool NpzFile::contains(const std::string& name) const { return impl_->entries().contains(name); }

std::optional<Shape> NpzFile::shape(const std::string& name) { return impl_->shape(name); }

Array NpzFile::read(const std::string& name) {
  auto array = impl_->read(name);
  if (!array)
    fail(ErrorKind::input, "{}: {}: is no array of numbers; save it with .astype('<f4')",
         impl_->origin(), io::excerpt(name));
  return std::move(*array);
}

namespace {

std::map<std::string, Array> read_all(NpzFile& file) {
  std::map<std::string, Array> arrays;
  for (const auto& name : file.names())
    if (file.shape(name)) arrays.emplace(name, file.read(name));
  return arrays;
}

}  // namespace

std::map<std::string, Array> load_npz(const std::filesystem::path& path) {
  NpzFile file(path);
  return read_all(file);
}

std::map<std::string, Array> decode_npz(std::string_view bytes, std::string_view where) {
  NpzFile file(bytes, where);
  return read_all(file);
}

}  // namespace varve
