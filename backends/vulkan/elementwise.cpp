#include <algorithm>

#include "backends/vulkan/kernel.h"
#include "backends/vulkan/link_shader.h"
#include "backends/vulkan/links.h"
#include "framework/ops/table.h"

namespace varve::vulkan {

namespace {

// Shaders have no f64 (see vulkan_backend.cpp).

bool takes_any(const Signature&, const Traits&) { return true; }

bool takes_numbers(const Signature& s, const Traits&) { return s.out[0].dtype != DType::boolean; }

bool takes_f32(const Signature& s, const Traits&) { return s.out[0].dtype == DType::f32; }

}  // namespace

/// What the shaders have functions for; the rest are decomposed.
KernelEntry elementwise_kernel(Op op) {
  if (!is_elementwise(op) || op == Op::fill || op == Op::copy) return {};  // creation.cpp
  if (has_function(op, DType::boolean)) return {run_links, takes_any};
  if (has_function(op, DType::i32)) return {run_links, takes_numbers};
  if (has_function(op, DType::f32)) return {run_links, takes_f32};
  return {};
}

}  // namespace varve::vulkan
