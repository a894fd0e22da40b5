#include "framework/autograd/autograd.h"

#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "framework/core/error.h"
#include "framework/ops/table.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

thread_local bool building = true;

/// A place in the graph: a result of a node, or a leaf.
using Place = std::pair<const void*, std::size_t>;

Place place_of(const Tensor& tensor) {
  const auto& impl = *tensor.impl();
  if (impl.node) return {impl.node.get(), impl.output};
  return {&impl, 0};
}

/// The nodes that lead to `outputs`, each after all that it depends on. Iterative: graphs are deep.
std::vector<Node*> in_order(const Tensors& outputs) {
  std::vector<Node*> order;
  std::unordered_set<Node*> seen;
  struct Frame {
    Node* node;
    std::size_t next;
  };
  std::vector<Frame> stack;
  const auto enter = [&](const Tensor& tensor) {
    auto* node = tensor.defined() ? tensor.impl()->node.get() : nullptr;
    if (node && seen.insert(node).second) stack.push_back({node, 0});
  };
  for (const auto& output : outputs) {
    enter(output);
    while (!stack.empty()) {
      const auto frame = stack.back();
      if (frame.next == frame.node->inputs().size()) {
        order.push_back(frame.node);
        stack.pop_back();
      } else {
        ++stack.back().next;
        enter(frame.node->inputs()[frame.next]);
      }
    }
  }
  return order;
}

class Gradients {
 public:
  void add(const Place& place, const Tensor& gradient) {
    auto& slot = values_[place];
    slot = slot.defined() ? slot + gradient : gradient;
  }
  Tensor find(const Place& place) const {
    const auto found = values_.find(place);
    return found == values_.end() ? Tensor() : found->second;
  }
  void drop(const Place& place) { values_.erase(place); }

 private:
  std::map<Place, Tensor> values_;
};

/// Walks the graph backwards from seeded outputs. `wanted` are the places to keep; every place that
/// does not lead to one is skipped.
Gradients flow(const Tensors& outputs, const Tensors& seeds, const std::vector<Place>& wanted) {
  Gradients gradients;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!seeds[i].defined()) continue;
    if (seeds[i].shape() != outputs[i].shape())
      fail(ErrorKind::usage, "[grad] the seed of a result of {} must have its shape, got {}",
           outputs[i].shape().str(), seeds[i].shape().str());
    gradients.add(place_of(outputs[i]), seeds[i]);
  }
  std::map<Place, bool> is_wanted;
  for (const auto& place : wanted) is_wanted[place] = true;

  const auto order = in_order(outputs);
  std::unordered_set<const void*> useful;  // nodes from which a wanted place is reached
  const auto leads_on = [&](const Tensor& input) {
    if (!input.requires_grad()) return false;
    const auto place = place_of(input);
    return is_wanted.contains(place) || useful.contains(place.first);
  };
  for (auto* node : order)
    for (const auto& input : node->inputs())
      if (leads_on(input)) useful.insert(node);

  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    Node* node = *it;
    if (!useful.contains(node)) continue;
    Tensors incoming;
    bool any = false;
    for (std::size_t i = 0; i < node->output_count(); ++i) {
      incoming.push_back(gradients.find({node, i}));
      any = any || incoming.back().defined();
      if (!is_wanted.contains({node, i})) gradients.drop({node, i});
    }
    if (!any) continue;
    std::vector<bool> needed;
    for (const auto& input : node->inputs()) needed.push_back(leads_on(input));
    const auto outgoing = node->backward(incoming, needed);
    for (std::size_t i = 0; i < outgoing.size(); ++i)
      if (needed[i] && outgoing[i].defined())
        gradients.add(place_of(node->inputs()[i]), outgoing[i]);
  }
  return gradients;
}

void require_scalar(const Tensor& loss) {
  if (loss.numel() != 1)
    fail(ErrorKind::usage, "[grad] the loss must have one element, it is {}; reduce it first",
         loss.shape().str());
  if (!loss.requires_grad())
    fail(ErrorKind::usage,
         "[grad] nothing flows to the loss: no input requires a gradient, or it was detached");
}

void accumulate(Tensor::Impl& leaf, const Tensor& gradient) {
  if (!leaf.grad.defined()) {
    leaf.grad = gradient.clone();  // rules may hand one tensor to several inputs
  } else if (leaf.grad_filled) {
    apply_into(Op::add, {leaf.grad, gradient}, {leaf.grad});
  } else {
    leaf.grad.assign(gradient);
  }
  leaf.grad_filled = true;
}

}  // namespace

NoGrad::NoGrad() : before_(std::exchange(building, false)) {}
NoGrad::~NoGrad() { building = before_; }
EnableGrad::EnableGrad() : before_(std::exchange(building, true)) {}
EnableGrad::~EnableGrad() { building = before_; }
bool grad_enabled() { return building; }

Node::Node(Op op, GradientRule rule, Tensors inputs, const Tensors& outputs, Attributes attributes)
    : device_(inputs[0].device()),
      op_(op),
      rule_(rule),
      inputs_(std::move(inputs)),
      attributes_(attributes) {
  for (const auto& output : outputs) outputs_.push_back(output.view());
}

Tensors Node::backward(const Tensors& grads, const std::vector<bool>& needed) {
  Tensors outputs;
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    outputs.emplace_back(outputs_[i], device_);
    outputs.back().impl()->node = shared_from_this();
    outputs.back().impl()->output = i;
  }
  return rule_({op_, inputs_, outputs, grads, attributes_, needed});
}

Tensors grad(const Tensors& outputs, const Tensors& seeds, const Tensors& inputs,
             bool create_graph) {
  std::vector<Place> wanted;
  for (const auto& input : inputs) {
    if (!input.requires_grad())
      fail(ErrorKind::usage, "[grad] an input of {} does not require a gradient",
           input.shape().str());
    wanted.push_back(place_of(input));
  }
  const auto run = [&] {
    const auto gradients = flow(outputs, seeds, wanted);
    Tensors result;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      auto found = gradients.find(wanted[i]);
      result.push_back(found.defined() ? found
                                       : Tensor::zeros(inputs[i].shape(), inputs[i].dtype(),
                                                       inputs[i].device()));
    }
    return result;
  };
  if (create_graph) {
    const EnableGrad guard;
    return run();
  }
  const NoGrad guard;
  return run();
}

Tensors grad(const Tensor& loss, const Tensors& inputs, bool create_graph) {
  require_scalar(loss);
  const auto seed = Tensor::ones(loss.shape(), loss.dtype(), loss.device());
  return grad(Tensors{loss}, {seed}, inputs, create_graph);
}

void backward(const Tensor& loss) {
  require_scalar(loss);
  const NoGrad guard;
  std::vector<std::shared_ptr<Tensor::Impl>> leaves;
  std::unordered_set<const void*> seen;
  const auto collect = [&](const Tensor& tensor) {
    const auto& impl = tensor.impl();
    if (!impl->node && impl->requires_grad && seen.insert(impl.get()).second)
      leaves.push_back(impl);
  };
  collect(loss);
  for (const auto* node : in_order({loss}))
    for (const auto& input : node->inputs()) collect(input);
  std::vector<Place> wanted;
  for (const auto& leaf : leaves) wanted.push_back({leaf.get(), 0});
  const auto seed = Tensor::ones(loss.shape(), loss.dtype(), loss.device());
  const auto gradients = flow({loss}, {seed}, wanted);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const auto found = gradients.find(wanted[i]);
    if (found.defined()) accumulate(*leaves[i], found);
  }
}

}  // namespace varve
