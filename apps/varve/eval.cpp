#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/varve/command.h"
#include "apps/varve/open_run.h"

namespace varve::app {
namespace {

class Eval : public Command {
 public:
  About about() const override {
    return {"eval", "Measure a trained model", "varve eval runs/vae-digits-1 --json"};
  }

  void declare(Options& options) override {
    options_.declare(options);
    options.add("json", &json_, "print one JSON object");
  }

  int run(const Options&) override {
    OpenRun open(options_);
    const Metrics metrics = measure(open.model(), open.examples());
    json_ ? print_json(open, metrics) : print_table(open, metrics);
    open.device().report();
    return 0;
  }

 private:
  void print_json(OpenRun& open, const Metrics& metrics) const {
    const auto& settings = open.run().settings;
    nlohmann::json out{{"run", options_.run},
                       {"model", settings.model.model},
                       {"arch", settings.model.arch},
                       {"latent", settings.model.latent},
                       {"likelihood", settings.model.likelihood},
                       {"data", open.data_options().data},
                       {"split", options_.split},
                       {"examples", open.examples().dataset().size()},
                       {"epochs", open.loaded().epochs},
                       {"checkpoint", open.loaded().checkpoint.string()},
                       {"reductions", reductions}};
    for (const auto& [name, value] : metrics) out[name] = value;
    fmt::print("{}\n", out.dump());
  }

  void print_table(OpenRun& open, const Metrics& metrics) const {
    fmt::print("{}, {} examples of the {} split, {}\n", open.title(),
               open.examples().dataset().size(), options_.split,
               open.loaded().checkpoint.filename().string());
    for (const auto& [name, value] : metrics) fmt::print("  {:<16}{:>12.4f}\n", name, value);
    fmt::print("({})\n", reductions);
  }

  RunOptions options_;
  bool json_ = false;
};

}  // namespace

CommandPtr make_eval() { return std::make_unique<Eval>(); }

}  // namespace varve::app
