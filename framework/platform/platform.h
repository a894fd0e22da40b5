#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Everything that Varve asks of the operating system beyond the C++ library. A port to another
/// system is a second implementation of this header.
namespace varve::platform {

/// Writes `bytes` to `path` so that, whatever happens (a full disk, a crash, a power loss), `path`
/// afterwards holds the old content or the new one, whole: a temporary sibling is written, synced,
/// renamed, and the directory synced. An existing file's permissions are kept; a symbolic link is
/// replaced, not followed. A device or pipe (/dev/stdout) is written to as it is. Throws
/// ErrorKind::io naming the path, the system's reason and the fix; no temporary file is left
/// behind.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// A regular file that is read from its front to its end, or anywhere. What is not one (a pipe, a
/// folder) or not there throws ErrorKind::input, what the system fails to read ErrorKind::io.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Its bytes when it was opened.
  std::uint64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }
  /// Fills `out` from its front and returns how much; less than all of it only at the file's end.
  std::size_t read(std::span<std::byte> out);
  /// The same from `offset` on; read() goes on where it was. Several threads may do so at once.
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// Reads a whole file. Throws as InputFile does, and ErrorKind::input if it is larger than `limit`
/// bytes.
std::string read_file(const std::filesystem::path& path, std::uintmax_t limit = 1ULL << 34);

/// Makes a directory and its parents, durably; one that exists is fine. Throws ErrorKind::io with
/// the reason.
void make_directories(const std::filesystem::path& path);
/// Makes a folder that belongs to its parent: one that is there must be no symbolic link, so that
/// what is written and removed in it lies nowhere else. Throws ErrorKind::io.
void make_own_folder(const std::filesystem::path& path);
/// The names in a folder, but for "." and "..", in order; none if there is no such folder. Throws
/// ErrorKind::io if the system fails to list it.
std::vector<std::string> list_folder(const std::filesystem::path& path);
/// Removes the temporary files that write_file_atomically of a process that died has left in a
/// folder: those that no living process holds. Nothing through a symbolic link.
void remove_leftovers(const std::filesystem::path& path);
/// Removes the files of these names and leftovers from a folder, then the folder if nothing else is
/// in it. A symbolic link in its place stays. What the system refuses to remove stays as well.
void remove_own_folder(const std::filesystem::path& path, std::span<const std::string> names);
/// Makes one directory, below parents that exist, durably. False if there is something of that
/// name: of several processes that make it at once, one is told true. Throws ErrorKind::io.
bool make_new_directory(const std::filesystem::path& path);
/// Flushes a directory's entries to disk.
void sync_directory(const std::filesystem::path& path);
/// Renames `from` over `to` and syncs the parent directory.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// An append-only text file (metrics): each append is on the disk when it returns, whole or, if
/// that fails (ErrorKind::io), not at all. A symbolic link is refused: its file lies elsewhere.
class AppendFile {
 public:
  explicit AppendFile(const std::filesystem::path& path);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  void append(std::string_view text);

 private:
  int descriptor_ = -1;
  std::string path_;
};

/// A folder that this process holds for itself: until this goes, or the process ends, however it
/// ends. Others are not kept from writing there, but may ask. On a file system without locks (some
/// of the network) every folder can be held.
class FolderLock {
 public:
  /// Throws ErrorKind::io if the folder cannot be opened.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  /// False: another process, or another lock of this one, holds it.
  bool held() const { return held_; }
  /// Not held, by a process that is ending: it was killed, and the system is still taking it down.
  /// Another lock will be held in a moment.
  bool is_coming_free() const { return coming_free_; }

 private:
  int descriptor_ = -1;
  bool held_ = false;
  bool coming_free_ = false;
};

/// Opens the standard streams that the caller has left closed: else the first files that are opened
/// become them, and messages go into these. What is written to standard output is then an error,
/// what goes to standard error is dropped.
void open_standard_streams();

/// While it lives, SIGINT and SIGTERM set a flag instead of ending the process; a second signal
/// ends it at once. SIGPIPE and SIGXFSZ are ignored, so that writes report errors.
/// Guards that live at the same time, nested or on several threads, share the first one's flag: a
/// signal reaches all of them.
class SignalGuard {
 public:
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;
  /// 0, or the signal that arrived (2 or 15).
  int received() const;
};

/// While it lives, signals wait that would interrupt the calling thread, but for faults (SIGSEGV
/// and its like): for code on whose stack no signal handler may run.
class SignalsHeld {
 public:
  SignalsHeld();
  ~SignalsHeld();
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  std::array<std::uint64_t, 16> before_;  // the system's set of signals
};

/// While it lives, a fault (SIGSEGV, SIGBUS, SIGABRT) right after the system has refused memory,
/// and a want of memory where nothing may be thrown, end the process with a message and a code:
/// some libraries use what malloc() gives them without a look. Any other fault stays what it is.
/// One a process; not where a sanitizer watches faults itself.
class MemoryFaults {
 public:
  /// `message` must outlive it.
  MemoryFaults(const char* message, int exit_code);
  ~MemoryFaults();
  MemoryFaults(const MemoryFaults&) = delete;
  MemoryFaults& operator=(const MemoryFaults&) = delete;
};

bool is_terminal(int descriptor);
/// Columns of the terminal on `descriptor`, 80 if unknown.
int terminal_width(int descriptor);
/// Highest resident memory of this process so far, in bytes.
std::size_t peak_resident_bytes();
/// Cores that this process may run on.
int available_cores();
/// Physical memory of the machine in bytes.
std::size_t physical_memory_bytes();
/// Seconds since this process was started by the system (for the time to the first step).
double seconds_since_process_start();

/// Remembers the process that makes it: what belongs to its threads, or to a device that it has
/// opened, is not there in a child.
class ForkMark {
 public:
  ForkMark();
  /// Whether this is a child, forked off since.
  bool forked() const;

 private:
  std::uint64_t forks_;
};

/// A directory below the system's temporary folder, removed with its content at the end.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(std::string_view prefix = "varve");
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace varve::platform
