#include "framework/data/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "framework/platform/platform.h"

namespace varve::detail {

void for_each_on_all_cores(std::int64_t count, const std::function<void(std::int64_t)>& f) {
  std::atomic<std::int64_t> next = 0;
  std::mutex mutex;
  std::exception_ptr error;
  std::int64_t failed = count;  // the lowest
  const auto work = [&] {
    for (std::int64_t i = next++; i < count; i = next++) {
      try {
        f(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (i < failed) {
          failed = i;
          error = std::current_exception();
        }
        next = count;  // those that are under way end, no other begins
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    const std::int64_t cores = platform::available_cores();
    try {
      for (std::int64_t i = 1; i < std::min(cores, count); ++i) helpers.emplace_back(work);
    } catch (const std::system_error&) {  // no more threads: those that there are do it
    }
    work();
  }
  if (error != nullptr) std::rethrow_exception(error);
}

}  // namespace varve::detail
