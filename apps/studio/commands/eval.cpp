#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/studio/command.h"
#include "apps/studio/metrics/metric.h"
#include "apps/studio/report/findings.h"

namespace varve::studio {
namespace {

class Eval : public Command {
 public:
  About about() const override {
    return {"Measure a trained model",
            "varve eval runs/vae-digits-1 --metrics nll,active-units --samples 1000"};
  }

  void declare(Options& options) override {
    options_.declare(options);
    metrics_.declare(options);
    options.add("json", &json_, "print one JSON object");
  }

  int run(const Options&) override {
    metrics_.chosen();  // names first: before anything takes time
    OpenRun open(options_);
    const Metrics terms = measure_finite(open);
    MetricContext context(open, metrics_, terms);
    const auto reports = measure_chosen(context);
    const auto findings = evaluation::diagnose(examine(open, terms));
    if (json_) {
      print_json(open, terms, reports, findings);
    } else {
      print_table(open, terms);
      for (const auto& report : reports) print_report(report);
      if (!reports.empty()) fmt::print("\n");
      print_findings(findings);
    }
    open.device().report();
    return 0;
  }

 private:
  void print_json(OpenRun& open, const Metrics& terms, const std::vector<MetricReport>& reports,
                  const std::vector<evaluation::Finding>& findings) const {
    const auto& settings = open.run().settings;
    nlohmann::json out{{"run", options_.run},
                       {"model", settings.model.model},
                       {"arch", settings.model.arch},
                       {"latent", settings.model.latent},
                       {"likelihood", settings.model.likelihood},
                       {"data", open.data_options().data},
                       {"split", open.split()},
                       {"examples", open.examples().dataset().size()},
                       {"epochs", open.loaded().epochs},
                       {"checkpoint", open.loaded().checkpoint.string()},
                       {"reductions", objective_of(open)}};
    for (const auto& [name, value] : terms) out[name] = value;
    out["doctor"] = to_json(findings);
    for (const auto& report : reports) out["metrics"][report.name] = to_json(report);
    fmt::print("{}\n", out.dump());
  }

  void print_table(OpenRun& open, const Metrics& metrics) const {
    fmt::print("{}, {} examples of the {} split, {}\n", open.title(),
               open.examples().dataset().size(), open.split(),
               open.loaded().checkpoint.filename().string());
    for (const auto& [name, value] : metrics) fmt::print("  {:<16}{:>12.4f}\n", name, value);
    fmt::print("({})\n", objective_of(open));
  }

  RunOptions options_;
  MetricOptions metrics_;
  bool json_ = false;
};

}  // namespace

CommandPtr make_eval() { return std::make_unique<Eval>(); }

}  // namespace varve::studio
