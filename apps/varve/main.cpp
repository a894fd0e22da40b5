#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <system_error>

#include "apps/varve/command_line.h"
#include "backends/backends.h"
#include "framework/core/error.h"

namespace {

/// One line, whatever the message holds.
void report(std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  fmt::print(stderr, "varve: {}\n", message);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    varve::register_backends();
    const int code = varve::app::run_command_line(argc, argv);
    if (std::fflush(stdout) == 0) return code;
    report("the system refused to write the output: free some space, or write it elsewhere");
    return static_cast<int>(varve::ErrorKind::io);
  } catch (const varve::Error& error) {
    report(error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    report("out of memory: take a smaller --batch-size");
    return static_cast<int>(varve::ErrorKind::memory);
  } catch (const std::system_error& error) {  // files and folders that cannot be looked at
    report(error.what());
    return static_cast<int>(varve::ErrorKind::io);
  } catch (const std::exception& error) {
    report(error.what());
    return 1;
  }
}
