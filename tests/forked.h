#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "tests/sanitized.h"

namespace varve::testing {

enum class End { at_once, after_main };  ///< by _exit() or by exit(), which runs destructors

/// What `f` returns in a child of this process, which ends with it; -1 if a signal ended the child,
/// as it does when it hangs.
template <class F>
int in_child(End end, const F& f) {
  constexpr unsigned patience_s = 60;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(patience_s);
    const int code = f();
    if (end == End::after_main) std::exit(code);
    ::_exit(code);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Whether a test that forks can run; says so if not: the locks of a sanitizer's threads do not
/// survive fork() in a process of several.
inline bool can_fork() {
  if (sanitized) MESSAGE("not tested: a sanitizer does not survive fork()");
  return !sanitized;
}

}  // namespace varve::testing
