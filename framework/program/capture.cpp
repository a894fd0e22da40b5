#include "framework/program/capture.h"

#include <algorithm>
#include <list>
#include <span>
#include <utility>
#include <vector>

#include "framework/core/error.h"
#include "framework/program/follower.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"

namespace varve {
namespace {

constexpr std::size_t most_programs = 8;

bool same_memory(const Tensor& a, const Tensor& b) {
  return a.view().buffer == b.view().buffer && a.view().offset == b.view().offset &&
         a.view().strides == b.view().strides;
}

/// The latest few of something, the very latest first.
template <class T>
void shorten(std::list<T>& list) {
  while (list.size() > most_programs) list.pop_back();
}

/// The tensors that a function is called with in place of those of the caller.
class Inputs {
 public:
  explicit Inputs(const Tensors& given) : staged_(given.size()) {
    for (const auto& tensor : given) tensors_.push_back(direct(tensor) ? tensor : tensor.detach());
  }

  bool fit(const Tensors& given) const {
    if (given.size() != tensors_.size()) return false;
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (given[i].defined() != tensors_[i].defined()) return false;
      if (given[i].defined() && !(given[i].spec() == tensors_[i].spec())) return false;
    }
    return true;
  }

  /// The caller's tensors serve as long as they stay the same; when others come, private ones take
  /// their place.
  void stage(const Tensors& given) {
    writes_.assign(given.size(), 0);
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (direct(given[i])) {
        tensors_[i] = given[i];
        staged_[i] = false;
      } else if (staged_[i]) {
        tensors_[i].assign(given[i]);
      } else if (direct(tensors_[i]) || !same_memory(given[i], tensors_[i])) {
        tensors_[i] = given[i].detach().clone();
        staged_[i] = true;
      }
      if (staged_[i]) writes_[i] = tensors_[i].impl()->writes();
    }
  }

  const Tensors& tensors() const { return tensors_; }

  /// What the function wrote into a private input goes to the caller's.
  void write_back(const Tensors& given) const {
    for (std::size_t i = 0; i < given.size(); ++i)
      if (staged_[i] && tensors_[i].impl()->writes() != writes_[i]) {
        Tensor target = given[i];
        target.assign(tensors_[i]);
      }
  }
  /// Whether a result lies in a private input, which the next call overwrites.
  bool holds(const Tensor& result) const {
    for (std::size_t i = 0; i < tensors_.size(); ++i)
      if (staged_[i] && tensors_[i].view().buffer == result.view().buffer) return true;
    return false;
  }

 private:
  /// Undefined, or with a gradient to deliver: nothing can stand in for it.
  static bool direct(const Tensor& tensor) { return !tensor.defined() || tensor.requires_grad(); }

  Tensors tensors_;
  std::vector<bool> staged_;
  std::vector<std::uint64_t> writes_;
};

}  // namespace

class Captured::Impl {
 public:
  Impl(Function function, Device device)
      : device_(std::move(device)), function_(std::move(function)) {}

  Tensors call(const Tensors& given) {
    for (const auto& input : given)
      if (input.defined() && !(input.device() == device_))
        fail(ErrorKind::usage, "[capture] an input is on {}, the captured function on {}",
             input.device().name(), device_.name());
    if (Recorder::of(device_) != nullptr) return detached(function_(given));
    device_.generator().prepare();
    Inputs& inputs = inputs_for(given);
    inputs.stage(given);

    forget_undecorated();
    Follower follower(programs_);
    Recorder recorder(device_.backend(), follower);
    Tensors results;
    try {
      const Redirection redirection(device_, recorder);
      results = detached(function_(inputs.tensors()));
    } catch (...) {
      recorder.fail_step();
      throw;
    }
    perform(recorder, follower);
    inputs.write_back(given);
    for (auto& result : results)
      if (result.defined() && inputs.holds(result)) result = result.clone();
    return results;
  }

  bool compiled() const { return compiled_; }

 private:
  static Tensors detached(const Tensors& tensors) {
    Tensors out;
    for (const auto& tensor : tensors) out.push_back(tensor.defined() ? tensor.detach() : tensor);
    return out;
  }

  Inputs& inputs_for(const Tensors& given) {
    const auto found = std::find_if(inputs_.begin(), inputs_.end(),
                                    [&](const Inputs& inputs) { return inputs.fit(given); });
    if (found != inputs_.end())
      inputs_.splice(inputs_.begin(), inputs_, found);
    else
      inputs_.emplace_front(given);
    shorten(inputs_);
    return inputs_.front();
  }

  /// Does what was recorded.
  void perform(Recorder& recorder, const Follower& follower) {
    try {
      const bool follows = recorder.follows() && decorations_ == device_.decorations();
      const auto program = follows ? follower.finish(recorder.buffers()) : programs_.end();
      if (program != programs_.end())
        replay(program, follower.constants(), recorder.buffers());
      else
        perform(recorder.step());
    } catch (...) {
      recorder.fail_step();
      throw;
    }
  }

  void replay(StepPrograms::iterator program, std::span<const double> constants,
              const std::vector<Buffer>& buffers) {
    programs_.splice(programs_.begin(), programs_, program);
    compiled_ = true;
    program->run(constants, buffers);
    for (const auto& escape : program->key().escapes) settle(buffers[escape.buffer]);
  }

  /// A step that was not followed to its end: the first of its kind, as a rule.
  void perform(RecordedStep& step) {
    forget_undecorated();
    const auto uses = uses_of(step);
    const auto key = key_of(step, uses);
    const auto alike = [&](const auto& known) { return known.key().same_work(key); };
    auto program = std::find_if(programs_.begin(), programs_.end(), alike);
    const auto before = std::find_if(seen_.begin(), seen_.end(),
                                     [&](const StepKey& seen) { return seen.same_work(key); });
    if (program == programs_.end() && before != seen_.end()) {
      seen_.erase(before);
      programs_.emplace_front(device_.backend(), key, step, uses);
      shorten(programs_);
      program = programs_.begin();
    }
    if (program != programs_.end()) {
      replay(program, key.constants, step.buffers);
      return;
    }
    seen_.push_front(key);
    shorten(seen_);
    compiled_ = false;
    execute_step(device_.backend(), step, uses);
    for (const auto& escape : key.escapes) settle(step.buffers[escape.buffer]);
  }

  /// A program that was compiled before a decorator came or went goes past it.
  void forget_undecorated() {
    if (decorations_ != device_.decorations()) programs_.clear();
    decorations_ = device_.decorations();
  }

  /// From now on an escaped buffer is as any other.
  void settle(const Buffer& buffer) const {
    device_.backend().fulfil(buffer);
    buffer.storage()->recorded = 0;
  }

  Device device_;  // first: it outlives the memory
  Function function_;
  std::list<Inputs> inputs_;
  StepPrograms programs_;
  std::list<StepKey> seen_;  ///< once, and not compiled yet
  std::uint64_t decorations_ = 0;
  bool compiled_ = false;
};

Captured::Captured(Function function, Device device)
    : impl_(std::make_unique<Impl>(std::move(function), std::move(device))) {}
Captured::~Captured() = default;
Captured::Captured(Captured&&) noexcept = default;
Captured& Captured::operator=(Captured&&) noexcept = default;
Tensors Captured::operator()(const Tensors& inputs) { return impl_->call(inputs); }
bool Captured::compiled() const { return impl_->compiled(); }

Captured capture(Captured::Function function, const Device& device) {
  return Captured(std::move(function), device);
}

}  // namespace varve
