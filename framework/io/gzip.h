#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "framework/io/byte_source.h"

namespace varve {

/// Inflates gzip bytes, of one member or several; the result may have at most `limit` bytes.
/// Throws ErrorKind::input naming `where` on damage and above the limit.
std::string gunzip(std::string_view bytes, std::string_view where, std::size_t limit);

namespace io {

/// Whether the bytes begin as a gzip stream does.
bool is_gzip(std::string_view bytes);
/// Inflates on the way what `compressed` holds, its first bytes, which have been read already,
/// being `begun`; no more than the Budget of its size.
std::unique_ptr<ByteSource> gzip_source(std::unique_ptr<ByteSource> compressed,
                                        std::string_view begun = {});

}  // namespace io
}  // namespace varve
