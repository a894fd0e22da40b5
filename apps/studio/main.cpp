#include "apps/studio/main.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <system_error>

#include "apps/studio/command_line.h"
#include "apps/studio/say.h"
#include "backends/backends.h"
#include "framework/core/error.h"
#include "framework/platform/platform.h"

namespace varve::studio {
namespace {

/// One line, whatever the message holds.
void report(std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  say("varve: {}\n", message);
}

/// What is thrown where threads cannot be started, which is for want of memory.
bool is_want_of_memory(const std::system_error& error) {
  return error.code() == std::errc::resource_unavailable_try_again ||
         error.code() == std::errc::not_enough_memory;
}

constexpr const char* out_of_memory = "out of memory: take a smaller --batch-size";

}  // namespace

int main(int argc, char** argv) {
  const platform::MemoryFaults faults("varve: out of memory\n",
                                      static_cast<int>(ErrorKind::memory));
  platform::open_standard_streams();
  try {
    register_backends();
    const int code = run_command_line(argc, argv);
    if (std::fflush(stdout) == 0) return code;
    report("the system refused to write the output: free some space, or write it elsewhere");
    return static_cast<int>(ErrorKind::io);
  } catch (const Error& error) {
    report(error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    report(out_of_memory);
    return static_cast<int>(ErrorKind::memory);
  } catch (const std::system_error& error) {  // files and folders that cannot be looked at
    const bool memory = is_want_of_memory(error);
    report(memory ? out_of_memory : error.what());
    return static_cast<int>(memory ? ErrorKind::memory : ErrorKind::io);
  } catch (const std::exception& error) {
    report(error.what());
    return 1;
  }
}

}  // namespace varve::studio
