#include "backends/vulkan/stream.h"

#include <cstddef>
#include <numeric>
#include <string>

#include "backends/vulkan/kernel.h"
#include "tests/backends/vulkan/testing.h"

using namespace varve;
using namespace varve::testing;
using vulkan::Options;

namespace {

std::vector<float> count_up(std::size_t size, float first = 0) {
  std::vector<float> values(size);
  std::iota(values.begin(), values.end(), first);
  return values;
}

/// The device's memory as it is, and as on a card of its own.
std::vector<Options> memory_modes() {
  Options direct = vulkan::options_from_environment();
  Options staged = direct;
  staged.host_memory = false;
  return {direct, staged};
}

void execute(Rig& rig, Op op, std::vector<View> in, std::vector<View> out,
             Attributes attributes = {}) {
  const Command command{op, std::move(in), std::move(out), attributes};
  vulkan::find_kernel(op).kernel(command, rig.stream);
}

Attributes along(std::int64_t axis) {
  Attributes attributes;
  attributes.axes = {axis};
  return attributes;
}

}  // namespace

TEST_CASE("bytes come back as they went, from any place and in any size") {
  for (const Options& options : memory_modes()) {
    const auto rig = make_rig(options);
    if (!rig) return;
    // Up to more than the staging memory and the read-back memory hold.
    for (const std::size_t size : {1U, 3U, 4U, 4096U, 4099U, 1U << 20, 9999999U}) {
      CAPTURE(size);
      const Buffer buffer = rig->memory.allocate(size + 8);
      std::vector<std::uint8_t> values(size);
      for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
      for (const std::size_t offset : {0U, 3U, 4U}) {
        rig->stream.upload(buffer, offset, std::as_bytes(std::span(values)));
        std::vector<std::uint8_t> back(size);
        rig->stream.download(buffer, offset, std::as_writable_bytes(std::span(back)));
        CHECK(back == values);
      }
    }
  }
}

TEST_CASE("the device sees uploads, fills, copies and downloads in the order of the calls") {
  for (const Options& options : memory_modes()) {
    const auto rig = make_rig(options);
    if (!rig) return;
    const View x = rig->make({2000});
    const View y = rig->make({2000});
    for (int round = 0; round < 50; ++round) {
      const auto first = count_up(2000, static_cast<float>(round));
      rig->put(x, first);
      rig->stream.copy_bytes(x, y);
      rig->put(x, count_up(2000, -5));
      rig->stream.fill_words(part(y, 100, {10}), 0x3f800000);
      auto want = first;
      std::fill_n(want.begin() + 100, 10, 1.0F);
      if (round % 7 == 0) CHECK(rig->get<float>(y) == want);
    }
    CHECK(rig->get<float>(x) == count_up(2000, -5));
  }
}

TEST_CASE("what is read later is what was there when it was asked for") {
  for (const Options& options : memory_modes()) {
    const auto rig = make_rig(options);
    if (!rig) return;
    const View x = rig->make({2000});
    std::vector<vulkan::Download> downloads;
    for (int round = 0; round < 20; ++round) {
      rig->put(x, count_up(2000, static_cast<float>(round)));
      downloads.push_back(rig->stream.start_download(x.buffer, 40, 400));
    }
    rig->stream.fill_words(x, 0);
    for (std::size_t round = 20; round-- > 0;) {  // in any order
      std::vector<float> got(100);
      const auto bytes = rig->stream.finish(downloads[round]);
      REQUIRE(bytes.size() == 400);
      std::memcpy(got.data(), bytes.data(), bytes.size());
      const auto all = count_up(2000, static_cast<float>(round));
      CHECK(got == std::vector<float>(all.begin() + 10, all.begin() + 110));
    }
    CHECK(rig->stream.finish(rig->stream.start_download(x.buffer, 0, 0)).empty());
  }
}

TEST_CASE("thousands of small pieces, many times more than the staging memory holds") {
  for (const Options& options : memory_modes()) {
    const auto rig = make_rig(options);
    if (!rig) return;
    constexpr std::size_t pieces = 3000;
    constexpr std::size_t size = 1500;  // 6000 bytes: too long to go with the commands
    const View all = rig->make({pieces, size});
    const View other = rig->make({pieces, size});
    for (std::size_t i = 0; i < pieces; ++i) {
      const View row = part(all, static_cast<std::int64_t>(i * size), {size});
      rig->put(row, std::vector<std::int32_t>(size, static_cast<std::int32_t>(i)));
      rig->stream.copy_bytes(row, part(other, static_cast<std::int64_t>(i * size), {size}));
    }
    const auto values = rig->get<std::int32_t>(other);
    std::vector<std::int32_t> want(values.size());
    for (std::size_t i = 0; i < want.size(); ++i) want[i] = static_cast<std::int32_t>(i / size);
    CHECK(values == want);
  }
}

