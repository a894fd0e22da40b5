#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace varve {

/// What went wrong, as a user would sort it. The value is the exit code of the command.
enum class ErrorKind {
  usage = 2,       ///< a wrong argument: shape, dtype, flag, unknown name
  input = 3,       ///< a file that is corrupt, truncated, or does not fit
  device = 4,      ///< a backend or device that is not there
  memory = 5,      ///< host or device memory is exhausted
  non_finite = 6,  ///< NaN or infinity where a number was needed
  io = 7,          ///< the system refused to read or write (disk full, no permission)
};

/// The one exception that Varve throws. The message is a whole sentence for a person:
/// `[where] what was given, what was needed, what to do`.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }
  int exit_code() const noexcept { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

/// Throws Error with a formatted message: `fail(ErrorKind::usage, "[matmul] ... {}", shape.str())`.
template <class... Args>
[[noreturn]] void fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(kind, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace varve
