#include <execinfo.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include "framework/platform/platform.h"

namespace varve::platform {

namespace {

// A sanitizer tells more of a fault than its code.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool sanitized = false;
#endif

constexpr std::array<int, 3> fault_signals{SIGSEGV, SIGBUS, SIGABRT};
std::array<struct sigaction, fault_signals.size()> fault_actions;
const char* memory_message = nullptr;
int memory_code = 0;
std::terminate_handler usual_end = nullptr;
bool watching = false;

[[noreturn]] void end_for_memory() {
  [[maybe_unused]] const auto told = ::write(2, memory_message, std::strlen(memory_message));
  ::_exit(memory_code);
}

extern "C" void judge_fault(int signal) {
  if (errno == ENOMEM) end_for_memory();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

/// Some libraries, as libgomp, end the process themselves where malloc() gives them nothing.
extern "C" void judge_exit(int code, void*) {
  if (watching && code == EXIT_FAILURE && errno == ENOMEM) end_for_memory();
}

[[noreturn]] void judge_end() {
  try {
    if (std::current_exception()) throw;
  } catch (const std::bad_alloc&) {
    end_for_memory();
  } catch (...) {  // told below
  }
  usual_end();
  std::abort();
}

}  // namespace

MemoryFaults::MemoryFaults(const char* message, int exit_code) {
  memory_message = message;
  memory_code = exit_code;
  // What unwinds a thread's stack is loaded on first use, which may be when memory is short.
  std::array<void*, 1> frame;
  ::backtrace(frame.data(), 1);
  if (sanitized) return;
  watching = true;
  ::on_exit(judge_exit, nullptr);
  usual_end = std::set_terminate(judge_end);
  struct sigaction action {};
  action.sa_handler = judge_fault;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < fault_signals.size(); ++i)
    ::sigaction(fault_signals[i], &action, &fault_actions[i]);
}

MemoryFaults::~MemoryFaults() {
  if (sanitized) return;
  watching = false;
  for (std::size_t i = 0; i < fault_signals.size(); ++i)
    ::sigaction(fault_signals[i], &fault_actions[i], nullptr);
  std::set_terminate(usual_end);
}

}  // namespace varve::platform
