#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/varve/bench.h"
#include "framework/autograd/autograd.h"
#include "framework/backend/registry.h"
#include "framework/program/capture.h"
#include "framework/tensor/functional.h"

namespace varve::app {
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

/// 0 if the backend has no kernel that tells.
double peak_flops(const std::string& device) {
  const auto colon = device.find(':');
  const std::string name = device.substr(0, colon);
  for (const auto& entry : registered_backends())
    if (entry.name == name && entry.peak_flops)
      return entry.peak_flops(colon == std::string::npos ? "" : device.substr(colon + 1));
  return 0;
}

/// Square products, each four times the work of a quarter of a second at the last one's speed at
/// most: a slow device stops early.
nlohmann::json matmul_speeds() {
  auto list = nlohmann::json::array();
  double speed = 0;
  for (const std::int64_t n : {256, 512, 1024, 2048, 4096}) {
    const double flops = 2.0 * static_cast<double>(n) * static_cast<double>(n * n);
    if (speed > 0 && flops / speed > 2.0) break;
    const Tensor a = rand({n, n});
    const Tensor b = rand({n, n});
    Tensor c;
    speed = flops / median_seconds([&] { c = matmul(a, b); }, 0.3);
    list.push_back({{"size", n}, {"tflops", speed / 1e12}});
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
                     {"replayed_us_per_op", replayed_us_per_op()},
                     {"eager_us_per_op", eager_us_per_op()},
                     {"matmul", matmul_speeds()}};
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
  for (const auto& entry : out["matmul"]) {
    const double tflops = entry["tflops"];
    fmt::print("{:<30}{:.4g} TFLOP/s{}\n",
               fmt::format("matmul {0} x {0} x {0}", entry["size"].get<int>()), tflops,
               peak > 0 ? fmt::format(", {:.0f}% of it", 1e14 * tflops / peak) : "");
  }
}

}  // namespace varve::app
