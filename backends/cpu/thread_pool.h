#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "framework/platform/platform.h"

namespace varve::cpu {

/// Threads that run the tasks of one kernel at a time. A kernel chooses its tasks by shape alone,
/// so that results do not depend on how many threads there are. In a child after fork(), where the
/// threads are not, it starts new ones.
class ThreadPool {
 public:
  /// `threads` counts the calling thread, which works too.
  explicit ThreadPool(unsigned threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  unsigned threads() const { return static_cast<unsigned>(lanes_.size()); }

  /// Calls task(0) ... task(count - 1), each once, in any order, and waits for all. Rethrows the
  /// first exception. Not to be called from within a task.
  template <class Task>
  void parallel_for(std::int64_t count, Task&& task) {
    if (count <= 1 || threads() == 1) {
      for (std::int64_t i = 0; i < count; ++i) task(i);
      return;
    }
    using Callable = std::remove_reference_t<Task>;
    run(count, const_cast<void*>(static_cast<const void*>(&task)),
        [](void* object, std::int64_t i) { (*static_cast<Callable*>(object))(i); });
  }

 private:
  using Call = void (*)(void* object, std::int64_t index);
  /// A thread's share of the tasks, packed as epoch | next | end. A thread that is done with its
  /// own share takes from the others'.
  struct alignas(64) Lane {
    std::atomic<std::uint64_t> ticket{0};
  };

  void start();
  void end();
  void forget_threads();
  void run(std::int64_t count, void* object, Call call);
  void run_batch(std::int64_t count);
  void work(std::size_t lane);
  void take_from(Lane& lane);
  void serve(std::size_t lane);

  std::vector<Lane> lanes_;
  std::vector<std::thread> workers_;
  platform::ForkMark mark_;
  void* object_ = nullptr;
  Call call_ = nullptr;
  std::int64_t first_ = 0;  ///< of the batch
  alignas(64) std::atomic<std::int64_t> unfinished_{0};
  alignas(64) std::atomic<std::uint32_t> epoch_{0};
  std::atomic<bool> stop_{false};
  std::mutex error_mutex_;
  std::exception_ptr error_;
};

}  // namespace varve::cpu
