#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace varve {

/// A short list of integers: a shape, strides or a list of axes. At most `max_rank` entries; a
/// longer one throws ErrorKind::usage. Up to four need no heap memory.
class Dims {
 public:
  static constexpr std::size_t max_rank = 8;

  Dims() = default;
  Dims(std::initializer_list<std::int64_t> values)
      : Dims(std::span(values.begin(), values.size())) {}
  explicit Dims(std::span<const std::int64_t> values);
  static Dims filled(std::size_t count, std::int64_t value);
  Dims(const Dims& other) : size_(other.size_) {
    if (other.in_place())
      few_ = other.few_;
    else
      many_ = copied(other.many_);
  }
  Dims(Dims&& other) noexcept { take(other); }
  Dims& operator=(const Dims& other) {
    if (this != &other) *this = Dims(other);
    return *this;
  }
  Dims& operator=(Dims&& other) noexcept {
    if (this == &other) return *this;
    release();
    take(other);
    return *this;
  }
  ~Dims() { release(); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::int64_t* begin() { return in_place() ? few_.data() : many_; }
  const std::int64_t* begin() const { return in_place() ? few_.data() : many_; }
  std::int64_t* end() { return begin() + size_; }
  const std::int64_t* end() const { return begin() + size_; }
  std::int64_t& operator[](std::size_t i) { return begin()[i]; }
  std::int64_t operator[](std::size_t i) const { return begin()[i]; }
  std::int64_t back() const { return begin()[size_ - 1]; }

  void push_back(std::int64_t value) {
    if (size_ < room)
      few_[size_++] = value;
    else
      insert(size_, value);
  }
  void insert(std::size_t position, std::int64_t value);
  void erase(std::size_t position);

  /// How many elements a shape has: the product of the sizes; 1 when empty (a scalar). Throws
  /// ErrorKind::usage if a size is negative, or if the sizes that are not 0 have a product beyond
  /// 2^63 - 1: strides could not be counted.
  std::int64_t numel() const;
  /// "(128, 784)", "()" for a scalar.
  std::string str() const;

  friend bool operator==(const Dims& a, const Dims& b) {
    if (a.size_ != b.size_) return false;
    const auto *x = a.begin(), *y = b.begin();
    for (std::size_t i = 0; i < a.size_; ++i)
      if (x[i] != y[i]) return false;
    return true;
  }

 private:
  static constexpr std::size_t room = 4;

  bool in_place() const { return size_ <= room; }
  static std::int64_t* copied(const std::int64_t* many);
  void take(Dims& other) noexcept {
    size_ = other.size_;
    if (in_place())
      few_ = other.few_;
    else
      many_ = other.many_;
    other.size_ = 0;
    other.few_ = {};
  }
  void release() {
    if (!in_place()) delete[] many_;
  }

  std::size_t size_ = 0;
  union {
    std::array<std::int64_t, room> few_{};
    std::int64_t* many_;  ///< max_rank of them, when there are more than fit in place
  };
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
