#include "framework/io/named_arrays.h"

#include "framework/core/error.h"

#if VARVE_HAVE_HDF5
#define H5_USE_110_API  // newer versions speak it too
#include <hdf5.h>

#include <algorithm>
#include <mutex>
#include <numeric>
#include <utility>

#include "framework/io/budget.h"
#include "framework/io/byte_source.h"
#include "framework/platform/platform.h"
#endif

namespace varve::io {

#if VARVE_HAVE_HDF5
namespace {

/// libhdf5 serves one thread at a time.
std::recursive_mutex& library() {
  static std::recursive_mutex mutex;
  return mutex;
}

/// Something that libhdf5 has opened.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle(hid_t id, Close close, const std::string& origin) : id_(id), close_(close) {
    if (id_ < 0) fail(ErrorKind::input, "{}: cannot be opened by libhdf5; {}", origin, damaged);
  }
  ~Handle() {
    const std::lock_guard lock(library());
    close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor): it stands for it

 private:
  hid_t id_;
  Close close_;
};

/// How numbers of a type are asked for: in this machine's byte order. Nothing for what is no
/// number.
std::optional<StoredType> to_stored(hid_t type) {
  using Kind = StoredType::Kind;
  const auto size = static_cast<std::uint8_t>(H5Tget_size(type));
  const H5T_class_t of = H5Tget_class(type);
  const bool whole = size == 1 || size == 2 || size == 4 || size == 8;
  if (of == H5T_INTEGER && whole)
    return StoredType(H5Tget_sign(type) == H5T_SGN_NONE ? Kind::natural : Kind::whole, size);
  if (of == H5T_FLOAT && (size == 4 || size == 8)) return StoredType(Kind::floating, size);
  if (of == H5T_FLOAT && size == 2) return StoredType(Kind::floating, 4);  // widened by libhdf5
  if (of == H5T_ENUM && size == 1) return StoredType(Kind::natural, 1);    // h5py's bool
  return std::nullopt;
}

hid_t native(const StoredType& type) {
  using Kind = StoredType::Kind;
  if (type.kind == Kind::floating) return type.size == 4 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
  const bool sign = type.kind == Kind::whole;
  switch (type.size) {
    case 1:
      return sign ? H5T_NATIVE_INT8 : H5T_NATIVE_UINT8;
    case 2:
      return sign ? H5T_NATIVE_INT16 : H5T_NATIVE_UINT16;
    case 4:
      return sign ? H5T_NATIVE_INT32 : H5T_NATIVE_UINT32;
    default:
      return sign ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64;
  }
}

Shape shape_of(hid_t set, const std::string& origin) {
  const Handle space(H5Dget_space(set), H5Sclose, origin);
  const int rank = H5Sget_simple_extent_ndims(space);
  std::vector<hsize_t> sides(static_cast<std::size_t>(std::max(rank, 0)));
  if (rank < 0 || H5Sget_simple_extent_dims(space, sides.data(), nullptr) < 0)
    fail(ErrorKind::input, "{}: has no shape; {}", origin, damaged);
  std::vector<std::uint64_t> extents(sides.begin(), sides.end());
  if (!byte_count(StoredType(DType::f64), extents))
    fail(ErrorKind::input, "{}: claims a shape of {}; {}", origin, describe(extents), damaged);
  return to_shape(extents, origin);
}

class Rows final : public StoredArray {
 public:
  Rows(std::shared_ptr<Handle> file, std::shared_ptr<Handle> set, StoredType type,
       const Shape& shape, const std::string& origin)
      : StoredArray(type, shape, origin), file_(std::move(file)), set_(std::move(set)) {}

  void read(std::int64_t index, std::span<std::byte> out) const override {
    const std::lock_guard lock(library());
    const Handle all(H5Dget_space(*set_), H5Sclose, origin());
    std::vector<hsize_t> begin(shape().size(), 0), count(shape().begin(), shape().end());
    begin[0] = static_cast<hsize_t>(index);
    count[0] = 1;
    const Handle row(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr),
                     H5Sclose, origin());
    if (H5Sselect_hyperslab(all, H5S_SELECT_SET, begin.data(), nullptr, count.data(), nullptr) <
            0 ||
        H5Dread(*set_, native(type()), row, all, H5P_DEFAULT, out.data()) < 0)
      fail(ErrorKind::input, "{}: row {} cannot be read; {}", origin(), index, damaged);
  }

 private:
  std::shared_ptr<Handle> file_, set_;
};

class Hdf5Arrays final : public NamedArrays {
 public:
  explicit Hdf5Arrays(const std::filesystem::path& path)
      : origin_(fmt::format("[hdf5] {}", path.string())), size_(platform::InputFile(path).size()) {
    const std::lock_guard lock(library());
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // errors are told here
    if (H5Fis_hdf5(path.c_str()) <= 0)
      fail(ErrorKind::input, "{}: is no HDF5 file, or damaged; name one", origin_);
    file_ = std::make_shared<Handle>(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose,
                                     origin_);
    H5Ovisit(*file_, H5_INDEX_NAME, H5_ITER_INC, note, &names_);
  }

