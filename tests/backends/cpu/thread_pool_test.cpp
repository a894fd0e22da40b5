#include "backends/cpu/thread_pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

using varve::cpu::ThreadPool;

TEST_CASE("every task runs exactly once, whatever the number of threads") {
  for (const unsigned threads : {1U, 2U, 3U, 8U}) {
    ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (const std::int64_t count : {0, 1, 2, 3, 7, 100}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count));
      pool.parallel_for(count, [&](std::int64_t i) { ++runs[static_cast<std::size_t>(i)]; });
      for (const auto& run : runs) CHECK(run == 1);
    }
  }
}

TEST_CASE("more tasks than a ticket holds") {
  ThreadPool pool(3);
  constexpr std::int64_t count = 200'001;
  std::vector<std::atomic<int>> runs(count);
  pool.parallel_for(count, [&](std::int64_t i) { ++runs[static_cast<std::size_t>(i)]; });
  std::int64_t once = 0;
  for (const auto& run : runs) once += run == 1;
  CHECK(once == count);
}

TEST_CASE("thousands of kernels in a row") {
  ThreadPool pool(4);
  std::atomic<std::int64_t> sum{0};
  for (int round = 0; round < 3000; ++round) {
    pool.parallel_for(5, [&](std::int64_t i) { sum += i; });
  }
  CHECK(sum == 3000 * 10);
}

TEST_CASE("what a task writes is there when parallel_for returns") {
  ThreadPool pool(2);
  std::vector<int> values(64);
  for (int round = 1; round <= 500; ++round) {
    pool.parallel_for(64, [&](std::int64_t i) { values[static_cast<std::size_t>(i)] += 1; });
    for (const int value : values) REQUIRE(value == round);
  }
}

TEST_CASE("an exception reaches the caller and the pool goes on") {
  for (const unsigned threads : {1U, 3U}) {
    ThreadPool pool(threads);
    const auto fails = [](std::int64_t i) {
      if (i == 5) throw std::runtime_error("task 5");
    };
    CHECK_THROWS_WITH_AS(pool.parallel_for(20, fails), "task 5", std::runtime_error);
    std::atomic<int> runs{0};
    pool.parallel_for(20, [&](std::int64_t) { ++runs; });
    CHECK(runs == 20);
  }
}
