#include "framework/train/batch_program.h"

#include <utility>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

/// All terms in one tensor, so that reading them back takes one download: [terms].
Tensor joined(const Terms& terms) {
  const NoGrad guard;
  Tensors values;
  for (const auto& [name, value] : terms) {
    if (value.numel() != 1)
      fail(ErrorKind::usage, "[train] the loss term '{}' is {}; reduce it to one number", name,
           value.shape().str());
    values.push_back(cast(value.detach().reshape({1}), terms[0].value.dtype()));
  }
  return concat(values, 0);
}

}  // namespace

BatchTensors::BatchTensors(const Batch& batch, const Device& device)
    : input(Tensor::empty(batch.input.shape, batch.input.dtype, device)),
      target(batch.target.numel() == 0
                 ? input
                 : Tensor::empty(batch.target.shape, batch.target.dtype, device)),
      labels(Tensor::empty(batch.labels.shape, batch.labels.dtype, device)) {}

void BatchTensors::upload(const Batch& batch) {
  input.upload(batch.input);
  if (batch.target.numel() != 0) target.upload(batch.target);
  labels.upload(batch.labels);
}

Metrics PendingTerms::get() {
  const Array values = values_.get();
  Metrics terms;
  for (std::size_t i = 0; i < names_.size(); ++i)
    terms.push_back({std::move(names_[i]), values.dtype == DType::f64
                                               ? values.as<double>()[i]
                                               : static_cast<double>(values.as<float>()[i])});
  return terms;
}

BatchProgram::BatchProgram(LossFunction function, Device device, bool capture, Tensor non_finite)
    : function_(std::move(function)),
      device_(std::move(device)),
      capture_(capture),
      non_finite_(std::move(non_finite)) {}

PendingTerms BatchProgram::start(const Batch& batch) {
  Size& size = size_of(batch);
  size.tensors.upload(batch);
  const Tensors inputs{size.tensors.input, size.tensors.target, size.tensors.labels};
  PendingArray report = start_reading(size.captured ? (*size.captured)(inputs)[0] : run(inputs)[0]);
  return {names_, std::move(report)};
}

BatchProgram::Size& BatchProgram::size_of(const Batch& batch) {
  const auto found = sizes_.find(batch.size());
  if (found != sizes_.end()) return found->second;
  Size& size =
      sizes_.try_emplace(batch.size(), Size{BatchTensors(batch, device_), {}}).first->second;
  if (capture_)
    size.captured.emplace([this](const Tensors& inputs) { return run(inputs); }, device_);
  return size;
}

Tensors BatchProgram::run(const Tensors& inputs) {
  const Terms terms = function_(inputs[0], inputs[1], inputs[2]);
  if (terms.empty()) fail(ErrorKind::usage, "[train] the loss function returned no terms");
  names_.clear();
  for (const auto& term : terms) names_.push_back(term.name);
  const Tensor report = joined(terms);
  if (non_finite_.defined()) {
    const NoGrad guard;
    non_finite_.assign(non_finite_ + sum(report * 0.0));  // of what is not finite: NaN
  }
  return {report};
}

}  // namespace varve
