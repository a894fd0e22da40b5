#include "framework/autograd/autograd.h"

#include <functional>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "framework/core/error.h"
#include "framework/core/recycled.h"
#include "framework/ops/table.h"
#include "framework/program/recorder.h"
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

/// From what is looked up in every step to its place.
template <class Key>
using Places =
    std::unordered_map<const Key*, std::size_t, std::hash<const Key*>, std::equal_to<const Key*>,
                       Recycled<std::pair<const Key* const, std::size_t>>>;

/// The nodes that lead to `outputs`, each after all that it depends on. Iterative: graphs are deep.
class Graph {
 public:
  explicit Graph(const Tensors& outputs) {
    struct Frame {
      std::shared_ptr<Node> node;
      std::size_t next;
    };
    std::vector<Frame> stack;
    const auto enter = [&](const Tensor& tensor) {
      if (!tensor.defined()) return;
      const auto& node = tensor.impl()->node;
      if (node && node->released())
        fail(ErrorKind::usage,
             "[backward] this graph was consumed by an earlier backward(); give that one "
             "keep_graph, or compute the loss anew");
      if (node && index_.try_emplace(node.get(), 0).second) stack.push_back({node, 0});
    };
    for (const auto& output : outputs) {
      enter(output);
      while (!stack.empty()) {
        auto& frame = stack.back();
        if (frame.next < frame.node->inputs().size()) {
          enter(frame.node->inputs()[frame.next++]);
        } else {
          index_[frame.node.get()] = order_.size();
          order_.push_back(std::move(frame.node));
          stack.pop_back();
        }
      }
    }
  }

  /// They are held: a node that is released lets go of those before it.
  const std::vector<std::shared_ptr<Node>>& order() const { return order_; }
  std::size_t index(const Node* node) const { return index_.at(node); }

 private:
  std::vector<std::shared_ptr<Node>> order_;
  Places<Node> index_;
};

/// One walk backwards through a graph, from seeded outputs to wanted places; what does not lead to
/// one is skipped.
class Flow {
 public:
  /// `wanted`: places to keep; without them every leaf that requires a gradient.
  Flow(const Tensors& outputs, const std::vector<Place>* wanted)
      : outputs_(outputs), graph_(outputs), all_leaves_(wanted == nullptr) {
    if (wanted != nullptr) wanted_.insert(wanted->begin(), wanted->end());
    const auto count = graph_.order().size();
    useful_.resize(count);
    arrived_.resize(count);
    for (std::size_t i = 0; i < count; ++i)
      for (const auto& input : graph_.order()[i]->inputs())
        if (leads_on(input)) useful_[i] = true;
  }

  void run(const Tensors& seeds, bool release) {
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      if (!seeds[i].defined()) continue;
      if (seeds[i].shape() != outputs_[i].shape())
        fail(ErrorKind::usage, "[grad] the seed of a result of {} must have its shape, got {}",
             outputs_[i].shape().str(), seeds[i].shape().str());
      add(outputs_[i], seeds[i]);
    }
    for (std::size_t i = graph_.order().size(); i-- > 0;) {
      pass(*graph_.order()[i], i);
      if (release) graph_.order()[i]->release();
    }
    for (auto& [leaf, gradient] : leaves_)
      if (leaf->of_leaf)
        for (const auto& hook : leaf->of_leaf->hooks) gradient = after_hook(hook, gradient);
  }

  /// The gradient at a wanted place; undefined where none arrived.
  Tensor at(const Place& place) const {
    const auto found = kept_.find(place);
    return found == kept_.end() ? Tensor() : found->second;
  }
  /// The leaves that gradients have reached, in the order in which they were reached.
  const std::vector<std::pair<std::shared_ptr<Tensor::Impl>, Tensor>>& leaves() const {
    return leaves_;
  }

 private:
  bool leads_on(const Tensor& input) const {
    if (!input.requires_grad()) return false;
    if (!wanted_.empty() && wanted_.contains(place_of(input))) return true;
    const auto& node = input.impl()->node;
    return node ? useful_[graph_.index(node.get())] : all_leaves_;
  }

  void add(const Tensor& target, const Tensor& gradient) {
    const auto& impl = target.impl();
    Tensor* slot = nullptr;
    if (impl->node) {
      auto& arrived = arrived_[graph_.index(impl->node.get())];
      arrived.resize(impl->node->output_count());
      slot = &arrived[impl->output];
    } else {
      const auto [entry, fresh] = leaf_index_.try_emplace(impl.get(), leaves_.size());
      if (fresh) leaves_.emplace_back(impl, Tensor());
      slot = &leaves_[entry->second].second;
    }
    *slot = slot->defined() ? *slot + gradient : gradient;
  }

  void pass(Node& node, std::size_t index) {
    Tensors incoming = std::exchange(arrived_[index], {});
    if (incoming.empty()) return;
    for (std::size_t i = 0; i < incoming.size(); ++i) {
      if (!incoming[i].defined()) continue;
      incoming[i] = node.hooked(i, std::move(incoming[i]));
      if (!wanted_.empty() && wanted_.contains({&node, i})) kept_[{&node, i}] = incoming[i];
    }
    if (!useful_[index]) return;
    needed_.clear();
    for (const auto& input : node.inputs()) needed_.push_back(leads_on(input));
    const auto outgoing = node.backward(incoming, needed_);
    for (std::size_t i = 0; i < outgoing.size(); ++i)
      if (needed_[i] && outgoing[i].defined()) add(node.inputs()[i], outgoing[i]);
  }

  const Tensors& outputs_;
  Graph graph_;
  bool all_leaves_;
  std::set<Place> wanted_;
  std::vector<bool> useful_;      ///< nodes from which a wanted place is reached
  std::vector<Tensors> arrived_;  ///< gradients of each node's outputs, until it is passed
  std::map<Place, Tensor> kept_;
  std::vector<std::pair<std::shared_ptr<Tensor::Impl>, Tensor>> leaves_;
  Places<Tensor::Impl> leaf_index_;
  std::vector<bool> needed_;  ///< of the node that is passed
};

