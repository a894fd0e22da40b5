#include <atomic>
#include <thread>

#include "framework/tensor/functional.h"
#include "tests/backends/vulkan/testing.h"

using namespace varve;
using namespace varve::testing;

namespace {

constexpr int rounds = 30;
constexpr std::int64_t size = 777;

/// Whether ops one by one, with tensors that come and go, give what they should.
bool eager_is_right(const Device& device, double value) {
  for (int i = 0; i < rounds; ++i) {
    Tensor x = Tensor::full({size}, value, DType::f32, device);
    for (int step = 0; step < 20; ++step) x = x * 2.0 - value;
    const Tensor low = less(x, Tensor::full({}, value + 1, DType::f32, device));
    if (sum(where(low, x, -x)).item() != value * size) return false;
  }
  return true;
}

/// The same for programs that are compiled, run and destroyed.
bool programs_are_right(const Device& device, float value) {
  Backend& backend = device.backend();
  const auto make = [&] {
    return View{backend.allocate(size * sizeof(float)), {size}, {1}, 0, DType::f32};
  };
  for (int i = 0; i < rounds; ++i) {
    const View x = make(), total = make();
    const std::vector<float> values(size, value), zeros(size);
    backend.upload(x.buffer, 0, std::as_bytes(std::span(values)));
    backend.upload(total.buffer, 0, std::as_bytes(std::span(zeros)));
    Recording recording;
    recording.temporaries = {make().buffer, make().buffer};
    const auto temporary = [&](std::size_t which) {
      return View{recording.temporaries[which], {size}, {1}, 0, DType::f32};
    };
    recording.commands = {{Op::add, {x, x}, {temporary(0)}, {}},
                          {Op::sub, {temporary(0), x}, {temporary(1)}, {}},
                          {Op::add, {total, temporary(1)}, {total}, {}}};
    recording.kept = {total.buffer};
    const auto program = backend.compile(std::move(recording));
    for (int run = 0; run < 10; ++run) program->run();
    std::vector<float> got(size);
    backend.download(total.buffer, 0, std::as_writable_bytes(std::span(got)));
    if (got != std::vector<float>(size, 10 * value)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("threads share a device: eager ops, and programs that come and go") {
  auto backend = make_backend(vulkan::options_from_environment());
  if (!backend) return;
  const Device device(std::move(backend));
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] { right += eager_is_right(device, t + 1) ? 1 : 0; });
    threads.emplace_back(
        [&, t] { right += programs_are_right(device, static_cast<float>(t + 3)) ? 1 : 0; });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == 4);
}
