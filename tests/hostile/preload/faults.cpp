// A library to preload (LD_PRELOAD) under a command of whose doings it counts one family of calls
// and makes one of them fail. Set by the environment:
//   VARVE_FAULT_CALLS  io: calls that touch files; memory: allocations
//   VARVE_FAULT_AT     the number, from 1, of the call at which it happens; 0: none, only count
//   VARVE_FAULT_EVERY  and at every so many calls behind it; 0: only once
//   VARVE_FAULT_ACT    "kill" (before it); io: an errno, "short" (writes half), or "killed" (behind
//                      it, a write half done)
//   VARVE_FAULT_PATH   io: only calls on paths with this in them
//   VARVE_FAULT_COUNT  a file for the number of calls, written at the end of main()
//   VARVE_FAULT_JOURNAL  io: a file for all that was done to files, in order: see disk.h
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

struct Plan {
  bool io = false;
  bool memory = false;
  long at = 0;
  long every = 0;
  const char* act = "";
  const char* path = "";
  const char* count = nullptr;
  int journal = -1;
};

Plan plan;                        // set before main()
std::atomic<bool> active{false};  // within main()
std::atomic<long> calls{0};

const char* setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void read_plan() {
  plan.io = std::strcmp(setting("VARVE_FAULT_CALLS"), "io") == 0;
  plan.memory = std::strcmp(setting("VARVE_FAULT_CALLS"), "memory") == 0;
  plan.at = std::atol(setting("VARVE_FAULT_AT"));
  plan.every = std::atol(setting("VARVE_FAULT_EVERY"));
  plan.act = setting("VARVE_FAULT_ACT");
  plan.path = setting("VARVE_FAULT_PATH");
  plan.count = std::getenv("VARVE_FAULT_COUNT");
  if (const char* journal = std::getenv("VARVE_FAULT_JOURNAL"); journal != nullptr)
    plan.journal = ::open(journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

void write_count() {
  active = false;
  if (plan.count == nullptr) return;
  if (std::FILE* file = std::fopen(plan.count, "w"); file != nullptr) {
    std::fprintf(file, "%ld\n", calls.load());
    std::fclose(file);
  }
}

/// Counts a call; whether it is one that fails.
bool strikes() {
  const long number = ++calls;
  if (plan.at <= 0 || number < plan.at) return false;
  return number == plan.at || (plan.every > 0 && (number - plan.at) % plan.every == 0);
}

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

enum class Fault { none, refused, halved, killed };

/// What becomes of a call that touches files.
Fault fault() {
  if (!strikes()) return Fault::none;
  if (std::strcmp(plan.act, "kill") == 0) die();
  if (std::strcmp(plan.act, "killed") == 0) return Fault::killed;
  if (std::strcmp(plan.act, "short") == 0) return Fault::halved;
  errno = std::atoi(plan.act);
  return Fault::refused;
}

bool meant(const char* path) {
  return active && plan.io && path != nullptr && std::strstr(path, plan.path) != nullptr;
}

/// The path behind a descriptor, or of a name in the folder behind it.
struct DescriptorPath {
  char text[4096] = "";
  explicit DescriptorPath(int descriptor) {
    char link[64];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t length = ::readlink(link, text, sizeof text - 1);
    text[length < 0 ? 0 : length] = '\0';
  }
  DescriptorPath(int folder, const char* name) {
    if (*name != '/' && folder != AT_FDCWD) {
      const DescriptorPath parent(folder);
      std::snprintf(text, sizeof text, "%.2000s/%.2000s", parent.text, name);
    } else {
      std::snprintf(text, sizeof text, "%.4000s", name);
    }
  }
};

/// Standard streams, pipes and devices are left alone.
bool meant(int descriptor) {
  if (!active || !plan.io) return false;
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return false;
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return false;
  return *plan.path == '\0' || std::strstr(DescriptorPath(descriptor).text, plan.path) != nullptr;
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// Adds an entry to the journal: its kind, two paths, a number, and as many bytes if there are any.
/// Entries are written by one call each, and so whole; they come behind what they tell of.
void note(const char* kind, const char* path, const char* to = "-", size_t size = 0,
          const void* bytes = nullptr) {
  if (plan.journal < 0 || !active || std::strstr(path, plan.path) == nullptr) return;
  const size_t room = 9000 + size;
  char* entry = static_cast<char*>(std::malloc(room));
  if (entry == nullptr) return;
  int length = std::snprintf(entry, room, "%s\t%s\t%s\t%zu\n", kind, path, to, size);
  if (bytes != nullptr) {
    std::memcpy(entry + length, bytes, size);
    length += static_cast<int>(size);
  }
  ::syscall(SYS_write, plan.journal, entry, length);
  std::free(entry);
}

/// Makes a call, or what is planned in its place.
template <class Call>
auto disturbed(bool concerned, Call call) -> decltype(call()) {
  const Fault planned = concerned ? fault() : Fault::none;
  if (planned == Fault::refused) return -1;
  const auto result = call();
  if (planned == Fault::killed) die();
  return result;
}

}  // namespace

#define VARVE_REAL(name) static auto* const real_##name = real<decltype(name)>(#name)

extern "C" {

// ---- within main() ----

using Main = int(int, char**, char**);
static Main* program_main;

static int counted_main(int argc, char** argv, char** environment) {
  read_plan();
  std::atexit(write_count);
  active = true;
  return program_main(argc, argv, environment);
}

int __libc_start_main(Main* main, int argc, char** argv, void (*init)(), void (*fini)(),
                      void (*rtld_fini)(), void* stack_end) {
  program_main = main;
  using Start = int(Main*, int, char**, void (*)(), void (*)(), void (*)(), void*);
  return real<Start>("__libc_start_main")(counted_main, argc, argv, init, fini, rtld_fini,
                                          stack_end);
}

// ---- files ----

ssize_t write(int descriptor, const void* bytes, size_t size) {
  VARVE_REAL(write);
  const Fault planned = meant(descriptor) ? fault() : Fault::none;
  if (planned == Fault::refused) return -1;
  const bool half = (planned == Fault::halved || planned == Fault::killed) && size > 1;
  const ssize_t written = real_write(descriptor, bytes, half ? size / 2 : size);
  if (planned == Fault::killed) die();
  if (written > 0 && meant(descriptor))
    note("write", DescriptorPath(descriptor).text, "-", static_cast<size_t>(written), bytes);
  return written;
}

ssize_t read(int descriptor, void* bytes, size_t size) {
  VARVE_REAL(read);
  const Fault planned = meant(descriptor) ? fault() : Fault::none;
  if (planned == Fault::refused) return -1;
  const ssize_t count =
      real_read(descriptor, bytes, planned == Fault::halved && size > 1 ? size / 2 : size);
  if (planned == Fault::killed) die();
  return count;
}

int fsync(int descriptor) {
  VARVE_REAL(fsync);
  const int result = disturbed(meant(descriptor), [&] { return real_fsync(descriptor); });
  if (result == 0) note("sync", DescriptorPath(descriptor).text);
  return result;
}

int ftruncate(int descriptor, off_t length) noexcept {
  VARVE_REAL(ftruncate);
  const int result =
      disturbed(meant(descriptor), [&] { return real_ftruncate(descriptor, length); });
  if (result == 0)
    note("truncate", DescriptorPath(descriptor).text, std::to_string(length).c_str());
  return result;
}

int close(int descriptor) {
  VARVE_REAL(close);
  const Fault planned = meant(descriptor) ? fault() : Fault::none;
  const int code = errno;
  const int result = real_close(descriptor);
  if (planned == Fault::killed) die();
  if (planned != Fault::refused) return result;
  errno = code;
  return -1;
}

int open(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  VARVE_REAL(open);
  const int result = disturbed(meant(path), [&] { return real_open(path, flags, mode); });
  if (result >= 0 && (flags & O_CREAT) != 0) note("create", path);
  return result;
}

int openat(int folder, const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  VARVE_REAL(openat);
  const int result = disturbed(meant(path), [&] { return real_openat(folder, path, flags, mode); });
  if (result >= 0 && (flags & O_CREAT) != 0) note("create", DescriptorPath(folder, path).text);
  return result;
}

int mkdir(const char* path, mode_t mode) noexcept {
  VARVE_REAL(mkdir);
  const int result = disturbed(meant(path), [&] { return real_mkdir(path, mode); });
  if (result == 0) note("folder", path);
  return result;
}

int rename(const char* from, const char* to) noexcept {
  VARVE_REAL(rename);
  const int result = disturbed(meant(from) || meant(to), [&] { return real_rename(from, to); });
  if (result == 0) note("rename", from, to);
  return result;
}

int unlink(const char* path) noexcept {
  VARVE_REAL(unlink);
  const int result = disturbed(meant(path), [&] { return real_unlink(path); });
  if (result == 0) note("remove", path);
  return result;
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  VARVE_REAL(unlinkat);
  const DescriptorPath whole(folder, path);
  const int result =
      disturbed(meant(whole.text), [&] { return real_unlinkat(folder, path, flags); });
  if (result == 0) note("remove", whole.text);
  return result;
}

int remove(const char* path) noexcept {
  VARVE_REAL(remove);
  const int result = disturbed(meant(path), [&] { return real_remove(path); });
  if (result == 0) note("remove", path);
  return result;
}

int rmdir(const char* path) noexcept {
  VARVE_REAL(rmdir);
  const int result = disturbed(meant(path), [&] { return real_rmdir(path); });
  if (result == 0) note("remove", path);
  return result;
}

// ---- memory ----

void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

static bool refused() {
  if (!active || !plan.memory || !strikes()) return false;
  if (std::strcmp(plan.act, "kill") == 0) die();
  errno = ENOMEM;
  return true;
}

void* malloc(size_t size) { return refused() ? nullptr : __libc_malloc(size); }
void* calloc(size_t count, size_t size) { return refused() ? nullptr : __libc_calloc(count, size); }
void* realloc(void* memory, size_t size) {
  return size > 0 && refused() ? nullptr : __libc_realloc(memory, size);
}
void* memalign(size_t alignment, size_t size) {
  return refused() ? nullptr : __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void** out, size_t alignment, size_t size) {
  void* memory = memalign(alignment, size);
  if (memory == nullptr) return ENOMEM;
  *out = memory;
  return 0;
}

}  // extern "C"
