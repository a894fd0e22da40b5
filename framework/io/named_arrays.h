#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "framework/core/shape.h"
#include "framework/io/stored_array.h"

namespace varve::io {

/// What one array of a file is, by its head.
struct ArrayInfo {
  enum class Kind { numbers, text, other };
  Kind kind = Kind::other;
  Shape shape{};
  std::string type{};  ///< "u8", "text", "records": for people
};

/// A file of named arrays, of which only what is asked for is read. Every function throws
/// ErrorKind::input naming the file, the array and what is wrong with it.
class NamedArrays {
 public:
  virtual ~NamedArrays() = default;
  /// In order.
  virtual std::vector<std::string> names() const = 0;
  virtual ArrayInfo info(const std::string& name) = 0;
  /// An array of numbers.
  virtual StoredArrayPtr open(const std::string& name) = 0;
  /// An array of text of one dimension, or of one column.
  virtual std::vector<std::string> texts(const std::string& name) = 0;
};

std::unique_ptr<NamedArrays> open_npz(const std::filesystem::path& path);
/// Throws ErrorKind::usage if this build has no libhdf5.
std::unique_ptr<NamedArrays> open_hdf5(const std::filesystem::path& path);

/// The array of an .npy file, compressed by gzip or not.
StoredArrayPtr open_npy(const std::filesystem::path& path);

}  // namespace varve::io
