#include <zip.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <utility>

#include "framework/core/error.h"
#include "framework/io/budget.h"
#include "framework/io/content.h"
#include "framework/io/named_arrays.h"
#include "framework/io/npy.h"
#include "framework/io/npy_stream.h"

namespace varve {
namespace {

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;
using SharedArchive = std::shared_ptr<zip_t>;

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
  EntrySource(OpenEntry file, std::uint64_t size, bool stored, std::string origin)
      : ByteSource(std::move(origin)), file_(std::move(file)), left_(size), stored_(stored) {}

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
  /// Whether it is not compressed.
  bool is_stored() const { return stored_; }

 private:
  OpenEntry file_;
  std::uint64_t left_;
  bool stored_;
};

/// The rows of an array that is stored without compression, read where they lie.
class EntryRows final : public io::StoredArray {
 public:
  EntryRows(SharedArchive archive, OpenEntry file, std::uint64_t begin, io::StoredType type,
            const Shape& shape, const std::string& origin)
      : StoredArray(type, shape, origin),
        archive_(std::move(archive)),
        file_(std::move(file)),
        begin_(begin) {}

  void read(std::int64_t index, std::span<std::byte> out) const override {
    const std::lock_guard lock(mutex_);
    const auto at = begin_ + static_cast<std::uint64_t>(index) * row_bytes();
    if (zip_fseek(file_.get(), static_cast<zip_int64_t>(at), SEEK_SET) != 0)
      fail_zip(*zip_file_get_error(file_.get()), origin());
    for (std::size_t filled = 0; filled < row_bytes();) {
      const auto count = zip_fread(file_.get(), out.data() + filled, row_bytes() - filled);
      if (count < 0) fail_zip(*zip_file_get_error(file_.get()), origin());
      if (count == 0)
        fail(ErrorKind::input, "{}: ends in row {}; {}", origin(), index, io::damaged);
      filled += static_cast<std::size_t>(count);
    }
  }

 private:
  SharedArchive archive_;  // outlives the entry
  OpenEntry file_;
  std::uint64_t begin_;
  mutable std::mutex mutex_;
};

/// Copies that macOS packs beside the files, of what it knows of them.
bool is_resource_fork(std::string_view name) {
  const auto slash = name.rfind('/');
  return name.starts_with("__MACOSX/") ||
         name.substr(slash == std::string_view::npos ? 0 : slash + 1).starts_with("._");
}

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
    fail(ErrorKind::input, "{}: {} and is no zip archive; save it with numpy.savez",
         source.origin(), io::what_else({begin.data(), begin.size()}));
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
      if (!name.ends_with(".npy") || is_resource_fork(name)) continue;
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

  io::ArrayInfo info(const std::string& name) {
    using Kind = io::ArrayInfo::Kind;
    const auto source = open(name);
    const auto header = io::read_npy_header(*source);
    const bool text = io::is_text(header);
    if (!header.is_numeric() && !text)
      return {.type = header.descr == "[" ? "records" : io::excerpt(header.descr)};
    return {.kind = text ? Kind::text : Kind::numbers,
            .shape = io::to_shape(header.shape, source->origin()),
            .type = text ? "text" : io::stored_type(header, source->origin()).name()};
  }

  io::StoredArrayPtr store(const std::string& name) {
    const auto source = open(name);
    const auto header = io::read_npy_header(*source);
    const auto type = io::stored_type(header, source->origin());
    const auto bytes = io::byte_count(type, header.shape);
    const bool large = bytes && *bytes > io::small_array;
    if (large && source->is_stored() && !header.fortran_order && *bytes == source->at_most()) {
      OpenEntry file(zip_fopen_index(archive_.get(), entries_.at(name), 0));
      if (file == nullptr) fail_zip(*zip_get_error(archive_.get()), source->origin());
      return std::make_shared<EntryRows>(archive_, std::move(file), header.bytes, type,
                                         io::to_shape(header.shape, source->origin()),
                                         source->origin());
    }
    budget_.take(source->at_most(), source->origin());
    return io::store_npy_elements(*source, header);
  }

  std::vector<std::string> texts(const std::string& name) {
    const auto source = open(name);
    const auto header = io::read_npy_header(*source);
    budget_.take(source->at_most(), source->origin());
    return io::read_npy_texts(*source, header);
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
  std::unique_ptr<EntrySource> open(const std::string& name) {
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
    return std::make_unique<EntrySource>(std::move(file), status.size,
                                         status.comp_method == ZIP_CM_STORE, origin);
  }

  std::string origin_;
  io::Budget budget_;
  SharedArchive archive_;
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

namespace io {
namespace {

class NpzArrays final : public NamedArrays {
 public:
  explicit NpzArrays(const std::filesystem::path& path) : file_(path) {}
  std::vector<std::string> names() const override { return file_.names(); }
  ArrayInfo info(const std::string& name) override { return file_.impl().info(name); }
  StoredArrayPtr open(const std::string& name) override { return file_.impl().store(name); }
  std::vector<std::string> texts(const std::string& name) override {
    return file_.impl().texts(name);
  }

 private:
  NpzFile file_;
};

}  // namespace

std::unique_ptr<NamedArrays> open_npz(const std::filesystem::path& path) {
  return std::make_unique<NpzArrays>(path);
}

}  // namespace io
}  // namespace varve
