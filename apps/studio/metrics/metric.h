#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/studio/runs/open_run.h"
#include "framework/core/registry.h"
#include "models/evaluation/classifier.h"
#include "models/evaluation/disentanglement.h"
#include "models/evaluation/published.h"

namespace varve::studio {

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

/// What metrics measure: an open run, and what they share of it, made when the first one asks.
class MetricContext {
 public:
  /// `terms` are the means of the run's objective.
  MetricContext(OpenRun& open, const MetricOptions& options, Metrics terms)
      : open_(open), options_(options), terms_(std::move(terms)) {}

  OpenRun& open() const { return open_; }
  Model& model() const { return open_.model(); }
  const DatasetPtr& data() const { return open_.data(); }
  const MetricOptions& options() const { return options_; }

  /// Loads in order the examples that --limit leaves, `most` at most (0: all).
  Loader loader(const DatasetPtr& data, std::int64_t most = 0) const;
  /// The same as they are, not binarised.
  Loader clean_loader(const DatasetPtr& data, std::int64_t most) const;
  /// The examples of the metric "latent".
  Loader latent_examples() const;
  /// The objective on the examples that --limit leaves.
  Metrics terms() const;
  const DatasetPtr& training_data();
  /// The encoded pool of the scores of factors. Errors name the metric.
  const evaluation::FactorCodes& factor_codes(const std::string& metric);
  evaluation::ScoreOptions score_options() const;
  /// Trained on the training data.
  evaluation::Classifier& classifier();

  /// Puts beside the figures what others have published of one.
  void add_published(MetricReport& report, const std::string& figure) const;
  /// Cross entropy on grey values is no likelihood: says so beside a figure that looks like one.
  void remark_on_bernoulli(MetricReport& report) const;

 private:
  std::int64_t batch_size() const;

  OpenRun& open_;
  MetricOptions options_;
  Metrics terms_;
  DatasetPtr training_data_;
  std::optional<evaluation::FactorCodes> factor_codes_;
  std::unique_ptr<evaluation::Classifier> classifier_;
};

/// Something to measure of a trained model.
struct Metric {
  std::string name;         ///< "active-units"
  std::string description;  ///< one line
  /// Writes figures, and what there is to say of them.
  std::function<void(MetricContext&, MetricReport&)> measure;
  /// Throws ErrorKind::usage if the data or the model cannot serve it, before anything takes time;
  /// empty: they always can.
  std::function<void(const MetricContext&)> require{};
};
/// Every metric, in the order of a report of all. Open: see Registry.
Registry<Metric>& metric_registry();

/// Every chosen metric. With "all", one that the model or the data cannot serve is skipped;
/// otherwise it throws ErrorKind::usage, before anything has been measured if that can be known.
std::vector<MetricReport> measure_chosen(MetricContext& context);

/// The report as lines of text.
void print_report(const MetricReport& report);
/// {"figures": ..., "published": ...}.
nlohmann::ordered_json to_json(const MetricReport& report);

// What the files of metrics share.

/// Images, at most, whose features or outputs a metric compares.
inline constexpr std::int64_t most_compared = 5000;

/// A number for JSON; null where there is none.
nlohmann::ordered_json number(double value);
nlohmann::ordered_json numbers(const std::vector<double>& values);

// A function a metric: likelihood_metrics.cpp, code_metrics.cpp, factor_metrics.cpp,
// image_metrics.cpp.
void measure_elbo(MetricContext& context, MetricReport& report);
void measure_nll(MetricContext& context, MetricReport& report);
void measure_active_units(MetricContext& context, MetricReport& report);
void measure_latent(MetricContext& context, MetricReport& report);
void measure_mig(MetricContext& context, MetricReport& report);
void measure_sap(MetricContext& context, MetricReport& report);
void measure_dci(MetricContext& context, MetricReport& report);
void measure_beta_vae_score(MetricContext& context, MetricReport& report);
void measure_factor_vae_score(MetricContext& context, MetricReport& report);
void measure_frechet(MetricContext& context, MetricReport& report);
void measure_restoration(MetricContext& context, MetricReport& report);

}  // namespace varve::studio
