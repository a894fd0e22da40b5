#pragma once

#include <functional>
#include <string>
#include <vector>

#include "framework/tensor/tensor.h"

namespace varve {

/// What a CustomFunction keeps from its forward for its backward: inputs, results or others.
class Saved {
 public:
  void save(Tensor tensor) { tensors_.push_back(std::move(tensor)); }
  /// In the order of save(). Throws ErrorKind::usage if there are not so many.
  const Tensor& operator[](std::size_t index) const;
  std::size_t size() const { return tensors_.size(); }

 private:
  Tensors tensors_;
};

/// A differentiable function whose gradient is given, not derived:
///
///     const CustomFunction clipped{
///         "straight_through",
///         [](Saved&, const Tensors& in) { return Tensors{cast(less(zero, in[0]), DType::f32)}; },
///         [](const Saved&, const Tensors& gradients) { return Tensors{gradients[0]}; }};
///     const Tensor y = apply(clipped, {x})[0];
struct CustomFunction {
  std::string name;  ///< for messages
  /// Computes the results, outside of the graph.
  std::function<Tensors(Saved& saved, const Tensors& inputs)> forward;
  /// A gradient for each input, undefined where there is none, given one for each result (zeros
  /// where none arrived). Written in ordinary ops it can be differentiated again.
  std::function<Tensors(const Saved& saved, const Tensors& gradients)> backward;
};

/// Runs forward and notes backward in the graph, if gradients are wanted. Throws ErrorKind::usage
/// if there is no input, if forward returns nothing, or, at backward(), if the gradients do not fit
/// the inputs or a saved tensor was written in place in the meantime and is read.
Tensors apply(const CustomFunction& function, const Tensors& inputs);

}  // namespace varve
