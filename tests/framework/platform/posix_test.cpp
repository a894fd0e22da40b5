#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "framework/core/error.h"
#include "framework/platform/platform.h"
#include "tests/forked.h"

using namespace varve;
using namespace varve::platform;
namespace fs = std::filesystem;

namespace {

/// The error that `action` ends with, if it does.
std::optional<Error> error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

bool fails(ErrorKind kind, const std::string& text, const std::function<void()>& action) {
  const auto error = error_of(action);
  if (!error) return false;
  INFO(error->what());
  return error->kind() == kind && std::string(error->what()).find(text) != std::string::npos &&
         std::string(error->what()).find('\n') == std::string::npos;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

/// While it lives, files cannot grow beyond `bytes`: a full disk, for one process.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const struct rlimit limit { bytes, before_.rlim_max };
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  struct rlimit before_ {};
};

/// Runs `action` in a child process and returns how waitpid saw it end.
int status_of_child(const std::function<void()>& action) {
  const pid_t child = fork();
  if (child == 0) {
    const struct rlimit no_core { 0, 0 };
    setrlimit(RLIMIT_CORE, &no_core);
    action();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("a file is written and read whole, and replaced whole") {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "file";
  const std::string bytes("a\0b\n", 4);
  write_file_atomically(path, bytes);
  CHECK(read_file(path) == bytes);
  const std::string longer(100000, 'x');
  write_file_atomically(path, longer);
  CHECK(read_file(path) == longer);
  write_file_atomically(path, "");
  CHECK(read_file(path) == "");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"file"});
}

TEST_CASE("a write that fails half-way leaves the old file and nothing else") {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "file";
  write_file_atomically(path, "old");
  const std::string large(10000, 'x');
  std::optional<Error> error;
  {
    const SignalGuard ignores_sigxfsz;
    const FileSizeLimit limit(4096);
    error = error_of([&] { write_file_atomically(path, large); });
  }
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::io);
  CHECK(std::string(error->what()) ==
        "[write] " + path.string() +
            ": File too large; raise the file size limit (ulimit -f) or choose another folder");
  CHECK(read_file(path) == "old");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"file"});
}

TEST_CASE("a process that dies half-way through a write leaves the old file") {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "file";
  write_file_atomically(path, "old");
  const int status = status_of_child([&] {
    std::signal(SIGXFSZ, SIG_DFL);
    const FileSizeLimit limit(4096);
    write_file_atomically(path, std::string(10000, 'x'));
  });
  CHECK(WIFSIGNALED(status));
  CHECK(read_file(path) == "old");
}

TEST_CASE("a full disk is an error, devices are written to and not replaced") {
  CHECK(fails(ErrorKind::io, "/dev/full: No space left on device; free some space",
              [] { write_file_atomically("/dev/full", "text"); }));
  CHECK(fails(ErrorKind::io, "/dev/full: No space left on device",
              [] { AppendFile("/dev/full").append("text"); }));
  write_file_atomically("/dev/null", "text");
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(fs::is_character_file("/dev/full"));
}

TEST_CASE("a folder that is missing, is a file or is the target is named") {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "file";
  write_file_atomically(path, "");
  CHECK(fails(ErrorKind::io, "make its folder first",
              [&] { write_file_atomically(folder.path() / "none" / "file", ""); }));
  CHECK(fails(ErrorKind::io, "a part of the path is a file",
              [&] { write_file_atomically(path / "file", ""); }));
  CHECK(fails(ErrorKind::io, "choose a shorter name",
              [&] { write_file_atomically(folder.path() / std::string(300, 'n'), ""); }));
  CHECK(fails(ErrorKind::io, "name a file, not a folder",
              [&] { write_file_atomically(folder.path(), ""); }));
}

TEST_CASE("a folder without permission is an error and stays as it was") {
  const TemporaryDirectory folder;
  const auto locked = folder.path() / "locked";
  make_directories(locked);
  fs::permissions(folder.path(), fs::perms{0755});
  fs::permissions(locked, fs::perms{0555});
  const bool is_root = geteuid() == 0;
  constexpr uid_t nobody = 65534;
  if (is_root) REQUIRE(seteuid(nobody) == 0);  // permissions do not hold root back
  const bool failed = fails(ErrorKind::io, "Permission denied; change its permissions",
                            [&] { write_file_atomically(locked / "file", "text"); });
  if (is_root) REQUIRE(seteuid(0) == 0);
  CHECK(failed);
  CHECK(names_in(locked).empty());
}

