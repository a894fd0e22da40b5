#include "framework/core/array.h"

#include <exception>

#include "framework/core/error.h"

namespace varve {

std::size_t byte_size(const Shape& shape, DType dtype) {
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(shape.numel(), static_cast<std::int64_t>(size_of(dtype)), &bytes))
    fail(ErrorKind::usage, "[shape] {} {} is larger than 2^63 - 1 bytes", shape.str(), name(dtype));
  return static_cast<std::size_t>(bytes);
}

Array Array::zeros(Shape shape, DType dtype) {
  const std::size_t size = byte_size(shape, dtype);
  try {
    return {dtype, shape, std::vector<std::byte>(size)};
  } catch (const std::exception&) {  // bad_alloc, and length_error beyond what a vector counts
    fail(ErrorKind::memory, "[array] {} bytes do not fit in memory", size);
  }
}

void Array::require_whole(const char* caller) const {
  const std::size_t needed = byte_size(shape, dtype);
  if (bytes.size() != needed)
    fail(ErrorKind::usage, "[{}] {} {} holds {} values, not {}", caller, shape.str(), name(dtype),
         shape.numel(), bytes.size() / size_of(dtype));
}

void Array::require(DType wanted) const {
  if (dtype != wanted)
    fail(ErrorKind::usage, "[array] holds {} and was read as {}", name(dtype), name(wanted));
}

}  // namespace varve
