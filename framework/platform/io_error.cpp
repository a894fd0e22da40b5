#include "framework/platform/io_error.h"

#include <cerrno>
#include <string_view>
#include <system_error>

#include "framework/core/error.h"

namespace varve::platform {
namespace {

/// What a person can do about a system error.
std::string_view remedy(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return "free some space or choose another folder";
    case EACCES:
    case EPERM:
    case EROFS:
      return "change its permissions or choose another folder";
    case ENOENT:
      return "make its folder first or correct the path";
    case ENOTDIR:
      return "a part of the path is a file, correct the path";
    case EISDIR:
      return "name a file, not a folder";
    case EFBIG:
      return "raise the file size limit (ulimit -f) or choose another folder";
    case ENAMETOOLONG:
      return "choose a shorter name";
    case ELOOP:
      return "it is a symbolic link, put what it points to in its place";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return "check the disk and the path";
  }
}

}  // namespace

void fail_io(const char* action, const std::filesystem::path& path, int code) {
  fail(ErrorKind::io, "[{}] {}: {}; {}", action, path.string(),
       std::system_category().message(code), remedy(code));
}

}  // namespace varve::platform
