#include "tests/apps/command.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace varve::test {
namespace {

namespace fs = std::filesystem;

/// VARVE_BINARY, else where the build puts it, seen from the folder in which CTest runs tests.
fs::path find_binary() {
  const char* set = std::getenv("VARVE_BINARY");
  const fs::path path = set != nullptr ? fs::path(set) : fs::path("../varve");
  REQUIRE_MESSAGE(fs::exists(path),
                  "set VARVE_BINARY to the varve command: there is none at " << path);
  return fs::canonical(path);
}

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), "cannot read " << path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

Place::Place() : folder_("varve-apps"), binary_(find_binary().string()) {}

Outcome Place::shell(std::string_view line) const {
  // A script, so that nothing needs quoting; its variables keep the caller's settings out, and
  // what the machine has in the way of graphics cards.
  write("script.sh", fmt::format("unset ${{!VARVE_*}} 2>/dev/null\nexport VARVE_BACKEND=cpu\n"
                                 "varve='{}'\ncd '{}'\n{}\n",
                                 binary_, folder_.path().string(), line));
  const std::string base = folder_.path().string();
  const int status = std::system(
      fmt::format("bash '{0}/script.sh' >'{0}/out.txt' 2>'{0}/err.txt'; echo $? >'{0}/code.txt'",
                  base)
          .c_str());
  REQUIRE(status == 0);
  return {std::stoi(read("code.txt")), read("out.txt"), read("err.txt")};
}

Outcome Place::varve(std::string_view arguments) const {
  return shell(fmt::format("exec \"$varve\" {}", arguments));
}

std::string Place::read(std::string_view name) const { return slurp(*this / name); }

void Place::write(std::string_view name, std::string_view text) const {
  std::ofstream(*this / name, std::ios::binary) << text;
}

std::string Place::weights(std::string_view run) const {
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(*this / run / "checkpoints"))
    if (entry.is_directory() && entry.path() > newest) newest = entry.path();
  REQUIRE_FALSE(newest.empty());
  return slurp(newest / "model.safetensors");
}

void check_error(const Outcome& outcome, int code, std::string_view part) {
  CHECK(outcome.code == code);
  CHECK(outcome.out.empty());
  CHECK_MESSAGE(outcome.err.starts_with("varve: "), outcome.err);
  CHECK_MESSAGE(outcome.err.find(part) != std::string::npos, outcome.err);
  CHECK_MESSAGE(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1, outcome.err);
}

}  // namespace varve::test
