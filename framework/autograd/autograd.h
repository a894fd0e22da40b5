#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "framework/backend/backend.h"
#include "framework/ops/op.h"
#include "framework/tensor/tensor.h"

namespace varve {

/// What a gradient rule sees. `grads[i]` may be undefined when nothing flows into output i.
struct GradientContext {
  Op op;
  const Tensors& inputs;
  const Tensors& outputs;
  const Tensors& grads;
  const Attributes& attributes;
  const std::vector<bool>& needed;  ///< which inputs want a gradient

  const Tensor& in(std::size_t i) const { return inputs[i]; }
  const Tensor& out(std::size_t i = 0) const { return outputs[i]; }
  const Tensor& grad(std::size_t i = 0) const { return grads[i]; }
  bool needs(std::size_t i) const { return needed[i]; }
};

/// One gradient per input, undefined where it is not needed. Written in ordinary ops, so that it
/// runs on every backend, can be captured, and can be differentiated again.
using GradientRule = Tensors (*)(const GradientContext&);

/// One op in the graph: what went in, what came out, and how gradients flow back.
///
/// It keeps the handles of its inputs and the memory of its outputs, not copies: backward() throws
/// ErrorKind::usage if a rule reads one that was written in place in the meantime.
class Node : public std::enable_shared_from_this<Node> {
 public:
  Node(Op op, std::function<Tensors(const GradientContext&)> rule, Tensors inputs,
       std::span<const Tensor> outputs, const Attributes& attributes);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  Op op() const { return op_; }
  const Tensors& inputs() const { return inputs_; }
  std::size_t output_count() const { return outputs_.size(); }
  /// Gradients for the inputs that need one, given those of the outputs.
  Tensors backward(const Tensors& grads, const std::vector<bool>& needed);
  /// Drops all that it has kept; backward() cannot be called any more.
  void release();
  bool released() const { return released_; }

  /// See Tensor::on_gradient.
  void add_hook(std::size_t output, GradientHook hook);
  /// A gradient of an output after that output's hooks.
  Tensor hooked(std::size_t output, Tensor gradient) const;

 private:
  struct Output {
    View view;  ///< without a graph: a node does not own itself
    std::shared_ptr<Moved> moved;
  };

  Device device_;  // first: it outlives the memory
  Op op_;
  bool released_ = false;
  std::function<Tensors(const GradientContext&)> rule_;
  Tensors inputs_;
  Few<Output, 1> outputs_;
  Few<std::uint64_t, 4> writes_;  ///< of inputs, then outputs, when they were kept
  std::vector<std::pair<std::size_t, GradientHook>> hooks_;
  Attributes attributes_;
};

/// What a hook makes of a gradient. Throws ErrorKind::usage if its shape or dtype is another.
Tensor after_hook(const GradientHook& hook, const Tensor& gradient);

/// d loss / d input for each input, where `loss` has one element. With create_graph the results can
/// be differentiated again. An input that loss does not depend on gets zeros. The graph stays.
/// Throws ErrorKind::usage if loss has more than one element or no gradient flows to it, if a value
/// that is needed was overwritten in the meantime, or if backward() has consumed the graph.
Tensors grad(const Tensor& loss, const Tensors& inputs, bool create_graph = false);
/// The general form: seeds[i] is the gradient of outputs[i].
Tensors grad(const Tensors& outputs, const Tensors& seeds, const Tensors& inputs,
             bool create_graph = false);

/// Adds d loss / d leaf to the grad() of every leaf that requires it, and frees what the graph has
/// kept as soon as it is used, unless keep_graph is set. Errors as grad().
void backward(const Tensor& loss, bool keep_graph = false);

/// While it lives, ops on this thread do not build the graph.
class NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool before_;
};
/// While it lives, ops on this thread build the graph, also inside of a NoGrad.
class EnableGrad {
 public:
  EnableGrad();
  ~EnableGrad();
  EnableGrad(const EnableGrad&) = delete;
  EnableGrad& operator=(const EnableGrad&) = delete;

 private:
  bool before_;
};
/// Whether ops on this thread build the graph.
bool grad_enabled();

struct GradcheckOptions {
  double step = 1e-6;
  double absolute = 1e-5;
  double relative = 1e-3;
  bool second_order = false;  ///< checks the gradient of the gradient as well
};
struct GradcheckResult {
  bool ok = true;
  std::string message;  ///< which input and element, the two values, when not ok
  explicit operator bool() const { return ok; }
};
/// Compares gradients with central differences. `inputs` must be f64 and require gradients; the
/// result of `function` may have any shape (a fixed random projection makes it a scalar).
GradcheckResult gradcheck(const std::function<Tensor(const Tensors&)>& function,
                          const Tensors& inputs, const GradcheckOptions& options = {});

}  // namespace varve
