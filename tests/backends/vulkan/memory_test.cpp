#include "backends/vulkan/memory.h"

#include <algorithm>
#include <random>
#include <thread>

#include "tests/backends/vulkan/testing.h"

using namespace varve;
using namespace varve::testing;
using vulkan::allocation;
using vulkan::MemoryKind;

namespace {

constexpr std::size_t mebibyte = 1 << 20;

}  // namespace

TEST_CASE("allocations are aligned, apart, and as long as they were asked for") {
  const auto rig = make_rig();
  if (!rig) return;
  std::vector<Buffer> buffers;
  for (const std::size_t bytes : {0, 1, 255, 256, 257, 1000, 70000}) {
    buffers.push_back(rig->memory.allocate(bytes));
    CHECK(buffers.back().bytes() == bytes);
    CHECK(buffers.back().host() == nullptr);
    CHECK(allocation(buffers.back()).capacity >= std::max<std::size_t>(bytes, 1));
  }
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const auto& a = allocation(buffers[i]);
    CHECK(a.offset % 256 == 0);
    CHECK(a.capacity % 256 == 0);
    for (std::size_t j = 0; j < i; ++j) {
      const auto& b = allocation(buffers[j]);
      const bool apart = a.block != b.block || a.offset + a.capacity <= b.offset ||
                         b.offset + b.capacity <= a.offset;
      CHECK(apart);
    }
  }
}

TEST_CASE("memory that is free again is used again: the smallest gap that fits") {
  const auto rig = make_rig();
  if (!rig) return;
  Buffer large = rig->memory.allocate(4096);
  const Buffer wall = rig->memory.allocate(256);
  Buffer small = rig->memory.allocate(1024);
  const Buffer end = rig->memory.allocate(256);
  const auto place_of_large = allocation(large).offset;
  const auto place_of_small = allocation(small).offset;
  large = {};
  small = {};
  const Buffer first = rig->memory.allocate(1000);
  const Buffer second = rig->memory.allocate(1100);
  CHECK(allocation(first).offset == place_of_small);
  CHECK(allocation(second).offset == place_of_large);
}

TEST_CASE("neighbours that are free become one") {
  const auto rig = make_rig();
  if (!rig) return;
  const auto before = rig->memory.bytes_in_use();
  std::vector<Buffer> buffers;
  for (int i = 0; i < 8; ++i) buffers.push_back(rig->memory.allocate(1024));
  const Buffer wall = rig->memory.allocate(256);
  const auto start = allocation(buffers[0]).offset;
  for (const std::size_t i : {1, 5, 3, 2, 0, 7, 4, 6}) buffers[i] = {};
  const Buffer whole = rig->memory.allocate(8 * 1024);
  CHECK(allocation(whole).offset == start);
  CHECK(rig->memory.bytes_in_use() - before == 8 * 1024 + 256);
}

TEST_CASE("a random life leaves nothing behind") {
  const auto rig = make_rig();
  if (!rig) return;
  std::mt19937 random(3);  // NOLINT: a fixed seed, for a test
  const auto before = rig->memory.bytes_in_use();
  std::vector<Buffer> held;
  for (int i = 0; i < 4000; ++i) {
    if (held.size() > 60 || (!held.empty() && random() % 2 == 0)) {
      std::swap(held[random() % held.size()], held.back());
      held.pop_back();
    } else {
      held.push_back(rig->memory.allocate(random() % (random() % 8 == 0 ? 900000 : 5000)));
    }
  }
  held.clear();
  CHECK(rig->memory.bytes_in_use() == before);
  rig->stream.synchronize();
  rig->memory.trim();
  CHECK(rig->memory.bytes_reserved() == before);
}

TEST_CASE("what is larger than a block gets one of its own, and goes back when it is trimmed") {
  const auto rig = make_rig();
  if (!rig) return;
  Buffer large = rig->memory.allocate(100 * mebibyte);
  CHECK(rig->memory.bytes_reserved() == 100 * mebibyte);
  rig->memory.trim();
  CHECK(rig->memory.bytes_reserved() == 100 * mebibyte);
  large = {};
  rig->memory.trim();
  CHECK(rig->memory.bytes_reserved() == 0);
}

