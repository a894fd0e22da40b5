#include <doctest/doctest.h>

#include "framework/autograd/autograd.h"
#include "framework/backend/compare.h"
#include "tests/conformance/harness.h"

namespace varve::conformance {
namespace {

/// Rows that this backend has a kernel for and does not need to have.
bool runs_fused(const Device& device, Op op, const Case& sample) {
  return row(op).decomposition &&
         device.backend().supports(op, signature_of(op, sample, DType::f32));
}

using Function = std::function<Tensors(const Tensors&)>;

Function fused(Op op, const Case& sample) {
  return [op, attributes = attributes_of(op, sample, DType::f32)](const Tensors& inputs) {
    return apply(op, inputs, attributes);
  };
}

Function decomposed(Op op, const Case& sample) {
  return [op, attributes = attributes_of(op, sample, DType::f32)](const Tensors& inputs) {
    return row(op).decomposition(inputs, attributes);
  };
}

}  // namespace

TEST_SUITE("conformance: fused") {
  TEST_CASE("a fused kernel computes what its decomposition does") {
    for_every_case([](const Device& device, Op op, const Case& sample) -> std::string {
      if (!runs_fused(device, op, sample)) return "";
      const auto inputs = make_inputs(sample, DType::f32, device);
      Tensors scale;
      if (accumulates(op)) scale = magnitudes(op, inputs, attributes_of(op, sample, DType::f32));
      return compare(fused(op, sample)(inputs), decomposed(op, sample)(inputs), scale,
                     row(op).tolerance);
    });
  }

  TEST_CASE("a fused row has the gradient of its decomposition") {
    for_every_case([](const Device& device, Op op, const Case& sample) -> std::string {
      if (!runs_fused(device, op, sample) || row(op).gradient == no_gradient) return "";
      if (!is_floating(specs_of(op, sample, DType::f32)[0].dtype)) return "";
      const auto inputs = make_inputs(sample, DType::f32, device);
      const auto flags = differentiable(sample);
      const auto want = gradients(decomposed(op, sample), inputs, flags);
      return compare(gradients(fused(op, sample), inputs, flags), want, largest(want),
                     {2e-5, 1e-4});
    });
  }
}

}  // namespace varve::conformance