TEST_CASE("memory may be dropped and used anew while the device still works on it") {
  for (const Options& options : memory_modes()) {
    const auto rig = make_rig(options);
    if (!rig) return;
    const View total = rig->make({200, 100});
    for (std::int64_t i = 0; i < 200; ++i) {
      const View passing = rig->make({100, 40});
      rig->put(passing, std::vector<float>(4000, static_cast<float>(i)));
      execute(*rig, Op::sum, {passing}, {part(total, i * 100, {100, 1})}, along(1));
    }
    const auto values = rig->get<float>(total);
    for (std::size_t i = 0; i < values.size(); ++i) {
      CHECK(values[i] == static_cast<float>(40 * (i / 100)));
    }
  }
}

TEST_CASE("only what depends on something waits for it") {
  const auto rig = make_rig();
  if (!rig || rig->context.options().barrier_always || rig->context.options().serialize) return;
  const View x = rig->make({4, 1000});
  const View y = rig->make({4, 1000});
  rig->stream.synchronize();
  const auto barriers = [&](const auto& work) {
    const auto before = rig->stream.counts();
    work();
    rig->stream.flush();
    const auto after = rig->stream.counts();
    CHECK(after.submissions == before.submissions + 1);
    return after.barriers - before.barriers;
  };
  CHECK(barriers([&] {
          for (std::int64_t i = 0; i < 4; ++i) {
            rig->stream.fill_words(part(x, 1000 * i, {1000}), 1);
          }
        }) == 0);
  CHECK(barriers([&] {
          rig->stream.copy_bytes(x, y);
          rig->stream.copy_bytes(part(x, 0, {10}), part(x, 2000, {10}));
        }) == 1);
  CHECK(barriers([&] {
          rig->stream.copy_bytes(part(x, 0, {1000}), part(y, 0, {1000}));
          rig->stream.fill_words(part(x, 1000, {1000}), 2);
          rig->stream.copy_bytes(part(x, 1000, {1000}), part(y, 1000, {1000}));
          rig->stream.fill_words(part(y, 3000, {1000}), 2);
        }) == 1);
}

TEST_CASE("with a barrier before each, or one submission each, the values are the same") {
  Options barriers = vulkan::options_from_environment();
  barriers.barrier_always = true;
  Options serial = vulkan::options_from_environment();
  serial.serialize = true;
  Options sets = vulkan::options_from_environment();
  sets.push_descriptors = false;
  for (const Options& options : {barriers, serial, sets}) {
    const auto rig = make_rig(options);
    if (!rig) return;
    const View x = rig->make({300, 7});
    const View rows = rig->make({300, 1});
    const View total = rig->make({1, 1});
    for (int round = 0; round < 90; ++round) {  // more sets than a pool holds
      rig->put(x, count_up(2100));
      execute(*rig, Op::sum, {x}, {rows}, along(1));
      execute(*rig, Op::sum, {rows}, {total}, along(0));
    }
    CHECK(rig->get<float>(total) == std::vector<float>{2100 * 2099 / 2});
    if (options.serialize) CHECK(rig->stream.counts().submissions >= 180);
  }
}

TEST_CASE("the device's clock") {
  const auto rig = make_rig();
  if (!rig) return;
  if (rig->context.timestamp_period_ns() == 0) {
    MESSAGE("not tested: the device has no clock");
    return;
  }
  const View x = rig->make({1 << 20});
  rig->stream.busy_us();
  CHECK(rig->stream.busy_us() == 0);
  rig->stream.fill_words(x, 0x3f800000);
  const View total = rig->make({1});
  execute(*rig, Op::sum, {x}, {total}, along(0));
  CHECK(rig->stream.busy_us() > 0);
  CHECK(rig->get<float>(total) == std::vector<float>{1 << 20});
}

TEST_CASE("a lost device is one error that names what ran, and then every call throws at once") {
  Options options = vulkan::options_from_environment();
  options.lose_at = 3;
  const auto rig = make_rig(options);
  if (!rig) return;
  const View x = rig->make({1000});
  const View total = rig->make({1});
  for (int i = 0; i < 2; ++i) {
    rig->stream.fill_words(x, 0);
    rig->stream.flush();
  }
  rig->stream.fill_words(x, 0);
  const Error first = error_of([&] {
    execute(*rig, Op::sum, {x}, {total}, along(0));
    rig->stream.synchronize();
  });
  CHECK(first.kind() == ErrorKind::device);
  const std::string text = first.what();
  CAPTURE(text);
  CHECK(text.find("was lost") != std::string::npos);
  CHECK(text.find("fill, sum (submission 3)") != std::string::npos);
  float value = 0;
  const auto bytes = std::as_writable_bytes(std::span(&value, 1));
  CHECK(error_of([&] { rig->stream.fill_words(x, 0); }).kind() == ErrorKind::device);
  CHECK(error_of([&] { rig->stream.synchronize(); }).kind() == ErrorKind::device);
  CHECK(error_of([&] { rig->stream.upload(x.buffer, 0, bytes); }).kind() == ErrorKind::device);
  CHECK(error_of([&] { rig->stream.download(x.buffer, 0, bytes); }).kind() == ErrorKind::device);
}
