#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/array.h"
#include "framework/io/byte_source.h"

/// The two halves of an .npy file, for files on disk and for entries of an .npz archive.
namespace varve::io {

struct NpyHeader {
  std::string descr;  ///< "<f4"; "[" for a structured type, whose header is not read further
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;

  /// Whether the elements are numbers or bools: not text, dates, records or pickled objects.
  bool is_numeric() const;
};

/// Reads magic, version and header. Throws ErrorKind::input.
NpyHeader read_npy_header(ByteSource& source);
/// Reads the elements behind the header, in row-major order. Throws ErrorKind::input.
Array read_npy_elements(ByteSource& source, const NpyHeader& header);
/// Both.
Array read_npy(ByteSource& source);

}  // namespace varve::io
