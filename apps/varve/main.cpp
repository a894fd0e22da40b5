#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

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
    return varve::app::run_command_line(argc, argv);
  } catch (const varve::Error& error) {
    report(error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    report("out of memory: take a smaller --batch-size");
    return static_cast<int>(varve::ErrorKind::memory);
  } catch (const std::exception& error) {
    report(error.what());
    return 1;
  }
}
