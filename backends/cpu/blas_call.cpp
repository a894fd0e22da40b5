#include "backends/cpu/blas_call.h"

#include <cstddef>
#include <new>

#include "framework/core/error.h"

namespace varve::cpu {
namespace {

std::mutex mutex;
int running = 0;
int buffers = 0;

}  // namespace

BlasCall::BlasCall() : lock_(mutex) {
  if (running < buffers) {
    ++running;
    lock_.unlock();
    return;
  }
  constexpr std::size_t buffer = std::size_t{130} << 20;
  void* memory = ::operator new(buffer, std::nothrow);
  if (memory == nullptr)
    fail(ErrorKind::memory, "[blas] no {} bytes of working memory, use a smaller model", buffer);
  ::operator delete(memory);
  ++buffers;
  ++running;
}

BlasCall::~BlasCall() {
  if (!lock_.owns_lock()) lock_.lock();
  --running;
}

}  // namespace varve::cpu
