#include <doctest/doctest.h>

#include <algorithm>

#include "framework/autograd/autograd.h"
#include "framework/tensor/functional.h"
#include "tests/conformance/harness.h"

namespace varve::conformance {
namespace {

constexpr std::int64_t small = 64;  ///< elements: differences cost two runs for each
constexpr std::int64_t tiny = 12;   ///< and those of the gradient as many gradients

bool has_gradient(Op op, const Case& sample) {
  if (row(op).gradient == no_gradient) return false;
  const auto flags = differentiable(sample);
  return std::find(flags.begin(), flags.end(), true) != flags.end() &&
         is_floating(specs_of(op, sample, DType::f32)[0].dtype);
}

/// The results, flattened and joined, as a function of the bases of the inputs that have a
/// gradient: the layouts are part of it.
Tensor joined(Op op, const Case& sample, const Tensors& bases, const Tensors& leaves) {
  const auto flags = differentiable(sample);
  Tensors all = bases;
  std::size_t next = 0;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (flags[i]) all[i] = leaves[next++];
  Tensors parts;
  for (const auto& output : apply(op, arrange(sample, all), attributes_of(op, sample, DType::f64)))
    parts.push_back(output.reshape({output.numel()}));
  return parts.size() == 1 ? parts[0] : concat(parts, 0);
}

std::string gradcheck_case(const Device& device, Op op, const Case& sample) {
  if (!has_gradient(op, sample) || size_of(sample) > small || !computes_in_f64(device)) return "";
  const auto bases = make_bases(sample, DType::f64, device);
  const auto flags = differentiable(sample);
  Tensors leaves;
  for (std::size_t i = 0; i < bases.size(); ++i)
    if (flags[i]) leaves.push_back(bases[i].detach().set_requires_grad());

  const auto first =
      gradcheck([&](const Tensors& moved) { return joined(op, sample, bases, moved); }, leaves);
  if (!first || size_of(sample) > tiny) return first.message;
  GradcheckOptions options;
  options.second_order = true;
  // Squared, so that a linear op has a second derivative, too.
  return gradcheck([&](const Tensors& moved) { return square(joined(op, sample, bases, moved)); },
                   leaves, options)
      .message;
}

Tensors gradients_of(const Device& device, Op op, const Case& sample, DType floating) {
  return gradients(
      [&](const Tensors& bases) {
        return apply(op, arrange(sample, bases), attributes_of(op, sample, floating));
      },
      make_bases(sample, floating, device), differentiable(sample));
}

}  // namespace

TEST_SUITE("conformance: gradient") {
  TEST_CASE("f64 agrees with finite differences, to the second order where that is cheap") {
    for (const auto& device : devices())
      if (!computes_in_f64(device))
        MESSAGE("not tested: " << device.name() << " has no f64; its f32 gradients are compared");
    for_every_case(gradcheck_case);
  }

  TEST_CASE("f32 agrees with the reference in f64") {
    for_every_case([](const Device& device, Op op, const Case& sample) -> std::string {
      if (!has_gradient(op, sample)) return "";
      const auto got = gradients_of(device, op, sample, DType::f32);
      const auto want = gradients_of(reference(), op, sample, DType::f64);
      return compare(got, want, largest(want), {2e-5, 1e-4});
    });
  }
}

}  // namespace varve::conformance
