#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "framework/platform/platform.h"

namespace varve::test {

/// How a command ended, and what it wrote.
struct Outcome {
  int code = 0;  ///< 128 + the signal if one ended it
  std::string out, err;
};

/// A folder to run the command in: paths in command lines are relative to it.
class Place {
 public:
  Place();

  /// Runs a line of the shell, in which $varve stands for the command.
  Outcome shell(std::string_view line) const;
  /// Runs `varve <arguments>`.
  Outcome varve(std::string_view arguments) const;

  std::filesystem::path operator/(std::string_view name) const { return folder_.path() / name; }
  std::string read(std::string_view name) const;
  void write(std::string_view name, std::string_view text) const;
  /// The weights of the newest checkpoint of a run, as they lie in the file.
  std::string weights(std::string_view run) const;

 private:
  platform::TemporaryDirectory folder_;
  std::string binary_;
};

/// Checks that the command ended with `code`, one line on stderr that begins with "varve: " and
/// has `part` in it, and nothing on stdout.
void check_error(const Outcome& outcome, int code, std::string_view part);

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Options of a run that takes a moment.
inline constexpr std::string_view tiny =
    " --data digits --limit 512 --epochs 1 --hidden 32 --latent 4 --progress none ";

}  // namespace varve::test
