#include <span>
#include <utility>

#include "framework/core/error.h"
#include "framework/core/recycled.h"
#include "framework/ops/table.h"

namespace varve {
namespace {

/// Mostly one.
using Results = Few<Tensor, 3>;

Specs specs_of(std::span<const Tensor> tensors) {
  Specs specs;
  specs.reserve(tensors.size());
  for (const auto& tensor : tensors) specs.push_back(tensor.spec());
  return specs;
}

Few<View, 3> views_of(std::span<const Tensor> tensors) {
  Few<View, 3> views;
  views.reserve(tensors.size());
  for (const auto& tensor : tensors) views.push_back(tensor.view());
  return views;
}

void check_inputs(const OpRow& op, const Tensors& inputs) {
  const auto count = static_cast<int>(inputs.size());
  if (count < op.min_arity || (op.max_arity >= 0 && count > op.max_arity))
    fail(ErrorKind::usage, "[{}] takes {} inputs, got {}", op.name, op.min_arity, count);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].defined()) fail(ErrorKind::usage, "[{}] input {} is undefined", op.name, i);
    if (inputs[i].impl()->stale)
      fail(ErrorKind::usage,
           "[{}] a value that this gradient needs was overwritten after it had been used: by "
           "assign(), upload() or an optimizer's step; clone() it before it is used, or call "
           "backward() before it is overwritten",
           op.name);
    require_computed(inputs[i]);
    if (!(inputs[i].device() == inputs[0].device()))
      fail(ErrorKind::usage, "[{}] inputs are on different devices: {} and {}; move one with to()",
           op.name, inputs[0].device().name(), inputs[i].device().name());
  }
}

bool wants_graph(const OpRow& op, const Tensors& inputs) {
  if (!grad_enabled() || op.gradient == &no_gradient) return false;
  for (const auto& input : inputs)
    if (input.requires_grad()) return true;
  return false;
}

/// Whether the device has a kernel, rather than the decomposition.
bool has_kernel(const OpRow& op, const Device& device, const Signature& signature) {
  return op.required() || device.backend().supports(op.op, signature);
}

Tensor run_view(const OpRow& op, const Tensor& input, const Attributes& attributes) {
  Tensor view(op.view(input.view(), attributes), input.device());
  view.impl()->moved = input.impl()->move();
  return view;
}

Results run_kernel(const OpRow& op, const Tensors& inputs, const Signature& signature) {
  const Device& device = inputs[0].device();
  Results outputs;
  outputs.reserve(signature.out.size());
  for (const auto& spec : signature.out)
    outputs.push_back(Tensor::empty(spec.shape, spec.dtype, device));
  device.backend().submit({op.op, views_of(inputs), views_of(outputs), signature.attributes});
  return outputs;
}

Results run(Op which, Tensors inputs, const Attributes& given) {
  const OpRow& op = row(which);
  check_inputs(op, inputs);
  if (inputs.empty())
    fail(ErrorKind::usage, "[{}] has no input to take a device from; use apply_into", op.name);
  Signature signature{specs_of(inputs), {}, given};
  const Attributes& attributes = signature.attributes;
  signature.out = op.shapes(signature.in, signature.attributes);

  const bool decomposed = !op.view && !has_kernel(op, inputs[0].device(), signature);
  // The graph of a decomposition is the decomposition's own.
  if (decomposed && op.gradient == &gradient_of_decomposition)
    return op.decomposition(inputs, attributes);

  const bool graph = wants_graph(op, inputs);
  Results outputs;
  {
    const NoGrad guard;
    if (op.view)
      outputs.push_back(run_view(op, inputs[0], attributes));
    else if (decomposed)
      outputs = op.decomposition(inputs, attributes);
    else
      outputs = run_kernel(op, inputs, signature);
  }
  if (!graph) return outputs;
  // A decomposition may hand an input through; the node needs a handle of its own.
  if (decomposed)
    for (auto& output : outputs) output = output.detach();
  const auto node = make_recycled<Node>(which, op.gradient, std::move(inputs), outputs, attributes);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    outputs[i].impl()->node = node;
    outputs[i].impl()->output = i;
  }
  return outputs;
}

}  // namespace

Tensors apply(Op op, Tensors inputs, const Attributes& attributes) {
  const auto results = run(op, std::move(inputs), attributes);
  return {results.begin(), results.end()};
}

Tensor apply1(Op op, Tensors inputs, const Attributes& attributes) {
  return std::move(run(op, std::move(inputs), attributes)[0]);
}

void apply_into(Op which, const Tensors& inputs, const Tensors& outputs, const Attributes& given) {
  const OpRow& op = row(which);
  check_inputs(op, inputs);
  if (outputs.empty()) fail(ErrorKind::usage, "[{}] has no output to write to", op.name);
  const NoGrad guard;
  Signature signature{specs_of(inputs), {}, given};
  signature.out = op.shapes(signature.in, signature.attributes);
  const auto& results = signature.out;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (i >= results.size() || !(outputs[i].spec() == results[i]))
      fail(ErrorKind::usage, "[{}] output {} is {} {}, and the result is {} {}", op.name, i,
           outputs[i].shape().str(), name(outputs[i].dtype()),
           i < results.size() ? results[i].shape.str() : "none",
           i < results.size() ? name(results[i].dtype) : "");
  for (const auto& output : outputs) output.impl()->written();
  const Device& device = outputs[0].device();
  if (has_kernel(op, device, signature)) {
    device.backend().submit({which, views_of(inputs), views_of(outputs), signature.attributes});
    return;
  }
  const auto values = op.decomposition(inputs, signature.attributes);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Tensor target = outputs[i];
    target.assign(values[i]);
  }
}

}  // namespace varve
