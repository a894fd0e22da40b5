#include <algorithm>
#include <utility>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"

namespace varve {
namespace {

/// Drops tensors without recursion: a chain of a million nodes must not need a million frames.
void drop(Tensors& tensors) {
  thread_local std::vector<std::shared_ptr<Node>>* waiting = nullptr;
  std::vector<std::shared_ptr<Node>> mine;
  const bool outermost = waiting == nullptr;
  if (outermost) waiting = &mine;
  for (auto& tensor : tensors)
    if (tensor.defined() && tensor.impl().use_count() == 1 && tensor.impl()->node)
      waiting->push_back(std::move(tensor.impl()->node));
  tensors.clear();
  if (!outermost) return;
  while (!mine.empty()) {
    const auto node = std::move(mine.back());
    mine.pop_back();
  }
  waiting = nullptr;
}

}  // namespace

Node::Node(Op op, std::function<Tensors(const GradientContext&)> rule, Tensors inputs,
           std::span<const Tensor> outputs, const Attributes& attributes)
    : device_(inputs[0].device()),
      op_(op),
      rule_(std::move(rule)),
      inputs_(std::move(inputs)),
      attributes_(attributes) {
  outputs_.reserve(outputs.size());
  writes_.reserve(inputs_.size() + outputs.size());
  for (const auto& input : inputs_) writes_.push_back(input.impl()->writes());
  for (const auto& output : outputs) {
    outputs_.push_back({output.view(), output.impl()->move()});
    writes_.push_back(output.impl()->writes());
  }
}

Node::~Node() { drop(inputs_); }

Tensors Node::backward(const Tensors& grads, const std::vector<bool>& needed) {
  Tensors outputs;
  outputs.reserve(outputs_.size());
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    outputs.emplace_back(outputs_[i].view, device_);
    auto& impl = *outputs.back().impl();
    impl.moved = outputs_[i].moved;
    impl.node = shared_from_this();
    impl.output = i;
    impl.stale = impl.writes() != writes_[inputs_.size() + i];
  }
  const auto overwritten = [&](std::size_t i) { return inputs_[i].impl()->writes() != writes_[i]; };
  Tensors marked;  // a copy of the inputs only where one may not be read
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (!overwritten(i)) continue;
    if (marked.empty()) marked = inputs_;
    marked[i] = inputs_[i].detach();
    marked[i].impl()->stale = true;
  }
  return rule_({op_, marked.empty() ? inputs_ : marked, outputs, grads, attributes_, needed});
}

void Node::release() {
  released_ = true;
  rule_ = nullptr;
  outputs_.clear();
  drop(inputs_);
}

void Node::add_hook(std::size_t output, GradientHook hook) {
  hooks_.emplace_back(output, std::move(hook));
}

Tensor Node::hooked(std::size_t output, Tensor gradient) const {
  for (const auto& [which, hook] : hooks_)
    if (which == output) gradient = after_hook(hook, gradient);
  return gradient;
}

}  // namespace varve
