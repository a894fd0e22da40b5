#include "backends/cpu/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace varve::cpu {

namespace {

// Long enough to bridge the gap between two kernels, and that in which the host notes the next
// step; short enough to leave the core to others when nothing comes.
constexpr auto spin_time = std::chrono::microseconds(200);
constexpr int pauses_between_checks = 32;

// As many tasks as 16 bits of a ticket count.
constexpr std::int64_t max_batch = 0xffff;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

/// Waits actively for `done`; false when the time is over.
template <class Done>
bool spin(const Done& done) {
  const auto until = std::chrono::steady_clock::now() + spin_time;
  do {
    for (int i = 0; i < pauses_between_checks; ++i) {
      if (done()) return true;
      pause();
    }
  } while (std::chrono::steady_clock::now() < until);
  return done();
}

std::uint64_t pack(std::uint32_t epoch, std::int64_t next, std::int64_t end) {
  return (std::uint64_t{epoch} << 32) | (static_cast<std::uint64_t>(next) << 16) |
         static_cast<std::uint64_t>(end);
}

}  // namespace

ThreadPool::ThreadPool(unsigned threads) : lanes_(std::max(threads, 1U)) { start(); }

void ThreadPool::start() {
  try {
    for (std::size_t lane = 1; lane < lanes_.size(); ++lane) {
      workers_.emplace_back([this, lane] { serve(lane); });
    }
  } catch (...) {  // no memory for all of them
    end();
    throw;
  }
}

void ThreadPool::end() {
  stop_.store(true);
  epoch_.fetch_add(1);
  epoch_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

/// Whatever the parent's threads were doing, nobody does it here. Their handles may by now be those
/// of other threads: they are neither joined nor detached.
void ThreadPool::forget_threads() {
  for (std::thread& worker : workers_) std::construct_at(&worker);
  workers_.clear();
  for (Lane& lane : lanes_) lane.ticket.store(0);
  error_ = nullptr;
}

ThreadPool::~ThreadPool() {
  if (mark_.forked()) forget_threads();
  end();
}

void ThreadPool::run(std::int64_t count, void* object, Call call) {
  if (mark_.forked()) {
    forget_threads();
    mark_ = {};
    start();
  }
  object_ = object;
  call_ = call;
  for (first_ = 0; first_ < count; first_ += max_batch) {
    run_batch(std::min(count - first_, max_batch));
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }
}

void ThreadPool::run_batch(std::int64_t count) {
  unfinished_.store(count, std::memory_order_relaxed);
  const std::uint32_t epoch = epoch_.load(std::memory_order_relaxed) + 1;
  const auto lanes = static_cast<std::int64_t>(lanes_.size());
  for (std::int64_t i = 0; i < lanes; ++i) {
    lanes_[static_cast<std::size_t>(i)].ticket.store(
        pack(epoch, i * count / lanes, (i + 1) * count / lanes), std::memory_order_release);
  }
  epoch_.store(epoch);
  epoch_.notify_all();
  work(0);
  while (!spin([this] { return unfinished_.load(std::memory_order_acquire) == 0; })) {
    std::this_thread::yield();
  }
}

void ThreadPool::work(std::size_t lane) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) take_from(lanes_[(lane + i) % lanes_.size()]);
}

// A ticket that still holds tasks belongs to the kernel that is running: the caller does not leave
// before every task is done. So object_ and call_ are valid once the exchange has succeeded.
void ThreadPool::take_from(Lane& lane) {
  std::uint64_t ticket = lane.ticket.load(std::memory_order_acquire);
  for (;;) {
    const std::uint64_t next = (ticket >> 16) & 0xffff;
    if (next >= (ticket & 0xffff)) return;
    if (!lane.ticket.compare_exchange_weak(ticket, ticket + (1U << 16), std::memory_order_acq_rel,
                                           std::memory_order_acquire)) {
      continue;
    }
    try {
      call_(object_, first_ + static_cast<std::int64_t>(next));
    } catch (...) {
      const std::lock_guard lock(error_mutex_);
      if (!error_) error_ = std::current_exception();
    }
    unfinished_.fetch_sub(1, std::memory_order_acq_rel);
    ticket = lane.ticket.load(std::memory_order_acquire);
  }
}

void ThreadPool::serve(std::size_t lane) {
  std::uint32_t seen = 0;
  while (!stop_.load()) {
    if (!spin([&] { return epoch_.load(std::memory_order_acquire) != seen; })) epoch_.wait(seen);
    seen = epoch_.load();
    work(lane);
  }
}

}  // namespace varve::cpu
