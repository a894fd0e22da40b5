#include <algorithm>

#include "backends/vulkan/kernel.h"
#include "backends/vulkan/links.h"
#include "framework/ops/table.h"

namespace varve::vulkan {

namespace {

// Shaders have no f64 (see vulkan_backend.cpp).

bool takes_any(const Signature&, const Traits&) { return true; }

bool takes_numbers(const Signature& s, const Traits&) { return s.out[0].dtype != DType::boolean; }

bool takes_f32(const Signature& s, const Traits&) { return s.out[0].dtype == DType::f32; }

}  // namespace

KernelEntry elementwise_kernel(Op op) {
  switch (op) {
    case Op::fill:
    case Op::copy:
      return {};  // creation.cpp
    case Op::less:
    case Op::equal:
    case Op::where:
      return {run_links, takes_any};
    case Op::neg:
    case Op::abs:
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::maximum:
    case Op::minimum:
      return {run_links, takes_numbers};
    default:
      return is_elementwise(op) ? KernelEntry{run_links, takes_f32} : KernelEntry{};
  }
}

}  // namespace varve::vulkan
