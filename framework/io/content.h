#pragma once

#include <string>
#include <string_view>

namespace varve::io {

/// What a file of another kind than was wanted seems to be, by its first bytes, for a message: "is
/// an HTML page: the download went wrong, fetch it again", or "begins with 3c21444f".
std::string what_else(std::string_view head);

}  // namespace varve::io
