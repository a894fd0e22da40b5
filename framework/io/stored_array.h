#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/core/shape.h"
#include "framework/io/stored_type.h"

namespace varve::io {

/// An array that stays as its file stores it, of which rows are read when they are asked for: on
/// disk, or in memory if it is small or cannot be read from its middle. Several threads may read.
class StoredArray {
 public:
  /// `origin` begins every message.
  StoredArray(StoredType type, const Shape& shape, std::string origin);
  virtual ~StoredArray() = default;
  StoredArray(const StoredArray&) = delete;
  StoredArray& operator=(const StoredArray&) = delete;

  const StoredType& type() const { return type_; }
  const Shape& shape() const { return shape_; }
  const std::string& origin() const { return origin_; }
  std::int64_t rows() const { return shape_.empty() ? 1 : shape_[0]; }
  std::size_t row_elements() const { return row_elements_; }
  std::size_t row_bytes() const { return row_elements_ * type_.size; }
  /// Whether all of it is in memory.
  virtual bool is_in_memory() const { return false; }

  /// Writes row `index` as it is stored, row_bytes(). Throws ErrorKind::input if the file has
  /// become shorter.
  virtual void read(std::int64_t index, std::span<std::byte> out) const = 0;

 private:
  StoredType type_;
  Shape shape_;
  std::size_t row_elements_;
  std::string origin_;
};

using StoredArrayPtr = std::shared_ptr<const StoredArray>;

/// Files and entries up to this size are read into memory at once.
inline constexpr std::uint64_t small_array = 1 << 26;

StoredArrayPtr array_in_memory(StoredType type, const Shape& shape, std::vector<std::byte> stored,
                               std::string origin);
/// The array whose elements begin at `offset` of a file.
StoredArrayPtr array_on_disk(StoredType type, const Shape& shape, const std::filesystem::path& path,
                             std::uint64_t offset, std::string origin);

/// Elements as floats, one each: numbers keep their value (rounded to 24 bits), false is 0 and true
/// 1.
void to_floats(std::span<const std::byte> stored, StoredType type, std::span<float> out);
/// All elements as doubles, in row-major order.
std::vector<double> read_all(const StoredArray& array);

}  // namespace varve::io
