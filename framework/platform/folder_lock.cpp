#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/words.h"
#include "framework/platform/io_error.h"
#include "framework/platform/platform.h"

namespace varve::platform {
namespace {

namespace fs = std::filesystem;

/// The processes that lock a file of this number, as the system lists them. File systems number
/// their devices otherwise there than stat() does, so that a file of another one may be among them.
std::vector<std::string> holders(ino_t inode) {
  // 1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF
  std::vector<std::string> found;
  std::ifstream locks("/proc/locks");
  locks.exceptions(std::ios::badbit);  // a want of memory is no end of the list
  const std::string end = fmt::format(":{}", inode);
  for (std::string line; std::getline(locks, line);) {
    std::string_view rest = line;
    std::array<std::string_view, 6> fields;
    for (auto& field : fields) field = take_word(rest);
    const auto& [number, kind, strength, access, process, file] = fields;
    if (kind == "FLOCK" && file.ends_with(end)) found.emplace_back(process);
  }
  return found;
}

/// Whether a process has been killed, or has given back its memory as one that ends does first.
bool is_ending(const std::string& process) {
  constexpr auto kill = std::uint64_t{1} << (SIGKILL - 1);
  bool has_memory = false;
  std::ifstream status("/proc/" + process + "/status");
  if (status.is_open()) status.exceptions(std::ios::badbit);
  for (std::string line; std::getline(status, line);) {
    std::string_view rest = line;
    const auto name = take_word(rest, '\t');
    if (name == "VmSize:") has_memory = true;
    if (name == "SigPnd:" || name == "ShdPnd:") {
      const auto digits = take_word(rest, '\t');
      std::uint64_t pending = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), pending, 16);
      if ((pending & kill) != 0) return true;
    }
  }
  return !has_memory;
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) fail_io("lock", folder, errno);
  // Who holds it is looked at before it is asked for: who goes in between has let it go.
  bool ending = false;
  for (const auto& process : holders(status.st_ino)) ending = ending || is_ending(process);
  held_ = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
  coming_free_ = ending && !held_;
}

FolderLock::~FolderLock() { ::close(descriptor_); }

}  // namespace varve::platform
