#include "framework/backend/host_linalg.h"

#include <atomic>

#include "framework/core/error.h"

namespace varve {
namespace {

std::atomic<const HostLinalg*> current{nullptr};

}  // namespace

void set_host_linalg(const HostLinalg& library) { current = &library; }

const HostLinalg& host_linalg() {
  const HostLinalg* library = current;
  if (!library)
    fail(ErrorKind::device,
         "[linalg] there is no library for linear algebra: link varve::backends and call "
         "register_backends()");
  return *library;
}

}  // namespace varve
