#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "framework/core/error.h"

namespace varve::io {

/// How many bytes may be made of one file. A few bytes can claim, and really inflate to, any
/// amount: all that a reader unpacks of a file, entry by entry, is taken from one budget, which
/// grows with the bytes that the file has. Sparse images of a data set, as dSprites, shrink
/// 130-fold; what shrinks further holds nothing to learn, or is made to fill memory.
class Budget {
 public:
  static constexpr std::uint64_t ratio = 256;
  static constexpr std::uint64_t floor = 1 << 27;  ///< so much is granted to the smallest file

  explicit Budget(std::uint64_t file_bytes)
      : left_(
            std::max(floor, file_bytes > (UINT64_MAX / ratio) ? UINT64_MAX : file_bytes * ratio)) {}

  std::uint64_t left() const { return left_; }
  /// Throws ErrorKind::input, beginning with `origin`, if so many are not left.
  void take(std::uint64_t bytes, const std::string& origin) {
    if (bytes > left_)
      fail(ErrorKind::input,
           "{}: unpacks to {} bytes, {} are left of {} times the file's size; if it is sound, "
           "store it less compressed",
           origin, bytes, left_, ratio);
    left_ -= bytes;
  }

 private:
  std::uint64_t left_;
};

}  // namespace varve::io
