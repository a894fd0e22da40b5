#pragma once

#include <mutex>

#include "backends/cpu/thread_pool.h"

namespace varve::cpu {

/// The threads of a backend. Who finds them busy with the work of another caller computes on its
/// own thread: nobody waits, and the results are the same, since tasks are cut by shape alone.
struct Pools {
  explicit Pools(unsigned threads) : shared(threads), alone(1) {}
  ThreadPool shared;
  ThreadPool alone;  ///< has no state: any number of callers may use it at once
  std::mutex busy;
};

/// The threads for one command or one program.
class PoolLease {
 public:
  explicit PoolLease(Pools& pools)
      : lock_(pools.busy, std::try_to_lock), pool_(lock_ ? pools.shared : pools.alone) {}
  ThreadPool& get() const { return pool_; }

 private:
  std::unique_lock<std::mutex> lock_;
  ThreadPool& pool_;
};

}  // namespace varve::cpu