TEST_CASE("only regular files up to the limit are read") {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "file";
  write_file_atomically(path, "12345");
  CHECK(read_file(path, 5) == "12345");
  CHECK(fails(ErrorKind::input, "has 5 bytes, at most 4", [&] { read_file(path, 4); }));
  CHECK(fails(ErrorKind::input, "no such file", [&] { read_file(folder.path() / "none"); }));
  CHECK(fails(ErrorKind::input, "no such file", [&] { read_file(path / "file"); }));
  CHECK(fails(ErrorKind::input, "not a regular file", [&] { read_file(folder.path()); }));
  const auto pipe = folder.path() / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(fails(ErrorKind::input, "not a regular file", [&] { read_file(pipe); }));
}

TEST_CASE("folders are made with their parents") {
  const TemporaryDirectory folder;
  const auto deep = folder.path() / "a" / "b" / "c";
  make_directories(deep);
  CHECK(fs::is_directory(deep));
  make_directories(deep);
  make_directories((folder.path() / "d" / "e").string() + "/");
  CHECK(fs::is_directory(folder.path() / "d" / "e"));
  write_file_atomically(deep / "file", "");
  CHECK(fails(ErrorKind::io, "a part of the path is a file",
              [&] { make_directories(deep / "file"); }));
  CHECK(fails(ErrorKind::io, "a part of the path is a file",
              [&] { make_directories(deep / "file" / "f"); }));
}

TEST_CASE("a rename replaces the target") {
  const TemporaryDirectory folder;
  const auto from = folder.path() / "from";
  const auto to = folder.path() / "to";
  write_file_atomically(from, "new");
  write_file_atomically(to, "old");
  rename_durably(from, to);
  CHECK(read_file(to) == "new");
  CHECK_FALSE(fs::exists(from));
  CHECK(fails(ErrorKind::io, "No such file", [&] { rename_durably(from, to); }));
  CHECK(fails(ErrorKind::io, "No such file", [&] { sync_directory(from); }));
}

TEST_CASE("appended text follows what is there, whole or not at all") {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "metrics.csv";
  AppendFile(path).append("step\n");
  AppendFile file(path);
  file.append("1\n");
  CHECK(read_file(path) == "step\n1\n");
  bool failed = false;
  {
    const SignalGuard ignores_sigxfsz;
    const FileSizeLimit limit(10);
    failed = fails(ErrorKind::io, "metrics.csv", [&] { file.append("2,too,long\n"); });
  }
  CHECK(failed);
  CHECK(read_file(path) == "step\n1\n");
  file.append("2\n");
  CHECK(read_file(path) == "step\n1\n2\n");
  CHECK(fails(ErrorKind::io, "make its folder first",
              [&] { AppendFile(folder.path() / "none" / "file"); }));
}

TEST_CASE("a file that is replaced keeps its permissions, a new one has the usual ones") {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "file";
  write_file_atomically(path, std::string_view("old"));
  CHECK((fs::status(path).permissions() & fs::perms::owner_write) != fs::perms::none);
  fs::permissions(path, fs::perms::owner_read | fs::perms::group_read);
  write_file_atomically(path, std::string_view("new"));
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::group_read));
  CHECK(read_file(path) == "new");
}

TEST_CASE("nothing is written through a symbolic link, be it dangling or not") {
  const TemporaryDirectory folder;
  const auto outside = folder.path() / "outside";
  const auto link = folder.path() / "link";
  fs::create_symlink("outside", link);  // dangling
  CHECK(fails(ErrorKind::io, "symbolic link", [&] { AppendFile{link}; }));
  CHECK_FALSE(fs::exists(outside));
  write_file_atomically(outside, std::string_view("theirs"));
  CHECK(fails(ErrorKind::io, "symbolic link", [&] { AppendFile{link}; }));
  write_file_atomically(link, std::string_view("ours"));
  CHECK(fs::is_regular_file(fs::symlink_status(link)));
  CHECK(read_file(outside) == "theirs");
  fs::create_directory_symlink("outside", folder.path() / "images");
  CHECK(fails(ErrorKind::io, "symbolic link", [&] { make_own_folder(folder.path() / "images"); }));
}

