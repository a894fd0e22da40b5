#include "backends/cpu/memory.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "framework/core/error.h"

using varve::Buffer;
using varve::cpu::MemoryPool;

TEST_CASE("memory is aligned, as large as asked for, and reused") {
  MemoryPool pool;
  const std::byte* first = nullptr;
  {
    const Buffer buffer = pool.allocate(1000);
    first = buffer.host();
    CHECK(buffer.bytes() == 1000);
    CHECK(reinterpret_cast<std::uintptr_t>(first) % 64 == 0);
  }
  const Buffer again = pool.allocate(1010);  // of the same class
  CHECK(again.host() == first);
  const Buffer other = pool.allocate(1000);
  CHECK(other.host() != first);
}

TEST_CASE("a buffer may be empty and may outlive its pool") {
  Buffer survivor;
  {
    MemoryPool pool;
    CHECK(pool.allocate(0).host() != nullptr);
    survivor = pool.allocate(64);
  }
  survivor.host()[63] = std::byte{1};
  CHECK(survivor.host()[63] == std::byte{1});
}

TEST_CASE("too much memory is an error with its own kind") {
  MemoryPool pool;
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // which end the process
  const std::vector<std::size_t> sizes{most};
#else
  const std::vector<std::size_t> sizes{most, most / 2};
#endif
  for (const std::size_t bytes : sizes) {
    try {
      pool.allocate(bytes);
      FAIL("allocated more than there is");
    } catch (const varve::Error& error) {
      CHECK(error.kind() == varve::ErrorKind::memory);
    }
  }
}
