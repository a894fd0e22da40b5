#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "framework/autograd/autograd.h"
#include "framework/backend/decorators.h"
#include "tests/conformance/harness.h"

namespace varve::conformance {
namespace {

constexpr std::int64_t moderate = 2000;  ///< elements of a case that are worth reading back often

/// What the op gives in memory of its own.
std::vector<std::vector<std::byte>> bytes_of(const Tensors& tensors) {
  std::vector<std::vector<std::byte>> out;
  for (const auto& tensor : tensors) out.push_back(tensor.to_array().bytes);
  return out;
}

/// Writes the results into views of larger memory, and looks at what lies around them.
std::string write_into(Layout layout, const Device& device, Op op, const Case& sample) {
  const auto dense = run(op, sample, DType::f32, device);
  Case targets;
  for (const auto& result : dense)
    targets.in.push_back({result.shape(), Values::whole, layout, result.dtype()});
  const auto memory = make_bases(targets, DType::f32, device);
  auto outputs = arrange(targets, memory);
  const auto before = bytes_of(memory);
  Tensors content;
  for (const auto& output : outputs) content.push_back(output.clone());

  apply_into(op, make_inputs(sample, DType::f32, device), outputs,
             attributes_of(op, sample, DType::f32));

  // A sum may be added up in another order for another layout; an element is an element.
  const auto tolerance = is_elementwise(op) ? Tolerance{0, 0} : row(op).tolerance;
  if (auto problem = compare(outputs, dense, largest(dense), tolerance); !problem.empty())
    return "into a strided view, " + problem;
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i].assign(content[i]);
  return bytes_of(memory) == before ? "" : "memory beside a strided view was written";
}

/// Results that go in place of inputs, together.
struct InPlace {
  std::vector<std::size_t> in, out;
};

std::vector<InPlace> in_place_uses(Op op, const Case& sample) {
  if (op == Op::adam_step) return {{{0, 2, 3}, {0, 1, 2}}};
  std::vector<InPlace> uses;
  const auto signature = signature_of(op, sample, DType::f32);
  for (std::size_t i = 0; i < signature.in.size(); ++i)
    if (is_elementwise(op) && signature.in[i] == signature.out[0]) uses.push_back({{i}, {0}});
  return uses;
}

std::string overwrite_inputs(const Device& device, Op op, const Case& sample) {
  const auto inputs = make_inputs(sample, DType::f32, device);
  const auto attributes = attributes_of(op, sample, DType::f32);
  for (const auto& use : in_place_uses(op, sample)) {
    Tensors used = inputs;
    Tensors outputs(use.out.size());
    for (std::size_t k = 0; k < use.in.size(); ++k)
      outputs[use.out[k]] = used[use.in[k]] = inputs[use.in[k]].clone();
    const auto want = bytes_of(apply(op, inputs, attributes));
    apply_into(op, used, outputs, attributes);
    if (bytes_of(outputs) != want)
      return fmt::format("in place of input {} it gives other values", use.in[0]);
  }
  return "";
}

bool dense_only(Op op) { return op == Op::random || op == Op::adam_step; }

/// Checks every command on every device while it lives.
struct Checked {
  Checked() {
    for (const auto& device : devices()) device.push(std::make_unique<Check>(device.backend()));
  }
  ~Checked() {
    for (const auto& device : devices()) device.pop();
  }
};

}  // namespace

TEST_SUITE("conformance: memory") {
  TEST_CASE("results go into any view, and nowhere else") {
    for_every_case([](const Device& device, Op op, const Case& sample) -> std::string {
      if (row(op).family == OpFamily::view || dense_only(op) || size_of(sample) > moderate)
        return "";
      for (const auto layout : {Layout::stepped, Layout::inner, Layout::reversed})
        if (auto problem = write_into(layout, device, op, sample); !problem.empty()) return problem;
      return "";
    });
  }

  TEST_CASE("an elementwise op and adam_step may overwrite an input") {
    for_every_case([](const Device& device, Op op, const Case& sample) -> std::string {
      if (row(op).family == OpFamily::view || sample.in.empty()) return "";
      return overwrite_inputs(device, op, sample);
    });
  }

  TEST_CASE("forward and backward pass the check decorator") {
    const Checked guard;
    for_every_case([](const Device& device, Op op, const Case& sample) -> std::string {
      if (size_of(sample) > moderate) return "";
      const auto outputs = run(op, sample, DType::f32, device);
      const auto flags = differentiable(sample);
      const bool any = std::find(flags.begin(), flags.end(), true) != flags.end();
      if (!any || row(op).gradient == no_gradient || !is_floating(outputs[0].dtype())) return "";
      gradients(
          [&](const Tensors& in) { return apply(op, in, attributes_of(op, sample, DType::f32)); },
          make_inputs(sample, DType::f32, device), flags);
      return "";
    });
  }
}

}  // namespace varve::conformance