TEST_CASE("a folder is listed, or it is an error, or not there") {
  const TemporaryDirectory folder;
  write_file_atomically(folder.path() / "b", std::string_view("1"));
  write_file_atomically(folder.path() / "a", std::string_view("1"));
  CHECK(list_folder(folder.path()) == std::vector<std::string>{"a", "b"});
  CHECK(list_folder(folder.path() / "none").empty());
  CHECK(list_folder(folder.path() / "a").empty());
  CHECK(list_folder(folder.path() / "a" / "none").empty());
  struct rlimit before {};
  getrlimit(RLIMIT_NOFILE, &before);
  const struct rlimit none { 0, before.rlim_max };
  setrlimit(RLIMIT_NOFILE, &none);
  const bool refused = fails(ErrorKind::io, "ulimit -n", [&] { list_folder(folder.path()); });
  setrlimit(RLIMIT_NOFILE, &before);
  CHECK(refused);
}

TEST_CASE("leftovers of a process that died go, and nothing else") {
  const TemporaryDirectory folder;
  const auto& path = folder.path();
  const auto touch = [&](const char* name) {
    write_file_atomically(path / name, std::string_view("x"));
  };
  touch(".varve-12-3.tmp");
  for (const char* name : {".varve-12.tmp", ".varve-a-1.tmp", ".varve-1-2-3.tmp", ".editor.tmp",
                           "varve-1-2.tmp", ".varve--1.tmp", ".varve-.tmp"})
    touch(name);
  fs::create_symlink(".editor.tmp", path / ".varve-7-7.tmp");
  fs::create_directory(path / ".varve-8-8.tmp");
  touch(".varve-5-5.tmp");
  const int held = ::open((path / ".varve-5-5.tmp").c_str(), O_RDWR);
  REQUIRE(::flock(held, LOCK_EX) == 0);
  remove_leftovers(path);
  ::close(held);
  CHECK_FALSE(fs::exists(path / ".varve-12-3.tmp"));
  CHECK(list_folder(path).size() == 10);
  CHECK(fs::exists(path / ".varve-5-5.tmp"));
  remove_leftovers(path / "none");
}

TEST_CASE("of a folder only the named files go, and not through a link") {
  const TemporaryDirectory folder;
  const auto inside = folder.path() / "inside";
  make_own_folder(inside);
  for (const char* name : {"ours", "theirs"})
    write_file_atomically(inside / name, std::string_view("x"));
  const std::vector<std::string> names{"ours", "missing"};
  fs::create_directory_symlink("inside", folder.path() / "link");
  remove_own_folder(folder.path() / "link", names);
  CHECK(list_folder(inside).size() == 2);
  remove_own_folder(inside, names);
  CHECK(list_folder(inside) == std::vector<std::string>{"theirs"});
  fs::remove(inside / "theirs");
  remove_own_folder(inside, names);
  CHECK_FALSE(fs::exists(inside));
}

TEST_CASE("a signal sets a flag while a guard lives") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const SignalGuard guard;
    CHECK(guard.received() == 0);
    std::raise(SIGPIPE);
    CHECK(guard.received() == 0);
    std::raise(signal);
    CHECK(guard.received() == signal);
    {
      const SignalGuard nested;
      CHECK(nested.received() == signal);
    }
    CHECK(guard.received() == signal);
  }
}

TEST_CASE("a second signal, and one without a guard, ends the process") {
  int status = status_of_child([] {
    const SignalGuard guard;
    std::raise(SIGINT);
    std::raise(SIGTERM);
  });
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
  status = status_of_child([] {
    std::signal(SIGTERM, SIG_DFL);
    { const SignalGuard guard; }
    std::raise(SIGTERM);
  });
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
}

