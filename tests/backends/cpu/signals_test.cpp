#include <doctest/doctest.h>
#include <sys/time.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <tuple>

#include "tests/backends/cpu/testing.h"

using namespace varve;
using namespace varve::testing;

namespace {

std::atomic<int> received{0};  // the handler may run on any thread
extern "C" void count_signal(int) {
  const int kept = errno;
  ++received;
  errno = kept;
}

/// A SIGALRM every 200 microseconds, counted by a handler on the stack of whom it interrupts.
class Alarms {
 public:
  Alarms() {
    struct sigaction action {};
    action.sa_handler = count_signal;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGALRM, &action, &before_);
    const itimerval often{{0, 200}, {0, 200}};
    ::setitimer(ITIMER_REAL, &often, nullptr);
  }
  ~Alarms() {
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &before_, nullptr);
  }
  Alarms(const Alarms&) = delete;
  Alarms& operator=(const Alarms&) = delete;

 private:
  struct sigaction before_ {};
};

}  // namespace

TEST_CASE("signals that arrive within a product do it no harm") {
  for (const char* threads : {"1", "2"}) {
    const auto backend = make_cpu_backend(threads);
    for (const auto& [m, n, k] : {std::tuple{64, 400, 784}, {64, 20, 400}, {4096, 32, 512}}) {
      CAPTURE(m);
      const View a = noise(*backend, {m, k}, 1);
      const View b = noise(*backend, {k, n}, 2);
      const View c = make_view(*backend, {m, n});
      const auto multiply = [&] { backend->execute({Op::matmul, {a, b}, {c}, {}}); };
      multiply();
      const auto quiet = bytes_of(c);
      received = 0;
      const Alarms alarms;
      bool same = true;
      while (received < 100) {
        multiply();
        same = same && bytes_of(c) == quiet;
      }
      CHECK(same);
    }
  }
}
