#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

#include "framework/core/error.h"
#include "framework/platform/io_error.h"
#include "framework/platform/platform.h"

namespace varve::platform {
namespace {

namespace fs = std::filesystem;

/// How many forks lie between this process and the first of its line.
std::uint64_t forks() {
  static std::atomic<std::uint64_t> count{0};
  static const int registered = pthread_atfork(nullptr, nullptr, [] { ++count; });
  static_cast<void>(registered);  // it fails for want of memory alone
  return count.load(std::memory_order_relaxed);
}

/// Repeats a system call that a signal interrupted.
template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

/// An open file, closed at the end of its scope.
class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags)
      : value_(retry([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); })) {}
  Descriptor(const Descriptor& folder, const std::string& name, int flags)
      : value_(
            retry([&] { return ::openat(folder.get(), name.c_str(), flags | O_CLOEXEC, 0666); })) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool is_open() const { return value_ >= 0; }
  int get() const { return value_; }
  /// Gives the descriptor to the caller.
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

/// Writes all of it, through short writes and signals. Returns 0 or the system's error code.
int write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto count = retry([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
    if (count < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return 0;
}

/// Closes for good: a full disk may show only here. EINTR counts as closed, as on Linux.
int close_checked(int descriptor) { return ::close(descriptor) == 0 || errno == EINTR ? 0 : errno; }

std::span<const std::byte> as_byte_span(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// ".varve-<process>-<count>.tmp", and nothing else.
bool is_temporary_name(std::string_view name) {
  constexpr std::string_view begin = ".varve-";
  constexpr std::string_view end = ".tmp";
  if (!name.starts_with(begin) || !name.ends_with(end)) return false;
  name = name.substr(begin.size(), name.size() - std::min(name.size(), begin.size() + end.size()));
  const auto dash = name.find('-');
  return dash != std::string_view::npos && dash > 0 && dash + 1 < name.size() &&
         name.find_first_not_of("0123456789-") == std::string_view::npos &&
         name.find('-', dash + 1) == std::string_view::npos;
}

/// A new file beside `target` that vanishes again unless it is renamed over the target. While it is
/// open it is locked, and the lock dies with its process: so a leftover is known.
class TemporarySibling {
 public:
  explicit TemporarySibling(const fs::path& target) : target_(target) {
    static std::atomic<unsigned> counter{0};
    do {
      if (descriptor_ >= 0) ::close(descriptor_);
      path_ = folder_of(target) / fmt::format(".varve-{}-{}.tmp", ::getpid(), counter++);
      descriptor_ = Descriptor(path_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW).release();
    } while (descriptor_ < 0 ? errno == EEXIST : !hold());
    if (descriptor_ < 0) fail_io("write", target_, errno);
  }
  ~TemporarySibling() {
    if (!renamed_) ::unlink(path_.c_str());
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  TemporarySibling(const TemporarySibling&) = delete;
  TemporarySibling& operator=(const TemporarySibling&) = delete;

  void write(std::span<const std::byte> bytes) {
    keep_permissions();
    int code = write_all(descriptor_, bytes);
    if (code == 0 && retry([&] { return ::fsync(descriptor_); }) != 0) code = errno;
    if (code != 0) fail_io("write", target_, code);
  }
  void rename_to_target() {
    if (::rename(path_.c_str(), target_.c_str()) != 0) fail_io("write", target_, errno);
    renamed_ = true;
    if (const int code = close_checked(std::exchange(descriptor_, -1)); code != 0)
      fail_io("write", target_, code);
  }

 private:
  /// False if somebody has taken it for a leftover before it was locked. A file system without
  /// locks has no leftovers that are known, and none are removed there.
  bool hold() const {
    if (::flock(descriptor_, LOCK_EX) != 0) return true;
    struct stat status {};
    return ::fstat(descriptor_, &status) != 0 || status.st_nlink > 0;
  }
  void keep_permissions() const {
    struct stat status {};
    constexpr mode_t permissions = 0777;
    if (::lstat(target_.c_str(), &status) == 0 && S_ISREG(status.st_mode))
      ::fchmod(descriptor_, status.st_mode & permissions);
  }

  fs::path target_;
  fs::path path_;
  int descriptor_ = -1;
  bool renamed_ = false;
};

/// Devices and pipes (/dev/stdout, /dev/null) must not be renamed over: they are written to.
void write_in_place(const fs::path& path, std::span<const std::byte> bytes) {
  Descriptor file(path, O_WRONLY);
  if (!file.is_open()) fail_io("write", path, errno);
  int code = write_all(file.get(), bytes);
  const int close_code = close_checked(file.release());
  if (code == 0) code = close_code;
  if (code != 0) fail_io("write", path, code);
}

}  // namespace

void write_file_atomically(const fs::path& path, std::span<const std::byte> bytes) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    if (S_ISDIR(status.st_mode)) fail_io("write", path, EISDIR);
    write_in_place(path, bytes);
    return;
  }
  TemporarySibling sibling(path);
  sibling.write(bytes);
  sibling.rename_to_target();
  sync_directory(folder_of(path));
}

void write_file_atomically(const fs::path& path, std::string_view text) {
  write_file_atomically(path, as_byte_span(text));
}

InputFile::InputFile(const fs::path& path) : path_(path) {
  // Non-blocking, so that opening a pipe does not wait for a writer.
  Descriptor file(path, O_RDONLY | O_NONBLOCK);
  if (!file.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR)
      fail(ErrorKind::input, "[read] {}: there is no such file; check the path", path.string());
    fail_io("read", path, errno);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail_io("read", path, errno);
  if (!S_ISREG(status.st_mode))
    fail(ErrorKind::input, "[read] {}: is not a regular file; name a file", path.string());
  size_ = static_cast<std::uint64_t>(status.st_size);
  descriptor_ = file.release();
}

InputFile::~InputFile() { ::close(descriptor_); }

std::size_t InputFile::read(std::span<std::byte> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const auto count =
        retry([&] { return ::read(descriptor_, out.data() + filled, out.size() - filled); });
    if (count < 0) fail_io("read", path_, errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

std::size_t InputFile::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const auto count = retry([&] {
      return ::pread(descriptor_, out.data() + filled, out.size() - filled,
                     static_cast<off_t>(offset + filled));
    });
    if (count < 0) fail_io("read", path_, errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

std::string read_file(const fs::path& path, std::uintmax_t limit) {
  InputFile file(path);
  if (file.size() > limit)
    fail(ErrorKind::input, "[read] {}: has {} bytes, at most {} are accepted; use a smaller file",
         path.string(), file.size(), limit);
  std::string content(static_cast<std::size_t>(file.size()), '\0');
  content.resize(file.read(std::as_writable_bytes(std::span(content))));
  return content;
}

void make_directories(const fs::path& path) {
  if (path.empty() || fs::is_directory(path)) return;
  // "a/b/" names the same folder as "a/b".
  const fs::path folder = path.has_filename() ? path : path.parent_path();
  make_directories(folder.parent_path());
  if (::mkdir(folder.c_str(), 0777) != 0) {
    const int code = errno;
    if (code == EEXIST && fs::is_directory(folder)) return;
    fail_io("make folder", folder, code == EEXIST ? ENOTDIR : code);
  }
  sync_directory(folder_of(folder));
}

void make_own_folder(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode))
    fail_io("make folder", path, ELOOP);
  make_directories(path);
}

std::vector<std::string> list_folder(const fs::path& path) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(path, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    names.push_back(entry->path().filename().string());
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
    fail_io("list", path, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

namespace {

/// A folder for unlinkat(), so that nothing is removed elsewhere, whatever is renamed meanwhile.
Descriptor own_folder(const fs::path& path) {
  return Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/// Removes the temporary if no living process holds it.
void remove_leftover(const Descriptor& folder, const std::string& name) {
  const Descriptor file(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  if (file.is_open() && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0)
    ::unlinkat(folder.get(), name.c_str(), 0);
}

}  // namespace

void remove_leftovers(const fs::path& path) {
  const Descriptor folder = own_folder(path);
  if (!folder.is_open()) return;
  for (const auto& name : list_folder(path))
    if (is_temporary_name(name)) remove_leftover(folder, name);
}

void remove_own_folder(const fs::path& path, std::span<const std::string> names) {
  {
    const Descriptor folder = own_folder(path);
    if (!folder.is_open()) return;
    for (const auto& name : names) ::unlinkat(folder.get(), name.c_str(), 0);
  }
  remove_leftovers(path);
  ::rmdir(path.c_str());
}

bool make_new_directory(const fs::path& path) {
  if (::mkdir(path.c_str(), 0777) != 0) {
    if (errno == EEXIST) return false;
    fail_io("make folder", path, errno);
  }
  sync_directory(folder_of(path));
  return true;
}

void open_standard_streams() {
  // A new descriptor is the least that is free. Output opened for reading refuses to be written to.
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) == -1 && errno == EBADF) [[maybe_unused]]
      const int opened = ::open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

void sync_directory(const fs::path& path) {
  const Descriptor folder(path, O_RDONLY | O_DIRECTORY);
  if (!folder.is_open()) fail_io("sync", path, errno);
  // Some file systems cannot sync a folder and say so with EINVAL.
  if (retry([&] { return ::fsync(folder.get()); }) != 0 && errno != EINVAL)
    fail_io("sync", path, errno);
}

void rename_durably(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail_io("rename", to, errno);
  sync_directory(folder_of(to));
  if (folder_of(from) != folder_of(to)) sync_directory(folder_of(from));
}

AppendFile::AppendFile(const fs::path& path)
    : descriptor_(Descriptor(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW).release()),
      path_(path.string()) {
  if (descriptor_ < 0) fail_io("append", path_, errno);
}

AppendFile::~AppendFile() { ::close(descriptor_); }

void AppendFile::append(std::string_view text) {
  struct stat before {};
  if (::fstat(descriptor_, &before) != 0) fail_io("append", path_, errno);
  int code = write_all(descriptor_, as_byte_span(text));
  if (code == 0 && retry([&] { return ::fsync(descriptor_); }) != 0 && errno != EINVAL)
    code = errno;
  if (code == 0) {
    if (before.st_size == 0) sync_directory(folder_of(path_));  // it may be new
    return;
  }
  // A full disk must not leave half a row. If this fails too, the first error is the one to tell.
  if (S_ISREG(before.st_mode)) [[maybe_unused]]
    const int undone = ::ftruncate(descriptor_, before.st_size);
  fail_io("append", path_, code);
}

namespace {

constexpr std::array<int, 4> guarded_signals{SIGINT, SIGTERM, SIGPIPE, SIGXFSZ};
std::array<struct sigaction, 4> previous_actions;
std::mutex guards_mutex;
int live_guards = 0;
std::atomic<int> received_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may touch nothing else");

extern "C" void note_signal(int signal) {
  int none = 0;
  if (received_signal.compare_exchange_strong(none, signal)) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

SignalGuard::SignalGuard() {
  const std::lock_guard lock(guards_mutex);
  if (live_guards++ > 0) return;  // nested guards share the outermost one's work
  received_signal = 0;
  for (std::size_t i = 0; i < guarded_signals.size(); ++i) {
    struct sigaction action {};
    const bool ends = guarded_signals[i] == SIGINT || guarded_signals[i] == SIGTERM;
    action.sa_handler = ends ? note_signal : SIG_IGN;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    ::sigaction(guarded_signals[i], &action, &previous_actions[i]);
  }
}

SignalGuard::~SignalGuard() {
  const std::lock_guard lock(guards_mutex);
  if (--live_guards > 0) return;
  for (std::size_t i = 0; i < guarded_signals.size(); ++i)
    ::sigaction(guarded_signals[i], &previous_actions[i], nullptr);
}

int SignalGuard::received() const { return received_signal; }

SignalsHeld::SignalsHeld() {
  ::sigset_t held;
  ::sigset_t before;
  static_assert(sizeof before <= sizeof before_);
  ::sigfillset(&held);
  for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP}) ::sigdelset(&held, fault);
  ::pthread_sigmask(SIG_BLOCK, &held, &before);
  std::memcpy(before_.data(), &before, sizeof before);
}

SignalsHeld::~SignalsHeld() {
  ::sigset_t before;
  std::memcpy(&before, before_.data(), sizeof before);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

int terminal_width(int descriptor) {
  struct winsize size {};
  const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

std::size_t peak_resident_bytes() {
  // getrusage also counts what this process held before exec, as a copy of its parent; /proc does
  // not.
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

int available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof(set), &set) == 0) return CPU_COUNT(&set);
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::size_t physical_memory_bytes() {
  return static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

double seconds_since_process_start() {
  // /proc/self/stat: the command's name in parentheses, then fields 3, 4, ...; field 22 is the
  // start in clock ticks after boot.
  std::ifstream stat("/proc/self/stat");
  std::string text;
  std::getline(stat, text);
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  double start_ticks = 0;
  fields >> start_ticks;
  struct timespec now {};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const double uptime = static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  return std::max(0.0, uptime - start_ticks / static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

ForkMark::ForkMark() : forks_(forks()) {}

bool ForkMark::forked() const { return forks() != forks_; }

TemporaryDirectory::TemporaryDirectory(std::string_view prefix) {
  std::error_code error;
  const fs::path base = fs::temp_directory_path(error);
  if (error) fail_io("make folder", "the temporary folder", error.value());
  std::string name = (base / fmt::format("{}-XXXXXX", prefix)).string();
  if (::mkdtemp(name.data()) == nullptr) fail_io("make folder", name, errno);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace varve::platform
