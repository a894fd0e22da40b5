#include "apps/studio/commands/bench.h"

#include "apps/studio/command.h"
#include "apps/studio/runs/settings.h"

namespace varve::studio {
namespace {

class Bench : public Command {
 public:
  About about() const override {
    return {"Measure speed: of training steps, op by op, or of the device",
            "varve bench train --arch conv --steps 50 --json"};
  }

  void declare(Options& options) override {
    options.add("WHAT", &what_, "train, ops or device", {.positional = true});
    options.add("model", &options_.model, "'varve models' lists them");
    options.add("arch", &options_.arch, "mlp: 784-400-20 on 28 x 28; conv: Burgess on 64 x 64");
    options.add("latent", &options_.latent, "size of a code; default: 20 (mlp), 10 (conv)",
                {.least = 0});
    options.add("batch-size", &options_.batch_size,
                "examples a step; default: 128 (mlp), 64 (conv)", {.least = 0});
    options.add("steps", &options_.steps, "training steps to measure", {.least = 1});
    options.add("seed", &options_.seed, "of weights and noise", {.least = 0, .most = 0x1p53});
    options.add("eager", &options_.eager, "run every op by itself");
    options.add("json", &options_.json, "print JSON");
    device_.declare(options);
  }

  int run(const Options&) override {
    require_known("benchmark", what_, {"train", "ops", "device"});
    require_known("--arch", options_.arch, {"mlp", "conv"});
    find_model(options_.model);
    const OpenDevice device(device_, options_.seed);
    const auto bench = what_ == "train" ? bench_train : what_ == "ops" ? bench_ops : bench_device;
    bench(options_, device);
    device.report();
    return 0;
  }

 private:
  std::string what_;
  BenchOptions options_;
  DeviceOptions device_;
};

}  // namespace

CommandPtr make_bench() { return std::make_unique<Bench>(); }

}  // namespace varve::studio
