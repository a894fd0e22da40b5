#include "backends/cpu/cpu_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <thread>
#include <utility>

#include "backends/cpu/elementwise.h"
#include "backends/cpu/gemm.h"
#include "backends/cpu/kernel.h"
#include "backends/cpu/memory.h"
#include "backends/cpu/pools.h"
#include "backends/cpu/program.h"
#include "framework/ops/table.h"

namespace varve {

namespace {

constexpr unsigned most_threads = 1024;

unsigned processors() { return std::max(1U, std::thread::hardware_concurrency()); }

unsigned parse_threads(std::string_view argument) {
  if (argument.empty()) return processors();
  unsigned threads = 0;
  const char* end = argument.data() + argument.size();
  const auto [stop, error] = std::from_chars(argument.data(), end, threads);
  if (error != std::errc() || stop != end || threads == 0 || threads > most_threads) {
    fail(ErrorKind::usage, "[cpu] \"{}\" is not a number of threads, use 1 to {}: cpu:2", argument,
         most_threads);
  }
  return threads;
}

bool same_floating(const Signature& s, std::size_t inputs) {
  const DType dtype = s.out[0].dtype;
  return is_floating(dtype) &&
         std::all_of(s.in.begin(), s.in.begin() + static_cast<std::ptrdiff_t>(inputs),
                     [&](const Spec& spec) { return spec.dtype == dtype; });
}

class CpuBackend : public Backend {
 public:
  explicit CpuBackend(unsigned threads) : pools_(threads) {
    cpu::use_one_blas_thread();
    for (std::size_t i = 0; i < op_count; ++i) kernels_[i] = cpu::find_kernel(static_cast<Op>(i));
  }

  std::string_view name() const override { return "cpu"; }

  Buffer allocate(std::size_t bytes) override { return memory_.allocate(bytes); }
  Buffer promise(std::size_t bytes) override { return memory_.promise(bytes); }
  void fulfil(const Buffer& buffer) override { memory_.fulfil(buffer); }

  void upload(const Buffer& to, std::size_t offset, std::span<const std::byte> from) override {
    if (!from.empty()) std::memcpy(to.host() + offset, from.data(), from.size());
  }

  void download(const Buffer& from, std::size_t offset, std::span<std::byte> to) override {
    if (!to.empty()) std::memcpy(to.data(), from.host() + offset, to.size());
  }

  bool supports(Op op, const Signature& s) const override {
    if (kernels_[static_cast<std::size_t>(op)] == nullptr || s.out.empty()) return false;
    switch (op) {
      case Op::iota:
      case Op::max:
      case Op::min:
      case Op::argmax:
      case Op::gather:
      case Op::scatter_add:
      case Op::cumsum:
      case Op::argsort:
        return true;
      case Op::sum:
        return s.in[0].dtype == s.out[0].dtype;
      case Op::random:
        return is_floating(s.out[0].dtype);
      case Op::adam_step:
        return same_floating(s, 5);
      default:
        break;
    }
    if (!is_elementwise(op)) return same_floating(s, s.in.size());
    return cpu::flat_kernel(op, s.in.empty() ? s.out[0].dtype : s.in.back().dtype, s.out[0].dtype,
                            s.attributes) != nullptr;
  }

  void execute(const Command& command) override {
    const bool nothing = std::all_of(command.out.begin(), command.out.end(),
                                     [](const View& view) { return view.shape.numel() == 0; });
    if (nothing) return;
    const cpu::Kernel kernel = kernels_[static_cast<std::size_t>(command.op)];
    if (kernel == nullptr) {
      fail(ErrorKind::usage, "[{}] the cpu backend has no kernel for it", varve::name(command.op));
    }
    const cpu::PoolLease pool(pools_);
    kernel(command, pool.get());
  }

  std::unique_ptr<Program> compile(Recording recording) override {
    return cpu::compile(std::move(recording), memory_, pools_);
  }

 private:
  cpu::MemoryPool memory_;
  cpu::Pools pools_;
  std::array<cpu::Kernel, op_count> kernels_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend(std::string_view argument) {
  return std::make_unique<CpuBackend>(parse_threads(argument));
}

std::vector<DeviceInfo> cpu_devices() {
  return {
      {"cpu", fmt::format("{} processors, {}", processors(), cpu::blas_description()), true, ""}};
}

}  // namespace varve