void require_scalar(const Tensor& loss) {
  if (loss.numel() != 1)
    fail(ErrorKind::usage, "[grad] the loss must have one element, it is {}; reduce it first",
         loss.shape().str());
  if (!loss.requires_grad())
    fail(ErrorKind::usage,
         "[grad] nothing flows to the loss: no input requires a gradient, or it was detached");
}

void accumulate(const std::shared_ptr<Tensor::Impl>& impl, const Tensor& gradient) {
  auto& leaf = impl->leaf();
  if (leaf.grad.defined()) {
    apply_into(Op::add, {leaf.grad, gradient}, {leaf.grad});
    return;
  }
  if (leaf.slot.defined()) {
    leaf.slot.assign(gradient);
    leaf.grad = leaf.slot;
  } else {
    leaf.grad = gradient.clone();  // rules may hand one tensor to several inputs
  }
  if (auto* recorder = Recorder::of(impl->device))
    recorder->on_failure([impl] { impl->leaf().grad = Tensor(); });
}

}  // namespace

NoGrad::NoGrad() : before_(std::exchange(building, false)) {}
NoGrad::~NoGrad() { building = before_; }
EnableGrad::EnableGrad() : before_(std::exchange(building, true)) {}
EnableGrad::~EnableGrad() { building = before_; }
bool grad_enabled() { return building; }

Tensor after_hook(const GradientHook& hook, const Tensor& gradient) {
  const Tensor changed = hook(gradient);
  if (!changed.defined()) return gradient;
  if (!(changed.spec() == gradient.spec()))
    fail(ErrorKind::usage, "[on_gradient] a hook made {} {} of a gradient of {} {}",
         changed.shape().str(), name(changed.dtype()), gradient.shape().str(),
         name(gradient.dtype()));
  return changed;
}

Tensors grad(const Tensors& outputs, const Tensors& seeds, const Tensors& inputs,
             bool create_graph) {
  if (seeds.size() != outputs.size())
    fail(ErrorKind::usage, "[grad] {} results need a seed each, got {}", outputs.size(),
         seeds.size());
  std::vector<Place> wanted;
  for (const auto& input : inputs) {
    if (!input.requires_grad())
      fail(ErrorKind::usage, "[grad] an input of {} does not require a gradient",
           input.shape().str());
    wanted.push_back(place_of(input));
  }
  const auto run = [&] {
    Flow flow(outputs, &wanted);
    flow.run(seeds, false);
    std::map<Place, Tensor> leaves;
    for (const auto& [leaf, gradient] : flow.leaves()) leaves[{leaf.get(), 0}] = gradient;
    Tensors result;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      auto found = inputs[i].impl()->node ? flow.at(wanted[i]) : leaves[wanted[i]];
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

void backward(const Tensor& loss, bool keep_graph) {
  require_scalar(loss);
  const NoGrad guard;
  const Tensors losses{loss};
  Flow flow(losses, nullptr);
  flow.run({Tensor::ones(loss.shape(), loss.dtype(), loss.device())}, !keep_graph);
  for (const auto& [leaf, gradient] : flow.leaves()) accumulate(leaf, gradient);
}

}  // namespace varve