TEST_CASE("host memory for staging is where the host can reach it") {
  const auto rig = make_rig();
  if (!rig) return;
  for (const MemoryKind kind : {MemoryKind::upload, MemoryKind::readback}) {
    const Buffer buffer = rig->memory.allocate(1000, kind);
    REQUIRE(allocation(buffer).mapped != nullptr);
    std::memset(allocation(buffer).mapped, 1, 1000);
  }
  const Buffer tensor = rig->memory.allocate(1000);
  CHECK((allocation(tensor).mapped != nullptr) == rig->context.traits().host_memory);
}

TEST_CASE("buffers may outlive the backend, and be dropped by any thread") {
  auto rig = make_rig();
  if (!rig) return;
  std::vector<Buffer> survivors;
  for (int i = 0; i < 4; ++i) survivors.push_back(rig->memory.allocate(5000));
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::vector<Buffer> held;
      for (std::size_t i = 0; i < 500; ++i) {
        held.push_back(rig->memory.allocate(100 * (i % 7) + t));
        if (i % 3 == 0) held.erase(held.begin());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(rig->memory.bytes_in_use() == 4 * 5120);
  rig.reset();
  survivors.clear();
}

TEST_CASE("too much is an error that says what there is") {
  const auto rig = make_rig();
  if (!rig) return;
  const Buffer some = rig->memory.allocate(3 * mebibyte);
  int waited = 0;
  rig->memory.on_pressure([&] { ++waited; });
  const Error error = error_of([&] { return rig->memory.allocate(std::size_t{1} << 44); });
  CHECK(error.kind() == ErrorKind::memory);
  const std::string text = error.what();
  CAPTURE(text);
  CHECK(text.find("16384.0 GiB") != std::string::npos);
  CHECK(text.find("use a smaller batch or model") != std::string::npos);
  // More than the device has, but not more than it can address: blocks are given back first.
  const auto& device = rig->context.physical();
  const auto heap = std::min(device.memory, device.max_allocation - mebibyte);
  if (heap < device.memory && !rig->context.traits().software) {
    MESSAGE("not tested: it would fill the memory of a device that others may be using");
    return;
  }
  std::vector<Buffer> held;
  const Error full = error_of([&] {
    for (;;) held.push_back(rig->memory.allocate(heap));
  });
  held.clear();
  CHECK(full.kind() == ErrorKind::memory);
  CHECK(std::string(full.what()).find("iB are in use") != std::string::npos);
  CHECK(waited == 1);
  rig->memory.allocate(mebibyte);  // life goes on
  rig->memory.on_pressure({});
}

TEST_CASE("memory that only free blocks hold is found under pressure") {
  const auto rig = make_rig();
  if (!rig) return;
  if (!rig->context.traits().software) {
    MESSAGE("not tested: it would fill the memory of a device that others may be using");
    return;
  }
  const auto most = rig->context.physical().memory / 3 / mebibyte * mebibyte;
  Buffer a = rig->memory.allocate(most);
  Buffer b = rig->memory.allocate(most);
  a = {};
  b = {};
  const Buffer whole = rig->memory.allocate(most + most / 2);
  CHECK(rig->memory.bytes_reserved() == allocation(whole).capacity);
}

TEST_CASE("an allocation can be made to fail") {
  vulkan::Options options = vulkan::options_from_environment();
  options.exhaust_at = 3;
  const auto rig = make_rig(options);
  if (!rig) return;
  const Buffer first = rig->memory.allocate(10);
  const Buffer second = rig->memory.allocate(10);
  CHECK(error_of([&] { return rig->memory.allocate(10); }).kind() == ErrorKind::memory);
  rig->memory.allocate(10);
}