TEST_CASE("held signals come when they are let go, faults at once") {
  const SignalGuard guard;
  {
    const SignalsHeld held;
    std::raise(SIGINT);
    CHECK(guard.received() == 0);
    const int status = status_of_child([] {
      std::signal(SIGSEGV, SIG_DFL);
      std::raise(SIGSEGV);
    });
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGSEGV);
  }
  CHECK(guard.received() == SIGINT);
}

TEST_CASE("facts about terminal, machine and process") {
  const int null = open("/dev/null", O_RDONLY);
  CHECK_FALSE(is_terminal(null));
  CHECK(terminal_width(null) == 80);
  close(null);
  CHECK(available_cores() >= 1);
  CHECK(physical_memory_bytes() > (1U << 20));
  const double start = seconds_since_process_start();
  CHECK(start >= 0.0);
  CHECK(start < 1e5);
  CHECK(seconds_since_process_start() >= start);
}

TEST_CASE("the peak of memory grows with what is used") {
  if (varve::testing::sanitized) {
    MESSAGE("not tested: beside a sanitizer's own memory the program's does not show");
    return;
  }
  const std::size_t before = peak_resident_bytes();
  const std::vector<char> block(before, 1);
  CHECK(peak_resident_bytes() > before + before / 2);
}

TEST_CASE("a temporary folder vanishes with its content") {
  fs::path path;
  {
    const TemporaryDirectory first;
    const TemporaryDirectory second;
    path = first.path();
    CHECK(fs::is_directory(path));
    CHECK(path != second.path());
    make_directories(path / "a");
    write_file_atomically(path / "a" / "file", "text");
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a new folder is made once, and held by one") {
  const TemporaryDirectory place;
  const fs::path folder = place.path() / "run";
  CHECK(make_new_directory(folder));
  CHECK_FALSE(make_new_directory(folder));
  write_file_atomically(place.path() / "file", "text");
  CHECK_FALSE(make_new_directory(place.path() / "file"));
  CHECK(fails(ErrorKind::io, "none", [&] { make_new_directory(place.path() / "none" / "run"); }));

  {
    const FolderLock first(folder);
    CHECK(first.held());
    CHECK_FALSE(FolderLock(folder).held());
    CHECK(FolderLock(place.path()).held());
    CHECK(names_in(folder).empty());  // no file is left there for it
  }
  CHECK(FolderLock(folder).held());
  CHECK(fails(ErrorKind::io, "none", [&] { FolderLock(place.path() / "none"); }));
}

TEST_CASE("a folder whose holder was killed comes free, and is known to") {
  if (!varve::testing::can_fork()) return;
  const TemporaryDirectory place;
  const auto hold_in_child = [&] {
    std::array<int, 2> held{};
    REQUIRE(::pipe(held.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const FolderLock lock(place.path());
      const bool told = ::write(held[1], "", 1) == 1;
      while (told && lock.held()) ::pause();
      ::_exit(1);
    }
    char byte = 0;
    CHECK(::read(held[0], &byte, 1) == 1);
    for (const int end : held) ::close(end);
    return child;
  };
  const std::vector<std::byte> much(std::size_t{64} << 20, std::byte{1});  // takes a while to go
  for (int i = 0; i < 20; ++i) {
    const pid_t child = hold_in_child();
    const FolderLock refused(place.path());
    CHECK_FALSE(refused.held());
    CHECK_FALSE(refused.is_coming_free());
    REQUIRE(::kill(child, SIGKILL) == 0);
    for (bool held = false; !held;) {
      const FolderLock lock(place.path());
      held = lock.held();
      REQUIRE(held != lock.is_coming_free());
    }
    REQUIRE(::waitpid(child, nullptr, 0) == child);
  }
}

TEST_CASE("a library that ends the process for want of memory ends it with the code of that") {
  if (!varve::testing::can_fork()) return;
  const auto ends = [](int reason, int code) {
    return varve::testing::in_child(varve::testing::End::at_once, [&]() -> int {
      const MemoryFaults faults("", 5);
      errno = reason;
      std::exit(code);
    });
  };
  CHECK(ends(ENOMEM, 1) == 5);
  CHECK(ends(0, 1) == 1);
  CHECK(ends(ENOMEM, 0) == 0);
  CHECK(ends(ENOMEM, 7) == 7);
}
