#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/varve/open_run.h"
#include "models/evaluation/classifier.h"
#include "models/evaluation/disentanglement.h"
#include "models/evaluation/latent.h"
#include "models/evaluation/published.h"

namespace varve::app {

/// What `varve eval --metrics` measures, and how thoroughly.
struct MetricOptions {
  std::string names;  ///< "nll,mig" or "all"; empty: nothing
  std::int64_t samples = 100;
  std::int64_t limit = 0;
  std::string spoilt_by;  ///< a run whose noise or holes restoration gives to images
  std::int64_t pool = 30000;
  std::int64_t score_train = 10000, score_test = 5000, score_batch = 64;

  void declare(Options& options);
  /// The names, each once. Throws ErrorKind::usage for an unknown one, suggesting the nearest.
  std::vector<std::string> chosen() const;
  bool all() const { return names == "all"; }
};

/// What was measured for one name.
struct MetricReport {
  std::string name;
  /// By name of the figure: a number, a list, or an object of such.
  nlohmann::ordered_json figures = nlohmann::ordered_json::object();
  std::vector<std::string> remarks;
  std::vector<evaluation::Published> published;
  std::string skipped;  ///< why there are no figures
};

/// Measures one metric after the other on an open run, sharing what they share: the encoded pool of
/// the factor scores, the classifier.
class MetricRunner {
 public:
  /// `terms` are the means of the run's objective.
  MetricRunner(OpenRun& open, const MetricOptions& options, Metrics terms);

  /// Every chosen metric. With "all", one that the model or the data cannot serve is skipped;
  /// otherwise it throws ErrorKind::usage, before anything has been measured if that can be known.
  std::vector<MetricReport> run();
  /// The examples of the metric "latent".
  Loader latent_examples() const;

  /// The metrics there are, in the order of a report of all.
  static std::vector<std::string> names();

 private:
  struct Metric {
    std::string_view name;
    void (MetricRunner::*measure)(MetricReport&);
    bool of_factors = false;  ///< needs data whose factors are known
  };
  static std::span<const Metric> table();
  static const Metric& metric(std::string_view name);
  /// Throws ErrorKind::usage if the data or the model cannot serve it.
  void require(const Metric& metric) const;

  void elbo(MetricReport& report);
  void nll(MetricReport& report);
  void active_units(MetricReport& report);
  void latent(MetricReport& report);
  void mig(MetricReport& report);
  void sap(MetricReport& report);
  void dci(MetricReport& report);
  void beta_vae_score(MetricReport& report);
  void factor_vae_score(MetricReport& report);
  void frechet(MetricReport& report);
  void restoration(MetricReport& report);

  std::int64_t batch_size() const;
  Metrics terms() const;
  Loader loader(const DatasetPtr& data, std::int64_t most) const;
  Loader clean_loader(const DatasetPtr& data, std::int64_t most) const;
  evaluation::ScoreOptions score_options() const;
  const DatasetPtr& training_data();
  const evaluation::FactorCodes& factor_codes(const std::string& name);
  evaluation::Classifier& classifier();
  void report_score(MetricReport& report, const std::string& key, const evaluation::Score& score);
  void add_published(MetricReport& report, const std::string& figure) const;
  void remark_on_bernoulli(MetricReport& report);

  OpenRun& open_;
  MetricOptions options_;
  Metrics terms_;
  DatasetPtr training_data_;
  std::optional<evaluation::FactorCodes> factor_codes_;
  std::unique_ptr<evaluation::Classifier> classifier_;
};

/// The report as lines of text.
void print_report(const MetricReport& report);
/// {"figures": ..., "published": ...}.
nlohmann::ordered_json to_json(const MetricReport& report);

}  // namespace varve::app
