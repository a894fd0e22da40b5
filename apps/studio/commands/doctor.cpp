#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/studio/command.h"
#include "apps/studio/report/findings.h"

namespace varve::studio {
namespace {

using evaluation::Finding;
using evaluation::Severity;
using evaluation::Vitals;
using nlohmann::json;

json number(double value) { return std::isfinite(value) ? json(value) : json(); }

json numbers(const std::vector<double>& values) {
  json list = json::array();
  for (const double value : values) list.push_back(number(value));
  return list;
}

class Doctor : public Command {
 public:
  About about() const override {
    return {"Tell what is wrong with a model's codes, and the remedy",
            "varve doctor runs/vae-digits-1"};
  }

  void declare(Options& options) override {
    options_.declare(options);
    options.add("json", &json_, "print one JSON object");
  }

  int run(const Options&) override {
    OpenRun open(options_);
    const Vitals vitals = examine(open, measure(open.model(), open.examples()));
    const auto findings = evaluation::diagnose(vitals);
    json_ ? print_json(open, vitals, findings) : print_text(open, vitals, findings);
    open.device().report();
    return 0;
  }

 private:
  void print_json(OpenRun& open, const Vitals& vitals, const std::vector<Finding>& findings) const {
    json out{{"run", options_.run},
             {"split", open.split()},
             {"sigma", numbers(vitals.sigma)},
             {"code_rms", numbers(vitals.code_rms)},
             {"kl_per_dimension", numbers(vitals.kl)},
             {"findings", to_json(findings)}};
    if (vitals.total_correlation) out["total_correlation"] = number(*vitals.total_correlation);
    if (vitals.codebook)
      out["codebook"] = {{"size", vitals.codebook->size},
                         {"used", vitals.codebook->used},
                         {"perplexity", vitals.codebook->perplexity}};
    fmt::print("{}\n", out.dump());
  }

  void print_text(OpenRun& open, const Vitals& vitals, const std::vector<Finding>& findings) const {
    constexpr std::size_t most_rows = 64;
    fmt::print("{}, {} split, {}\n", open.title(), open.split(),
               open.loaded().checkpoint.filename().string());
    fmt::print("{:>11}{:>12}{:>12}{:>12}\n", "dimension", "code rms", "sigma", "kl (nats)");
    for (std::size_t j = 0; j < std::min(most_rows, vitals.code_rms.size()); ++j) {
      fmt::print("{:>11}{:>12.4f}", j, vitals.code_rms[j]);
      if (vitals.kl.empty())
        fmt::print("{:>12}{:>12}\n", "-", "-");
      else
        fmt::print("{:>12.4f}{:>12.4f}\n", vitals.sigma[j], vitals.kl[j]);
    }
    if (vitals.code_rms.size() > most_rows)
      fmt::print("{:>11} and {} more\n", "", vitals.code_rms.size() - most_rows);
    if (vitals.codebook)
      fmt::print("codebook: {:.0f} of {:.0f} vectors in use, perplexity {:.1f}\n",
                 vitals.codebook->used, vitals.codebook->size, vitals.codebook->perplexity);
    if (vitals.total_correlation)
      fmt::print("total correlation, as the objective estimates it: {:.4f} nats\n",
                 *vitals.total_correlation);
    print_findings(findings);
  }

  RunOptions options_;
  bool json_ = false;
};

}  // namespace

Vitals examine(OpenRun& open, const Metrics& terms) {
  Loader examples = make_eval_loader(open.data_options(), limited(open.data(), examined),
                                     open.run().settings.batch_size, open.seed());
  Vitals vitals = evaluation::examine(open.model(), examples, terms);
  vitals.model = &find_model(open.run().settings.model.model);
  return vitals;
}

void print_findings(const std::vector<Finding>& findings) {
  if (findings.empty()) fmt::print("doctor: nothing found\n");
  for (const auto& finding : findings)
    fmt::print("doctor: {}{} ({:.4g}, threshold {:.4g}): {}\n  remedy: {}\n",
               finding.severity == Severity::note ? "note: " : "", finding.name, finding.measured,
               finding.threshold, finding.what, finding.remedy);
}

json to_json(const std::vector<Finding>& findings) {
  json list = json::array();
  for (const auto& finding : findings)
    list.push_back({{"name", finding.name},
                    {"severity", finding.severity == Severity::note ? "note" : "warning"},
                    {"measured", number(finding.measured)},
                    {"threshold", finding.threshold},
                    {"what", finding.what},
                    {"remedy", finding.remedy}});
  return list;
}

CommandPtr make_doctor() { return std::make_unique<Doctor>(); }

}  // namespace varve::studio
