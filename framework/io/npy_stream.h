#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/array.h"
#include "framework/io/byte_source.h"
#include "framework/io/stored_array.h"

/// The two halves of an .npy file, for files on disk and for entries of an .npz archive.
namespace varve::io {

struct NpyHeader {
  std::string descr;  ///< "<f4"; "[" for a structured type, whose header is not read further
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;

  std::uint64_t bytes = 0;  ///< of the file up to the elements

  /// Whether the elements are numbers or bools: not text, dates, records or pickled objects.
  bool is_numeric() const;
};

/// Reads magic, version and header. Throws ErrorKind::input.
NpyHeader read_npy_header(ByteSource& source);
/// Reads the elements behind the header, in row-major order. Throws ErrorKind::input.
Array read_npy_elements(ByteSource& source, const NpyHeader& header);
/// Both.
Array read_npy(ByteSource& source);

/// How the elements are stored. Throws ErrorKind::input, beginning with `origin`, for what is no
/// number.
StoredType stored_type(const NpyHeader& header, const std::string& origin);
/// The elements behind the header as they are stored, in memory. Throws as read_npy_elements().
StoredArrayPtr store_npy_elements(ByteSource& source, const NpyHeader& header);
/// Whether the elements are text ("<U5", "|S3").
bool is_text(const NpyHeader& header);
/// Those texts, in UTF-8. Throws ErrorKind::input.
std::vector<std::string> read_npy_texts(ByteSource& source, const NpyHeader& header);

}  // namespace varve::io
