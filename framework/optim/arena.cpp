#include "framework/optim/arena.h"

#include <unordered_set>

#include "framework/core/error.h"
#include "framework/ops/table.h"

namespace varve {

ParameterArena::ParameterArena(const Tensors& parameters) {
  if (parameters.empty()) fail(ErrorKind::usage, "[optimizer] there are no parameters to optimize");
  const DType dtype = parameters[0].dtype();
  const Device& device = parameters[0].device();
  const auto step = static_cast<std::int64_t>(64 / size_of(dtype));  // a cache line
  std::int64_t end = 0;
  std::unordered_set<const Tensor::Impl*> seen;
  for (const Tensor& parameter : parameters) {
    if (!seen.insert(parameter.impl().get()).second) continue;
    if (parameter.dtype() != dtype || !(parameter.device() == device))
      fail(ErrorKind::usage,
           "[optimizer] parameters must share dtype and device: {} on {} and {} on {}; use one "
           "optimizer for each",
           name(dtype), device.name(), name(parameter.dtype()), parameter.device().name());
    if (!parameter.requires_grad())
      fail(ErrorKind::usage,
           "[optimizer] a parameter of {} does not require a gradient; leave it out",
           parameter.shape().str());
    parameters_.push_back(parameter);
    offsets_.push_back(end);
    end += (parameter.numel() + step - 1) / step * step;
  }

  values_ = Tensor::zeros({end}, dtype, device);
  gradients_ = Tensor::zeros({end}, dtype, device);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor value = slot(values_, i);
    value.assign(parameters_[i]);
    parameters_[i].rebind(value.view());
    parameters_[i].set_grad(slot(gradients_, i));
    parameters_[i].zero_grad();
  }
}

Tensor ParameterArena::slot(const Tensor& arena, std::size_t i) const {
  const Shape& shape = parameters_[i].shape();
  return arena.slice(0, offsets_[i], offsets_[i] + shape.numel()).reshape(shape);
}

void ParameterArena::zero_grad() {
  for (Tensor& parameter : parameters_) parameter.zero_grad();
}

void ParameterArena::settle() {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    if (!(parameters_[i].view().buffer == values_.view().buffer))
      fail(
          ErrorKind::usage,
          "[optimizer] a parameter of {} has been taken over by another optimizer; keep one of the "
          "two",
          parameters_[i].shape().str());
    const Tensor gradient = parameters_[i].grad();
    Tensor own = slot(gradients_, i);
    if (!gradient.defined())
      own.assign(Tensor::zeros({}, own.dtype(), own.device()));
    else if (!(gradient.view().buffer == gradients_.view().buffer))
      own.assign(gradient);
  }
}

}  // namespace varve
