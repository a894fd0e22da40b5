#include "backends/vulkan/vulkan_backend.h"

#include <string>
#include <thread>

#include "framework/ops/table.h"
#include "framework/tensor/functional.h"
#include "tests/backends/vulkan/testing.h"

using namespace varve;
using namespace varve::testing;

namespace {

/// The error that an op on some dtype ends in, which must come before anything runs.
std::string refused(const Device& device, DType dtype) {
  const Tensor x = Tensor::empty({3}, dtype, device);
  CHECK_FALSE(device.backend().supports(Op::add, {{x.spec(), x.spec()}, {x.spec()}, {}}));
  const Error error = error_of([&] { return x + x; });
  CHECK(error.kind() == ErrorKind::usage);
  return error.what();
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("double precision is refused with what to do, and its bytes still go there and back") {
  auto backend = make_backend(vulkan::options_from_environment());
  if (!backend) return;
  const Device device(std::move(backend));
  const std::string text = refused(device, DType::f64);
  CAPTURE(text);
  CHECK(contains(text, "[add] of f64, f64, f64"));
  CHECK(contains(text, "the vulkan backend computes in f32; use the cpu backend for f64"));
  Tensor x = Tensor::empty({2}, DType::f64, device);
  x.upload(std::span<const double>(std::vector<double>{1.5, -2}));
  CHECK(x.to_vector<double>() == std::vector<double>{1.5, -2});
}

TEST_CASE("a device without 64-bit integers and bytes has every dtype but f64") {
  vulkan::Options options = vulkan::options_from_environment();
  options.int64 = options.int8 = false;
  auto backend = make_backend(options);
  if (!backend) return;
  const Device device(std::move(backend));
  const Tensor x = Tensor::arange(7, 0, 1, DType::f32, device);
  const Tensor low = less(x, Tensor::full({}, 3, DType::f32, device));
  CHECK(cast(low, DType::i32).to_vector<std::int32_t>() ==
        std::vector<std::int32_t>{1, 1, 1, 0, 0, 0, 0});
  CHECK(where(low, x, -x).to_vector<float>() == std::vector<float>{0, 1, 2, -3, -4, -5, -6});
  CHECK(argmax(x, 0).to_vector<std::int64_t>() == std::vector<std::int64_t>{6});
  const Tensor far = Tensor::full({5}, 0x1p40, DType::i64, device);
  CHECK((far * far + far).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>(5, std::int64_t{1} << 40));  // modulo 2^64
  const Tensor bytes = Tensor::full({5}, 200, DType::u8, device);
  CHECK((bytes + bytes).to_vector<std::uint8_t>() == std::vector<std::uint8_t>(5, 144));
}

TEST_CASE("tensors outlive the last handle to their device, and threads may share one") {
  auto backend = make_backend(vulkan::options_from_environment());
  if (!backend) return;
  Tensor survivor;
  {
    const Device device(std::move(backend));
    std::vector<std::thread> threads;
    std::vector<std::vector<float>> results(4);
    for (std::size_t t = 0; t < results.size(); ++t) {
      threads.emplace_back([&, t] {
        Tensor x = Tensor::full({1000}, static_cast<double>(t), DType::f32, device);
        for (int i = 0; i < 50; ++i) x = x + 1.0;
        results[t] = x.to_vector<float>();
      });
    }
    for (auto& thread : threads) thread.join();
    for (std::size_t t = 0; t < results.size(); ++t) {
      CHECK(results[t] == std::vector<float>(1000, static_cast<float>(t) + 50));
    }
    survivor = Tensor::ones({5}, DType::f32, device);
  }
  CHECK(survivor.to_vector<float>() == std::vector<float>(5, 1));
}

TEST_CASE("an index out of range is an error like the reference backend's") {
  auto backend = make_backend(vulkan::options_from_environment());
  if (!backend) return;
  const Device device(std::move(backend));
  const Tensor x = Tensor::arange(10, 0, 1, DType::f32, device);
  const Tensor index = Tensor::full({2}, 12, DType::i32, device);
  Attributes attributes;
  attributes.axes = {0};
  CHECK(std::string(error_of([&] {
                      return apply1(Op::gather, {x, index}, attributes).to_vector<float>();
                    }).what()) == "[gather] index 12 is outside of an axis of 10");
  CHECK((x + x).to_vector<float>()[9] == 18);
}
