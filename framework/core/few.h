#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace varve {

/// A vector whose first `room` elements need no memory of their own: what is mostly short and made
/// by the hundred in every step, as the inputs of ops are.
template <class T, std::size_t room>
class Few {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  Few() = default;
  Few(std::initializer_list<T> values) { append(values.begin(), values.end()); }
  Few(const std::vector<T>& values) {  // NOLINT: the same list
    append(values.data(), values.data() + values.size());
  }
  Few(const Few& other) { append(other.begin(), other.end()); }
  Few(Few&& other) noexcept { take(other); }
  Few& operator=(const Few& other) {
    if (this != &other) *this = Few(other);
    return *this;
  }
  Few& operator=(Few&& other) noexcept {
    if (this == &other) return *this;
    release();
    take(other);
    return *this;
  }
  ~Few() { release(); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& front() { return data_[0]; }
  const T& front() const { return data_[0]; }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }

  void reserve(std::size_t count) {
    if (count > capacity_) grow(count);
  }
  void push_back(const T& value) { add(value); }
  void push_back(T&& value) { add(std::move(value)); }
  void clear() {
    std::destroy(begin(), end());
    size_ = 0;
  }

 private:
  T* inside() { return std::launder(reinterpret_cast<T*>(inside_)); }

  template <class U>
  void add(U&& value) {
    if (size_ == capacity_) {
      T kept(std::forward<U>(value));  // it may lie in the memory that goes
      grow(2 * capacity_);
      std::construct_at(data_ + size_, std::move(kept));
    } else {
      std::construct_at(data_ + size_, std::forward<U>(value));
    }
    ++size_;
  }
  void append(const T* first, const T* last) {
    reserve(static_cast<std::size_t>(last - first));
    std::uninitialized_copy(first, last, data_ + size_);
    size_ += static_cast<std::size_t>(last - first);
  }
  void grow(std::size_t capacity) {
    auto* data = static_cast<T*>(::operator new(capacity * sizeof(T)));
    std::uninitialized_move(begin(), end(), data);
    std::destroy(begin(), end());
    if (data_ != inside()) ::operator delete(data_);
    data_ = data;
    capacity_ = capacity;
  }
  /// What the other has; this one is new or released.
  void take(Few& other) noexcept {
    if (other.data_ == other.inside()) {
      data_ = inside();
      capacity_ = room;
      std::uninitialized_move(other.begin(), other.end(), data_);
      size_ = other.size_;
      other.clear();
      return;
    }
    data_ = std::exchange(other.data_, other.inside());
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, room);
  }
  void release() {
    std::destroy(begin(), end());
    if (data_ != inside()) ::operator delete(data_);
  }

  T* data_ = inside();
  std::size_t size_ = 0;
  std::size_t capacity_ = room;
  alignas(T) std::byte inside_[room * sizeof(T)];
};

}  // namespace varve
