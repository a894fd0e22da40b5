#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/studio/commands/bench.h"
#include "framework/autograd/autograd.h"
#include "framework/backend/registry.h"
#include "framework/ops/table.h"
#include "framework/program/capture.h"
#include "framework/tensor/functional.h"

namespace varve::studio {
namespace {

using Clock = std::chrono::steady_clock;

/// Median seconds of a call and of waiting for its end; calls are repeated for `budget` seconds, at
/// least three times.
double median_seconds(const std::function<void()>& call, double budget) {
  const auto timed = [&] {
    const auto start = Clock::now();
    call();
    default_device().backend().synchronize();
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  timed();  // the first call makes pipelines and memory
  std::vector<double> times;
  for (double total = 0; times.size() < 3 || total < budget; total += times.back())
    times.push_back(timed());
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

/// Of one command among many that a captured step repeats, each after the one before it, since they
/// write to the same place. `guess`: roughly how long one takes, in seconds.
double replayed_seconds(const Shape& shape, double guess,
                        const std::function<void(const Tensor&)>& into) {
  const int count = static_cast<int>(std::clamp(0.05 / guess, 1.0, 16.0));
  const Tensor out = Tensor::zeros(shape);
  Captured chain = capture([&](const Tensors&) -> Tensors {
    for (int i = 0; i < count; ++i) into(out);
    return {};
  });
  for (int i = 0; i < 2; ++i) chain({});
  return median_seconds([&] { chain({}); }, 0.1) / count;
}

/// 0 if the backend has no kernel that tells.
double peak_flops(const std::string& device) {
  const auto colon = device.find(':');
  const std::string name = device.substr(0, colon);
  for (const auto& entry : registered_backends())
    if (entry.name == name && entry.peak_flops)
      return entry.peak_flops(colon == std::string::npos ? "" : device.substr(colon + 1));
  return 0;
}

struct Product {
  std::int64_t m, n, k;
};

/// Square ones, and those of a 784-400-20 network: forward, and the gradients of inputs and
/// weights, at batches of 128, 1024 and 8192. What takes half a second at the last one's speed is
/// left out.
nlohmann::json matmul_speeds() {
  auto list = nlohmann::json::array();
  double speed = 0;
  const auto measure = [&](const Product& p) {
    const double flops = 2.0 * static_cast<double>(p.m * p.n) * static_cast<double>(p.k);
    const double guess = speed > 0 ? flops / speed : 0.01;
    if (guess > 0.5) return;
    const Tensor a = rand({p.m, p.k}), b = rand({p.k, p.n});
    speed = flops / replayed_seconds({p.m, p.n}, guess, [&](const Tensor& out) {
              apply_into(Op::matmul, {a, b}, {out});
            });
    list.push_back({{"m", p.m},
                    {"n", p.n},
                    {"k", p.k},
                    {"us", flops / speed * 1e6},
                    {"tflops", speed / 1e12}});
  };
  for (const std::int64_t n : {256, 512, 1024, 2048, 4096}) measure({n, n, n});
  for (const std::int64_t batch : {128, 1024, 8192})
    for (const Product& p : {Product{batch, 400, 784}, {batch, 784, 400}, {784, 400, batch}})
      measure(p);
  return list;
}

/// The convolutions of Burgess' network, 4 x 4 of stride 2, with both gradients.
nlohmann::json conv_speeds() {
  auto list = nlohmann::json::array();
  Window window;
  for (int axis = 0; axis < 2; ++axis) {
    window.kernel[axis] = 4;
    window.stride[axis] = 2;
    window.padding[axis] = 1;
  }
  Attributes attributes;
  attributes.window = window;
  double speed = 0;
  const auto measure = [&](const char* what, const Shape& out, double flops,
                           const std::function<void(const Tensor&)>& into) {
    const double guess = speed > 0 ? flops / speed : 0.01;
    if (guess > 0.5) return;
    speed = flops / replayed_seconds(out, guess, into);
    list.push_back({{"what", what},
                    {"out", out.str()},
                    {"us", flops / speed * 1e6},
                    {"tflops", speed / 1e12}});
  };
  constexpr std::int64_t channels = 32;
  for (const std::int64_t batch : {64, 512})
    for (const auto& [side, in] : {std::pair<std::int64_t, std::int64_t>{64, 1},
                                   {32, channels},
                                   {16, channels},
                                   {8, channels}}) {
      const Shape small{batch, side / 2, side / 2, channels}, large{batch, side, side, in};
      const Tensor x = rand(large), g = rand(small), w = rand({channels, 4, 4, in});
      const double flops = 2.0 * static_cast<double>(small.numel()) * 16 * static_cast<double>(in);
      measure("conv2d", small, flops, [&](const Tensor& out) {
        apply_into(Op::conv2d, {x, w}, {out}, attributes);
      });
      measure("conv_transpose2d", large, flops, [&, side = side](const Tensor& out) {
        Attributes to = attributes;
        to.shape = {side, side};
        apply_into(Op::conv_transpose2d, {g, w}, {out}, to);
      });
      measure("conv2d_weight_gradient", w.shape(), flops, [&](const Tensor& out) {
        apply_into(Op::conv2d_weight_gradient, {x, g}, {out}, attributes);
      });
    }
  return list;
}

double copy_bytes_per_second() {
  constexpr std::int64_t count = 1 << 24;
  const Tensor from = rand({count});
  Tensor to;
  const double seconds = median_seconds([&] { to = from.clone(); }, 0.3);
  return 2.0 * sizeof(float) * static_cast<double>(count) / seconds;
}

/// One op that needs the result of the one before it: a maximum over an axis of two. Chains of
/// elementwise ops would become one kernel.
Tensor link(const Tensor& x) { return max(x, {1}, true).expand({64, 2}); }

/// Microseconds for each op of a replayed chain: the difference between a long and a short one.
double replayed_us_per_op() {
  constexpr int longer = 512;
  constexpr int shorter = 12;
  const auto seconds = [](int count) {
    Captured chain = capture([count](const Tensors& in) -> Tensors {
      Tensor x = in[0];
      for (int i = 0; i < count; ++i) x = link(x);
      return {x.contiguous()};
    });
    const Tensor input = rand({64, 2});
    for (int i = 0; i < 3; ++i) chain({input});
    return median_seconds([&] { chain({input}); }, 0.2);
  };
  return (seconds(longer) - seconds(shorter)) / (longer - shorter) * 1e6;
}

/// A number, from a captured step of one op to the host.
double answer_us() {
  const Tensor input = rand({64, 2});
  Captured step = capture([](const Tensors& in) -> Tensors { return {sum(in[0])}; });
  for (int i = 0; i < 3; ++i) step({input})[0].item();
  return median_seconds([&] { step({input})[0].item(); }, 0.1) * 1e6;
}

/// An array of the host, as often as it comes.
double upload_bytes_per_second() {
  constexpr std::int64_t count = 1 << 20;
  const std::vector<float> values(count, 1.0F);
  Tensor to = Tensor::zeros({count});
  const double seconds = median_seconds([&] { to.upload(std::span<const float>(values)); }, 0.1);
  return sizeof(float) * static_cast<double>(count) / seconds;
}

double eager_us_per_op() {
  constexpr int count = 256;
  const Tensor input = rand({64, 2});
  const double seconds = median_seconds(
      [&] {
        Tensor x = input;
        for (int i = 0; i < count; ++i) x = link(x);
      },
      0.2);
  return seconds / count * 1e6;
}

}  // namespace

void bench_device(const BenchOptions& options, const OpenDevice& device) {
  const NoGrad no_grad;
  const double peak = peak_flops(device.backend());
  nlohmann::json out{{"backend", device.backend()},
                     {"copy_gb_per_second", copy_bytes_per_second() / 1e9},
                     {"upload_gb_per_second", upload_bytes_per_second() / 1e9},
                     {"answer_us", answer_us()},
                     {"replayed_us_per_op", replayed_us_per_op()},
                     {"eager_us_per_op", eager_us_per_op()},
                     {"matmul", matmul_speeds()},
                     {"conv", conv_speeds()}};
  if (peak > 0) out["fma_peak_tflops"] = peak / 1e12;
  if (options.json) {
    fmt::print("{}\n", out.dump());
    return;
  }
  fmt::print("{:<30}{}\n", "device", device.backend());
  if (peak > 0) fmt::print("{:<30}{:.4g} TFLOP/s\n", "f32 multiply-adds alone", peak / 1e12);
  fmt::print("{:<30}{:.4g} GB/s\n", "copy (read and written)",
             out["copy_gb_per_second"].get<double>());
  fmt::print("{:<30}{:.3g} us an op\n", "replayed chain", out["replayed_us_per_op"].get<double>());
  fmt::print("{:<30}{:.3g} us an op\n", "eager chain", out["eager_us_per_op"].get<double>());
  fmt::print("{:<30}{:.3g} GB/s\n", "upload", out["upload_gb_per_second"].get<double>());
  fmt::print("{:<30}{:.3g} us\n", "an op and its answer", out["answer_us"].get<double>());
  const auto row = [&](const std::string& name, const nlohmann::json& entry) {
    const double tflops = entry["tflops"];
    fmt::print("{:<46}{:>10.1f} us {:>8.4g} TFLOP/s{}\n", name, entry["us"].get<double>(), tflops,
               peak > 0 ? fmt::format(", {:.0f}% of it", 1e14 * tflops / peak) : "");
  };
  for (const auto& entry : out["matmul"])
    row(fmt::format("matmul {} x {} x {}", entry["m"].get<int>(), entry["n"].get<int>(),
                    entry["k"].get<int>()),
        entry);
  for (const auto& entry : out["conv"])
    row(fmt::format("{} -> {}", entry["what"].get<std::string>(), entry["out"].get<std::string>()),
        entry);
}

}  // namespace varve::studio
