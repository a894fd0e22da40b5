#include "framework/core/shape.h"

#include <algorithm>
#include <memory>

#include "framework/core/error.h"

namespace varve {

Dims::Dims(std::span<const std::int64_t> values) : Dims() {  // whose memory goes if one is too many
  for (const auto value : values) push_back(value);
}

Dims Dims::filled(std::size_t count, std::int64_t value) {
  Dims out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(value);
  return out;
}

std::int64_t* Dims::copied(const std::int64_t* many) {
  auto* copy = new std::int64_t[max_rank];
  std::copy_n(many, max_rank, copy);
  return copy;
}

void Dims::insert(std::size_t position, std::int64_t value) {
  if (size_ == max_rank)
    fail(ErrorKind::usage, "[shape] a tensor has at most {} dimensions", max_rank);
  if (size_ == room) {
    auto* many = new std::int64_t[max_rank]();
    std::copy(few_.begin(), few_.end(), many);
    many_ = many;
    ++size_;
    std::copy_backward(begin() + position, end() - 1, end());
  } else {
    std::copy_backward(begin() + position, end(), end() + 1);
    ++size_;
  }
  begin()[position] = value;
}

void Dims::erase(std::size_t position) {
  std::copy(begin() + position + 1, end(), begin() + position);
  if (size_-- != room + 1) return;
  const std::unique_ptr<std::int64_t[]> many(many_);
  few_ = {};
  std::copy_n(many.get(), room, few_.begin());
}

std::int64_t Dims::numel() const {
  std::int64_t product = 1;
  bool none = false;
  for (const auto size : *this) {
    if (size < 0) fail(ErrorKind::usage, "[shape] a size is negative: {}", str());
    none = none || size == 0;
    if (size != 0 && __builtin_mul_overflow(product, size, &product))
      fail(ErrorKind::usage, "[shape] {} is larger than 2^63 - 1 elements", str());
  }
  return none ? 0 : product;
}

std::string Dims::str() const {
  std::string out = "(";
  for (std::size_t i = 0; i < size_; ++i) {
    if (i > 0) out += ", ";
    out += std::to_string((*this)[i]);
  }
  return out + ")";
}

std::int64_t checked_add(std::int64_t a, std::int64_t b, const char* op) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum))
    fail(ErrorKind::usage, "[{}] {} + {} is no size: it does not fit in 64 bits", op, a, b);
  return sum;
}

std::int64_t checked_mul(std::int64_t a, std::int64_t b, const char* op) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product))
    fail(ErrorKind::usage, "[{}] {} times {} is no size: it does not fit in 64 bits", op, a, b);
  return product;
}

Strides contiguous_strides(const Shape& shape) {
  shape.numel();  // refuses what would overflow below
  Strides strides = shape;
  std::int64_t next = 1;
  for (std::size_t i = shape.size(); i-- > 0; next *= shape[i]) strides[i] = next;
  return strides;
}

Shape broadcast(const Shape& a, const Shape& b, const char* op) {
  if (a == b) return a;
  const std::size_t rank = std::max(a.size(), b.size());
  Shape out = Dims::filled(rank, 1);
  for (std::size_t i = 0; i < rank; ++i) {
    const auto da = i < rank - a.size() ? 1 : a[i - (rank - a.size())];
    const auto db = i < rank - b.size() ? 1 : b[i - (rank - b.size())];
    if (da != db && da != 1 && db != 1)
      fail(ErrorKind::usage,
           "[{}] shapes {} and {} do not broadcast: each pair of sizes, from the right, must be "
           "equal or contain a 1",
           op, a.str(), b.str());
    out[i] = da == 1 ? db : da;
  }
  return out;
}

std::size_t normalize_axis(std::int64_t axis, std::size_t rank, const char* op) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank)
    fail(ErrorKind::usage, "[{}] axis {} is outside a tensor of {} dimensions", op, axis, rank);
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

}  // namespace varve
