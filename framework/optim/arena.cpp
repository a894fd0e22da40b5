#include "framework/optim/arena.h"

#include <unordered_set>

#include "framework/core/error.h"
#include "framework/program/recorder.h"

namespace varve {
namespace {

/// Elements to a cache line, at which parameters start.
std::int64_t grain(DType dtype) { return static_cast<std::int64_t>(64 / size_of(dtype)); }

std::int64_t room(const Tensor& parameter) {
  const auto step = grain(parameter.dtype());
  return (parameter.numel() + step - 1) / step * step;
}

/// Where its gradient goes; undefined until an arena has laid it out.
const Tensor& slot_of(const Tensor& parameter) { return parameter.impl()->leaf().slot; }

void check(const Tensor& parameter, const Tensor& first) {
  if (parameter.dtype() != first.dtype() || !(parameter.device() == first.device()))
    fail(ErrorKind::usage,
         "[optimizer] parameters must share dtype and device: {} on {} and {} on {}; use one "
         "optimizer for each",
         name(first.dtype()), first.device().name(), name(parameter.dtype()),
         parameter.device().name());
  if (!is_floating(parameter.dtype()))
    fail(ErrorKind::usage, "[optimizer] a parameter of {} is {}: gradients need f32 or f64",
         parameter.shape().str(), name(parameter.dtype()));
  if (parameter.impl()->node)
    fail(
        ErrorKind::usage,
        "[optimizer] a tensor of {} is a result of other tensors, not a parameter; give the leaves",
        parameter.shape().str());
  if (!slot_of(parameter).defined() && !parameter.owns_memory())
    fail(
        ErrorKind::usage,
        "[optimizer] a parameter of {} is a part of other memory; make it a tensor of its own with "
        "clone()",
        parameter.shape().str());
}

Tensor row(const Buffer& buffer, std::int64_t offset, std::int64_t size, const Tensor& like) {
  return Tensor({buffer, {size}, {1}, offset, like.dtype()}, like.device());
}

}  // namespace

ParameterArena::ParameterArena(const Tensors& parameters) {
  if (parameters.empty()) fail(ErrorKind::usage, "[optimizer] there are no parameters to optimize");
  std::unordered_set<const Tensor::Impl*> seen;
  for (const Tensor& parameter : parameters) {
    check(parameter, parameters[0]);
    if (seen.insert(parameter.impl().get()).second) parameters_.push_back(parameter);
  }
  Tensors fresh;
  for (const Tensor& parameter : parameters_) {
    offsets_.push_back(size_);
    size_ += room(parameter);
    if (!slot_of(parameter).defined()) fresh.push_back(parameter);
  }
  if (!fresh.empty()) lay_out(fresh);
  for (std::size_t i = 0, end = 1; i < parameters_.size(); i = end++) {
    const auto follows = [&](std::size_t next) {
      const View &a = parameters_[next - 1].view(), &b = parameters_[next].view();
      return a.buffer == b.buffer && a.offset + room(parameters_[next - 1]) == b.offset;
    };
    while (end < parameters_.size() && follows(end)) ++end;
    runs_.push_back(part(i, end - i));
  }
}

/// Moves parameters into new memory, one after the other.
void ParameterArena::lay_out(const Tensors& fresh) {
  std::int64_t size = 0;
  for (const Tensor& parameter : fresh) size += room(parameter);
  const Tensor values = Tensor::zeros({size}, dtype(), device());
  const Tensor gradients = Tensor::zeros({size}, dtype(), device());
  std::int64_t at = 0;
  for (Tensor parameter : fresh) {
    const auto place = [&](const Tensor& arena) {
      return arena.slice(0, at, at + parameter.numel()).reshape(parameter.shape());
    };
    parameter.move_to(place(values));
    parameter.impl()->leaf().slot = place(gradients);
    at += room(parameter);
  }
  // No graph has seen this memory: to the parameters, moving is no write.
  values.view().buffer.storage()->version = 0;
}

ParameterArena::Run ParameterArena::part(std::size_t first, std::size_t count) const {
  for (const Run& run : runs_)  // mostly the whole of one is asked for, in every step
    if (run.first == first && run.count == count) return run;
  Run run{{}, {}, offsets_[first], 0, first, count};
  for (std::size_t i = first; i < first + count; ++i) run.size += room(parameters_[i]);
  const Tensor& start = parameters_[first];
  const View& gradient = slot_of(start).view();
  run.values = row(start.view().buffer, start.view().offset, run.size, start);
  run.gradients = row(gradient.buffer, gradient.offset, run.size, start);
  return run;
}

const ParameterArena::Run& ParameterArena::only() const {
  if (runs_.size() != 1)
    fail(
        ErrorKind::usage,
        "[optimizer] its parameters lie in {} places, since an earlier optimizer has laid some out "
        "with others; use runs()",
        runs_.size());
  return runs_[0];
}

std::vector<ParameterArena::Run> ParameterArena::active() {
  std::vector<bool> in(parameters_.size());
  bool all = true;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    in[i] = settle(i);
    all = all && in[i];
  }
  if (all) return runs_;
  std::vector<Run> out;
  for (const Run& run : runs_) {
    const auto stop = run.first + run.count;
    for (std::size_t i = run.first, end = i; i < stop; i = end) {
      for (end = i; end < stop && in[end] == in[i];) ++end;
      if (in[i]) out.push_back(part(i, end - i));
    }
  }
  return out;
}

/// Whether a parameter takes part; its gradient is then in its slot.
bool ParameterArena::settle(std::size_t i) {
  auto& impl = *parameters_[i].impl();
  auto& leaf = impl.leaf();
  if (!impl.requires_grad || !leaf.grad.defined()) return false;
  if (leaf.grad.impl() == leaf.slot.impl()) return true;
  if (auto* recorder = Recorder::of(impl.device))
    recorder->on_failure(
        [of = parameters_[i], given = leaf.grad] { of.impl()->leaf().grad = given; });
  leaf.slot.assign(leaf.grad);
  leaf.grad = leaf.slot;
  return true;
}

void ParameterArena::zero_grad() {
  for (Tensor& parameter : parameters_) parameter.zero_grad();
}

}  // namespace varve
