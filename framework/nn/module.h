#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/array.h"
#include "framework/nn/scheduled_value.h"
#include "framework/tensor/tensor.h"

namespace varve {

/// A tensor with the path that names it in a checkpoint: "encoder.0.weight".
struct NamedTensor {
  std::string path;
  Tensor tensor;
};
using NamedTensors = std::vector<NamedTensor>;

/// What a checkpoint gives back.
using State = std::map<std::string, Array>;

/// Whose order of axes the weights of convolutions are in: Varve keeps (out, kh, kw, in), PyTorch
/// (out, in, kh, kw), and transposed ones in the same way.
enum class WeightOrder { unknown, varve, torch };

/// Overwrites `tensors` with the arrays of the same path. Throws ErrorKind::input, naming the
/// entries, if `state` lacks one, holds one more, or one has another shape or dtype; then nothing
/// has been changed. `where` opens the message.
void load_tensors(const NamedTensors& tensors, const State& state, std::string_view where);

/// A part of a model: parameters (trained), buffers (kept in checkpoints, not trained) and
/// children.
///
/// A derived class registers them in its constructor; the order of registration is the order of
/// named_parameters(). A layer whose input size is to be inferred registers its parameters
/// undefined and gives them their tensors at the first forward().
class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// Throws ErrorKind::usage unless overridden: a module may have other functions than this one.
  virtual Tensor forward(const Tensor& x);
  Tensor operator()(const Tensor& x) { return forward(x); }

  /// One line for summary(): "Linear(784 -> 400, relu)".
  virtual std::string describe() const = 0;

  /// Throws ErrorKind::usage if a size has not been inferred yet: call forward() once before.
  NamedTensors named_parameters() const;
  NamedTensors named_buffers() const;
  /// The tensors of named_parameters(); one that is shared comes once.
  Tensors parameters() const;
  /// Parameters, then buffers: what a checkpoint holds.
  NamedTensors state() const;
  /// Overwrites parameters and buffers in place; errors as load_tensors. Weights in PyTorch's order
  /// are permuted if that is said; one of unknown order that would fit both throws
  /// ErrorKind::input.
  void load_state(const State& state, WeightOrder order = WeightOrder::unknown);

  /// The numbers of this module and of all below that follow a schedule, by their paths. A Trainer
  /// moves them.
  ScheduledValues scheduled_values() const;
  /// Gives one another schedule, and the value that it starts from. Throws ErrorKind::usage for a
  /// path that is none, or a start out of bounds.
  void set_schedule(std::string_view path, const Schedule& schedule);
  /// Puts all where their schedules say for one step, from 0, of a run of so many: for a loop of
  /// one's own. Throws ErrorKind::usage for a value out of bounds; then nothing has moved.
  void move_schedules(std::int64_t step, std::int64_t run_steps);

  /// Switches this module and all below to training (dropout, batch statistics) or evaluation.
  void train(bool on = true);
  void eval() { train(false); }
  bool is_training() const { return training_; }
  /// Whether backward() reaches the parameters of this module and of all below.
  void set_trainable(bool on);

  /// Number of scalars in parameters().
  std::int64_t parameter_count() const;
  /// A table: path, layer, parameter shapes, count; the total below.
  std::string summary() const;

 protected:
  /// Registers a parameter, marks it as requiring gradients and returns it. A name that was
  /// registered undefined may be given its tensor later. `torch`: where each of its axes stands in
  /// PyTorch's order; empty if in the same place.
  Tensor parameter(std::string_view name, Tensor tensor, const Axes& torch = {});
  /// Registers a buffer and returns it; undefined at first if need be, as a parameter.
  Tensor buffer(std::string_view name, Tensor tensor);
  /// Registers a number that follows a schedule and returns its place on the device, f32 without
  /// axes, which holds the schedule's start. It is no part of the state: the step says what it is.
  Tensor scheduled(std::string_view name, const Schedule& schedule,
                   double least = std::numeric_limits<double>::lowest(),
                   double most = std::numeric_limits<double>::max());
  /// Registers a child, which must live as long as this module: a member, or owned by one.
  void child(std::string_view name, Module& module);

 private:
  struct Child {
    std::string name;
    Module* module;
  };
  void collect(const std::string& prefix, bool parameters, NamedTensors& out) const;
  void collect_orders(const std::string& prefix, std::map<std::string, Axes>& out) const;
  void collect_scheduled(const std::string& prefix, ScheduledValues& out) const;
  using Rows = std::vector<std::array<std::string, 4>>;
  void summarize(const std::string& path, Rows& rows) const;

  NamedTensors parameters_;
  std::map<std::string, Axes, std::less<>> torch_;  ///< by parameter
  NamedTensors buffers_;
  ScheduledValues scheduled_;
  std::vector<Child> children_;
  bool training_ = true;
  bool trainable_ = true;
};

}  // namespace varve
