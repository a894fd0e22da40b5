#include "framework/train/evaluate.h"

#include <utility>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/tensor/random.h"
#include "framework/train/batch_program.h"

namespace varve {
namespace {

/// Training steps count from 0, evaluation from here.
constexpr std::uint64_t first_step = std::uint64_t{1} << 31;

/// While it lives, the module is in evaluation mode.
class Evaluation {
 public:
  explicit Evaluation(Module& module) : module_(module), training_(module.is_training()) {
    module_.eval();
  }
  ~Evaluation() { module_.train(training_); }
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

 private:
  Module& module_;
  bool training_;
};

/// Where the module's tensors are; the default device for a module without any.
Device device_of(const Module& module) {
  const auto state = module.state();
  return state.empty() ? default_device() : state[0].tensor.device();
}

}  // namespace

class Evaluator::Impl {
 public:
  Impl(Module& module, LossFunction loss, bool capture)
      : module_(module), device_(device_of(module)), program_(std::move(loss), device_, capture) {}

  Metrics run(Loader& loader, const std::function<bool()>& interrupted) {
    const NoGrad no_grad;
    const Evaluation evaluation(module_);
    MeanMetrics metrics;
    loader.start(0);
    while (const Batch* batch = loader.next()) {
      if (interrupted && interrupted()) return {};
      metrics.add(means(*batch), batch->size());
    }
    return metrics.means();
  }

  Metrics run(const Batch& batch) {
    const NoGrad no_grad;
    const Evaluation evaluation(module_);
    return means(batch);
  }

 private:
  Metrics means(const Batch& batch) {
    device_.generator().set_step(first_step + static_cast<std::uint64_t>(batch.number));
    return program_(batch);
  }

  Module& module_;
  Device device_;
  BatchProgram program_;
};

Evaluator::Evaluator(Module& module, LossFunction loss, bool capture)
    : impl_(std::make_unique<Impl>(module, std::move(loss), capture)) {}
Evaluator::~Evaluator() = default;

Metrics Evaluator::operator()(Loader& loader, const std::function<bool()>& interrupted) {
  return impl_->run(loader, interrupted);
}

Metrics Evaluator::operator()(const Batch& batch) { return impl_->run(batch); }

Metrics evaluate(Module& module, const LossFunction& loss, Loader& loader, bool capture) {
  return Evaluator(module, loss, capture)(loader);
}

}  // namespace varve
