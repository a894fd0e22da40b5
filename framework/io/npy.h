#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/array.h"

namespace varve {

/// Reads a NumPy .npy file: format 1 to 3, C or Fortran order, either byte order. No pickles. The
/// array's dtype says what was read: bool, u1, i4, i8, f4 and f8 are as stored; f2 becomes f32; i1,
/// i2 and u2 become i32; u4 and u8 become i64 (a u8 beyond 2^63 - 1 is refused). Throws
/// ErrorKind::input naming the file and what is wrong with it.
Array load_npy(const std::filesystem::path& path);
Array decode_npy(std::string_view bytes, std::string_view where);
/// Writes .npy atomically.
void save_npy(const std::filesystem::path& path, const Array& array);
std::string encode_npy(const Array& array);

/// An .npz archive, of which only what is asked for is read. Entries are stored or deflated, as
/// NumPy writes them; no other method is unpacked. Every function throws ErrorKind::input naming
/// the file, the entry and what is wrong with it.
class NpzFile {
 public:
  explicit NpzFile(const std::filesystem::path& path);
  /// `bytes` must outlive it.
  NpzFile(std::string_view bytes, std::string_view where);
  ~NpzFile();
  NpzFile(const NpzFile&) = delete;
  NpzFile& operator=(const NpzFile&) = delete;

  /// Of its entries, without ".npy", in order.
  std::vector<std::string> names() const;
  bool contains(const std::string& name) const;
  /// What the header of an entry says; nothing if it is no array of numbers.
  std::optional<Shape> shape(const std::string& name);
  /// Throws ErrorKind::input too if it is no array of numbers.
  Array read(const std::string& name);

  class Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// Reads every array of an .npz archive; entries that are not numeric arrays are left out.
std::map<std::string, Array> load_npz(const std::filesystem::path& path);
std::map<std::string, Array> decode_npz(std::string_view bytes, std::string_view where);

}  // namespace varve
