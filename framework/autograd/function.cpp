#include "framework/autograd/function.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"

namespace varve {
namespace {

/// A saved tensor. Results are saved as numbers: a node that held its own results would never go.
struct Kept {
  enum class From { input, output, elsewhere } from;
  std::size_t index = 0;
  Tensor tensor{};
  std::uint64_t writes = 0;
};

class Rule {
 public:
  Rule(const CustomFunction& function, const Saved& saved, const Tensors& inputs,
       const Tensors& outputs)
      : name_(function.name), backward_(function.backward) {
    const auto find = [](const Tensors& in, const Tensor& tensor) {
      const auto same = [&](const Tensor& other) { return other.impl() == tensor.impl(); };
      return static_cast<std::size_t>(std::find_if(in.begin(), in.end(), same) - in.begin());
    };
    for (std::size_t i = 0; i < saved.size(); ++i) {
      const auto input = find(inputs, saved[i]), output = find(outputs, saved[i]);
      if (input < inputs.size())
        kept_.push_back({Kept::From::input, input});
      else if (output < outputs.size())
        kept_.push_back({Kept::From::output, output});
      else
        kept_.push_back({Kept::From::elsewhere, 0, saved[i], saved[i].impl()->writes()});
    }
  }

  Tensors operator()(const GradientContext& context) const {
    Saved saved;
    for (const auto& kept : kept_) saved.save(found(kept, context));
    Tensors gradients = context.grads;
    for (std::size_t i = 0; i < context.outputs.size(); ++i) {
      const auto& y = context.out(i);
      gradients.resize(context.outputs.size());
      if (!gradients[i].defined()) gradients[i] = Tensor::zeros(y.shape(), y.dtype(), y.device());
    }
    const Tensors result = backward_(saved, gradients);
    check(result, context.inputs);
    return result;
  }

 private:
  static Tensor found(const Kept& kept, const GradientContext& context) {
    if (kept.from == Kept::From::input) return context.in(kept.index);
    if (kept.from == Kept::From::output) return context.out(kept.index);
    if (kept.tensor.impl()->writes() == kept.writes) return kept.tensor;
    Tensor stale = kept.tensor.detach();
    stale.impl()->stale = true;
    return stale;
  }

  void check(const Tensors& result, const Tensors& inputs) const {
    if (result.size() != inputs.size())
      fail(ErrorKind::usage, "[{}] backward returned {} gradients for {} inputs", name_,
           result.size(), inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (result[i].defined() && !(result[i].spec() == inputs[i].spec()))
        fail(ErrorKind::usage, "[{}] backward returned a gradient of {} {} for input {} of {} {}",
             name_, result[i].shape().str(), varve::name(result[i].dtype()), i,
             inputs[i].shape().str(), varve::name(inputs[i].dtype()));
  }

  std::string name_;
  std::function<Tensors(const Saved&, const Tensors&)> backward_;
  std::vector<Kept> kept_;
};

}  // namespace

const Tensor& Saved::operator[](std::size_t index) const {
  if (index >= tensors_.size())
    fail(ErrorKind::usage, "[custom function] saved tensor {} was asked for, {} were saved", index,
         tensors_.size());
  return tensors_[index];
}

Tensors apply(const CustomFunction& function, const Tensors& inputs) {
  if (inputs.empty()) fail(ErrorKind::usage, "[{}] needs an input", function.name);
  for (const auto& input : inputs) require_computed(input);
  Saved saved;
  Tensors outputs;
  {
    const NoGrad guard;
    outputs = function.forward(saved, inputs);
  }
  if (outputs.empty()) fail(ErrorKind::usage, "[{}] forward returned nothing", function.name);
  const bool graph =
      grad_enabled() &&
      std::any_of(inputs.begin(), inputs.end(), [](const Tensor& x) { return x.requires_grad(); });
  if (!graph) return outputs;
  Tensors results;  // handles of their own: forward may hand an input through
  for (const auto& output : outputs) results.push_back(output.detach());
  const auto node = std::make_shared<Node>(Op::copy, Rule(function, saved, inputs, outputs), inputs,
                                           results, Attributes{});
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!is_floating(results[i].dtype())) continue;
    results[i].impl()->node = node;
    results[i].impl()->output = i;
  }
  return results;
}

}  // namespace varve
