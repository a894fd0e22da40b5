#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace varve {

/// A short list of integers without heap memory: a shape, strides or a list of axes. At most
/// `max_rank` entries; a longer one throws ErrorKind::usage.
class Dims {
 public:
  static constexpr std::size_t max_rank = 8;

  Dims() = default;
  Dims(std::initializer_list<std::int64_t> values);
  explicit Dims(std::span<const std::int64_t> values);
  static Dims filled(std::size_t count, std::int64_t value);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::int64_t& operator[](std::size_t i) { return values_[i]; }
  std::int64_t operator[](std::size_t i) const { return values_[i]; }
  std::int64_t back() const { return values_[size_ - 1]; }
  std::int64_t* begin() { return values_.data(); }
  std::int64_t* end() { return values_.data() + size_; }
  const std::int64_t* begin() const { return values_.data(); }
  const std::int64_t* end() const { return values_.data() + size_; }

  void push_back(std::int64_t value);
  void insert(std::size_t position, std::int64_t value);
  void erase(std::size_t position);

  /// How many elements a shape has: the product of the sizes; 1 when empty (a scalar). Throws
  /// ErrorKind::usage if a size is negative, or if the sizes that are not 0 have a product beyond
  /// 2^63 - 1: strides could not be counted.
  std::int64_t numel() const;
  /// "(128, 784)", "()" for a scalar.
  std::string str() const;

  friend bool operator==(const Dims& a, const Dims& b);

 private:
  std::array<std::int64_t, max_rank> values_{};
  std::size_t size_ = 0;
};

using Shape = Dims;
using Strides = Dims;
using Axes = Dims;

/// a + b, a * b; throw ErrorKind::usage, naming `op`, where the result does not fit.
std::int64_t checked_add(std::int64_t a, std::int64_t b, const char* op);
std::int64_t checked_mul(std::int64_t a, std::int64_t b, const char* op);

/// Row-major strides, in elements. Throws as numel() does.
Strides contiguous_strides(const Shape& shape);

/// NumPy broadcasting of two shapes. `op` names the caller in the error.
Shape broadcast(const Shape& a, const Shape& b, const char* op);

/// Maps a possibly negative axis into [0, rank). Throws ErrorKind::usage, naming `op`.
std::size_t normalize_axis(std::int64_t axis, std::size_t rank, const char* op);

}  // namespace varve