  std::vector<std::string> names() const override { return names_; }

  ArrayInfo info(const std::string& name) override {
    const std::lock_guard lock(library());
    const auto set = open_set(name);
    const Handle type(H5Dget_type(*set), H5Tclose, origin_of(name));
    const Shape shape = shape_of(*set, origin_of(name));
    if (const auto stored = to_stored(type))
      return {ArrayInfo::Kind::numbers, shape, stored->name()};
    if (H5Tget_class(type) == H5T_STRING) return {ArrayInfo::Kind::text, shape, "text"};
    return {.shape = shape, .type = "records"};
  }

  StoredArrayPtr open(const std::string& name) override {
    const std::lock_guard lock(library());
    auto set = open_set(name);
    const std::string origin = origin_of(name);
    const Handle type(H5Dget_type(*set), H5Tclose, origin);
    const auto stored = to_stored(type);
    const Shape shape = shape_of(*set, origin);
    if (!stored || shape.empty()) fail(ErrorKind::input, "{}: is no array of numbers", origin);
    const auto bytes = static_cast<std::uint64_t>(shape.numel()) * stored->size;
    if (bytes > small_array || H5Dget_storage_size(*set) == 0)
      return std::make_shared<Rows>(file_, std::move(set), *stored, shape, origin);
    Budget(size_).take(bytes, origin);
    std::vector<std::byte> values(static_cast<std::size_t>(bytes));
    if (H5Dread(*set, native(*stored), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
      fail(ErrorKind::input, "{}: cannot be read; {}", origin, damaged);
    return array_in_memory(*stored, shape, std::move(values), origin);
  }

  std::vector<std::string> texts(const std::string& name) override {
    const std::lock_guard lock(library());
    const std::string origin = origin_of(name);
    const auto set = open_set(name);
    const Shape shape = shape_of(*set, origin);
    const Handle stored(H5Dget_type(*set), H5Tclose, origin);
    if (shape.empty() || shape.numel() != shape[0])
      fail(ErrorKind::input, "{}: is no list of texts but {}", origin, shape.str());
    const auto count = static_cast<std::size_t>(shape[0]);
    Budget budget(size_);
    std::vector<std::string> out;
    if (H5Tis_variable_str(stored) > 0) {
      const Handle type(H5Tcopy(stored), H5Tclose, origin);
      budget.take(count * sizeof(char*), origin);
      std::vector<char*> texts(count, nullptr);
      const Handle space(H5Dget_space(*set), H5Sclose, origin);
      if (H5Dread(*set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.data()) < 0)
        fail(ErrorKind::input, "{}: cannot be read; {}", origin, damaged);
      for (const char* text : texts) out.emplace_back(text == nullptr ? "" : text);
      H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts.data());
      return out;
    }
    const std::size_t each = H5Tget_size(stored);
    budget.take(static_cast<std::uint64_t>(each) * count, origin);
    std::vector<char> bytes(each * count);
    if (H5Dread(*set, stored, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0)
      fail(ErrorKind::input, "{}: cannot be read; {}", origin, damaged);
    for (std::size_t i = 0; i < count; ++i) {
      const char* begin = bytes.data() + i * each;
      out.emplace_back(begin, std::find(begin, begin + each, '\0'));
    }
    return out;
  }

 private:
  static herr_t note(hid_t, const char* name, const H5O_info_t* info, void* names) {
    if (info->type == H5O_TYPE_DATASET)
      static_cast<std::vector<std::string>*>(names)->push_back(name);
    return 0;
  }

  std::string origin_of(const std::string& name) const {
    return fmt::format("{}: {}", origin_, excerpt(name));
  }

  std::shared_ptr<Handle> open_set(const std::string& name) const {
    constexpr std::size_t slots = 12421, cache = 64 << 20;  // for chunks, which rows share
    const Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose, origin_);
    H5Pset_chunk_cache(access, slots, cache, 1.0);
    return std::make_shared<Handle>(H5Dopen2(*file_, name.c_str(), access), H5Dclose,
                                    origin_of(name));
  }

  std::string origin_;
  std::uint64_t size_;
  std::shared_ptr<Handle> file_;
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<NamedArrays> open_hdf5(const std::filesystem::path& path) {
  return std::make_unique<Hdf5Arrays>(path);
}

#else

std::unique_ptr<NamedArrays> open_hdf5(const std::filesystem::path& path) {
  fail(ErrorKind::usage,
       "[hdf5] {}: this build reads no HDF5: build it with libhdf5 (package libhdf5-dev), or save "
       "the arrays with numpy.savez",
       path.string());
}

#endif

}  // namespace varve::io
