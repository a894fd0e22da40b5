#include "apps/varve/eval_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/varve/say.h"
#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "framework/platform/platform.h"
#include "models/evaluation/likelihood.h"
#include "models/evaluation/restoration.h"

namespace varve::app {
namespace {

using evaluation::Codes;
using nlohmann::ordered_json;

constexpr std::int64_t most_latent = 10000;      // examples of the latent figures
constexpr std::int64_t most_compared = 5000;     // images on each side of the Frechet distances
constexpr std::int64_t most_classified = 12000;  // images that train the classifier
constexpr std::int64_t most_elbo = 10;           // draws an image: a mean needs no more
constexpr std::int64_t remarked = 256;           // images that a remark is based on
constexpr double sharp_eye = 0.8;  // accuracy of a classifier whose features mean something

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',')
      parts.emplace_back();
    else if (c != ' ')
      parts.back() += c;
  }
  return parts;
}

/// A number for JSON; null where there is none.
ordered_json number(double value) { return std::isfinite(value) ? ordered_json(value) : nullptr; }

ordered_json numbers(const std::vector<double>& values) {
  auto list = ordered_json::array();
  for (const double value : values) list.push_back(number(value));
  return list;
}

ordered_json by_factor(const std::vector<Factor>& factors, const std::vector<double>& values) {
  auto object = ordered_json::object();
  for (std::size_t f = 0; f < factors.size(); ++f) object[factors[f].name] = number(values[f]);
  return object;
}

double sum(const std::vector<double>& values) {
  double total = 0;
  for (const double value : values) total += value;
  return total;
}

std::string text_of(const ordered_json& value) {
  if (value.is_null()) return "-";
  if (value.is_number_integer()) return fmt::format("{}", value.get<std::int64_t>());
  if (value.is_number()) return fmt::format("{:.4f}", value.get<double>());
  return value.get<std::string>();
}

}  // namespace

void MetricOptions::declare(Options& options) {
  options.add("metrics", &names,
              "more to measure: all, or a list of " +
                  fmt::format("{}", fmt::join(MetricRunner::names(), ", ")),
              {.unit = "NAME,NAME,..."});
  options.add("samples", &samples, "draws of z an image, for nll (elbo: 10 at most)", {.least = 1});
  options.add("limit", &limit, "measure --metrics on N examples only, spread over all; 0: on all",
              {.least = 0});
  options.add("spoilt-by", &spoilt_by,
              "for restoration: spoil images as that run does; default: as RUN does",
              {.unit = "RUN"});
  options.add("pool", &pool, "training examples that scores of factors draw from", {.least = 100});
  options.add("score-train", &score_train, "examples or votes that such a score learns from",
              {.least = 10});
  options.add("score-test", &score_test, "and that it is tested on", {.least = 10});
  options.add("score-batch", &score_batch, "draws that make a vote", {.least = 2});
}

std::vector<std::string> MetricOptions::chosen() const {
  if (names.empty()) return {};
  auto known = MetricRunner::names();
  if (all()) return known;
  std::vector<std::string> out;
  for (const auto& name : split_list(names)) {
    if (std::ranges::find(known, name) == known.end()) {
      known.emplace_back("all");
      fail(ErrorKind::usage, "[eval] unknown metric '{}'{}", name, did_you_mean(name, known));
    }
    if (std::ranges::find(out, name) == out.end()) out.push_back(name);
  }
  return out;
}

MetricRunner::MetricRunner(OpenRun& open, const MetricOptions& options, Metrics terms)
    : open_(open), options_(options), terms_(std::move(terms)) {}

std::span<const MetricRunner::Metric> MetricRunner::table() {
  static constexpr Metric metrics[]{
      {"elbo", &MetricRunner::elbo},
      {"nll", &MetricRunner::nll},
      {"active-units", &MetricRunner::active_units},
      {"latent", &MetricRunner::latent},
      {"mig", &MetricRunner::mig, true},
      {"sap", &MetricRunner::sap, true},
      {"dci", &MetricRunner::dci, true},
      {"beta-vae-score", &MetricRunner::beta_vae_score, true},
      {"factor-vae-score", &MetricRunner::factor_vae_score, true},
      {"frechet", &MetricRunner::frechet},
      {"restoration", &MetricRunner::restoration},
  };
  return metrics;
}

std::vector<std::string> MetricRunner::names() {
  std::vector<std::string> names;
  for (const Metric& metric : table()) names.emplace_back(metric.name);
  return names;
}

const MetricRunner::Metric& MetricRunner::metric(std::string_view name) {
  return *std::ranges::find(table(), name, &Metric::name);
}

void MetricRunner::require(const Metric& metric) const {
  const std::string name(metric.name);
  const Dataset& data = *open_.data();
  if (metric.of_factors) evaluation::require_factors(data, name);
  if (name == "restoration" && !options_.spoilt_by.empty())
    TrainedRun(options_.spoilt_by).require_fit(data, open_.data_options().data);
  if (name == "frechet" && data.num_classes() < 2)
    fail(ErrorKind::usage,
         "[frechet] needs images with labels, to train a classifier on: take digits, mnist, "
         "fashion-mnist or a folder with a sub-folder a class");
}

std::vector<MetricReport> MetricRunner::run() {
  const auto names = options_.chosen();
  for (const auto& name : names)
    if (!options_.all()) require(metric(name));  // before anything takes time
  std::vector<MetricReport> reports;
  for (const auto& name : names) {
    MetricReport& report = reports.emplace_back();
    report.name = name;
    if (platform::is_terminal(fileno(stderr))) say("measuring {} ...\n", name);
    try {
      const Metric& chosen = metric(name);
      require(chosen);
      (this->*chosen.measure)(report);
    } catch (const Error& error) {
      if (!options_.all() || error.kind() != ErrorKind::usage) throw;
      report.skipped = error.what();
    }
  }
  return reports;
}

std::int64_t MetricRunner::batch_size() const {
  return static_cast<std::int64_t>(evaluation::images_at_once(open_.data()->shape()));
}

Loader MetricRunner::loader(const DatasetPtr& data, std::int64_t most) const {
  const std::int64_t count =
      options_.limit > 0 && (most == 0 || options_.limit < most) ? options_.limit : most;
  return make_eval_loader(open_.data_options(), limited(data, count), batch_size(), open_.seed());
}

/// Images as they are, not binarised.
Loader MetricRunner::clean_loader(const DatasetPtr& data, std::int64_t most) const {
  const std::int64_t count = options_.limit > 0 ? std::min(options_.limit, most) : most;
  DataOptions clean = open_.data_options();
  clean.binarize = "none";
  return make_eval_loader(clean, limited(data, count), batch_size(), open_.seed());
}

evaluation::ScoreOptions MetricRunner::score_options() const {
  return {.train = options_.score_train,
          .test = options_.score_test,
          .batch = options_.score_batch,
          .seed = static_cast<std::uint64_t>(open_.seed())};
}

const DatasetPtr& MetricRunner::training_data() {
  if (!training_data_) training_data_ = open_images(open_.data_options(), Split::train);
  return training_data_;
}

const evaluation::FactorCodes& MetricRunner::factor_codes(const std::string& name) {
  if (!factor_codes_) {
    Loader pool = make_eval_loader(open_.data_options(), limited(training_data(), options_.pool),
                                   batch_size(), open_.seed());
    factor_codes_ = evaluation::factor_codes(open_.model(), pool, 0, name);
  }
  return *factor_codes_;
}

evaluation::Classifier& MetricRunner::classifier() {
  if (!classifier_)
    classifier_ = evaluation::train_classifier(limited(training_data(), most_classified));
  return *classifier_;
}

void MetricRunner::add_published(MetricReport& report, const std::string& figure) const {
  const auto& data = open_.data_options();
  for (auto& row :
       evaluation::published(figure, open_.run().settings.model.model, data.data, data.binarize))
    report.published.push_back(std::move(row));
}

/// Cross entropy on grey values is no likelihood: say so beside every figure that looks like one.
void MetricRunner::remark_on_bernoulli(MetricReport& report) {
  if (open_.model().likelihood().name() != "bernoulli") return;
  Loader images = loader(open_.data(), remarked);
  const auto some = evaluation::read_images(images, remarked);
  const auto pixels = some.pixels.as<float>();
  if (std::ranges::all_of(pixels, [](float x) { return x == 0 || x == 1; })) return;
  report.remarks.emplace_back(
      "the data are grey and the likelihood is Bernoulli: a cross entropy and no likelihood, not "
      "to "
      "be compared with figures of binarised data (--binarize dynamic)");
}

/// The objective on the examples that --limit leaves.
Metrics MetricRunner::terms() const {
  const auto some = limited(open_.data(), options_.limit);
  if (some == open_.data()) return terms_;
  Loader images =
      make_eval_loader(open_.data_options(), some, open_.run().settings.batch_size, open_.seed());
  return measure(open_.model(), images);
}

Loader MetricRunner::latent_examples() const { return loader(open_.data(), most_latent); }

void MetricRunner::elbo(MetricReport& report) {
  Loader images = loader(open_.data(), 0);
  const auto bound =
      evaluation::importance_weighted_bound(open_.model(), images, {.samples = options_.samples});
  report.figures["elbo"] = number(-bound.negative_elbo);
  report.figures["samples"] = bound.samples;
  report.figures["images"] = bound.images;
  for (const auto& [name, value] : terms()) {
    report.figures[name] = number(value);
    add_published(report, name);
  }
  const Codes codes = evaluation::collect_codes(open_.model(), images);
  if (codes.variance.rows > 0)
    report.figures["kl_per_dimension"] =
        numbers(evaluation::kl_of_moments(codes.mean, codes.variance));
  remark_on_bernoulli(report);
}

void MetricRunner::nll(MetricReport& report) {
  Loader images = loader(open_.data(), 0);
  const auto bound =
      evaluation::importance_weighted_bound(open_.model(), images, {.samples = options_.samples});
  report.figures["nll"] = number(bound.nll);
  report.figures["standard_error"] = number(bound.standard_error);
  report.figures["samples"] = bound.samples;
  report.figures["images"] = bound.images;
  report.figures["binarize"] = open_.data_options().binarize;
  remark_on_bernoulli(report);
  add_published(report, "nll");
}

void MetricRunner::active_units(MetricReport& report) {
  Loader images = loader(open_.data(), 0);
  const Codes codes = evaluation::collect_codes(open_.model(), images);
  report.figures["active_units"] = evaluation::active_units(codes.mean);
  report.figures["latent"] = codes.mean.columns;
  report.figures["variance_of_means"] = numbers(column_variances(codes.mean));
  if (codes.variance.rows > 0) {
    const auto kl = evaluation::kl_of_moments(codes.mean, codes.variance);
    report.figures["kl_per_dimension"] = numbers(kl);
    report.figures["kl"] = number(sum(kl));
  }
  if (open_.model().prior() != PriorKind::standard_normal)
    report.remarks.emplace_back(
        "the threshold of 0.01 is meant for the prior N(0, I), which this model has not");
}

void MetricRunner::latent(MetricReport& report) {
  Loader images = latent_examples();
  const Codes codes = evaluation::collect_codes(open_.model(), images);
  const auto figures = evaluation::latent_figures(open_.model(), codes);
  auto& out = report.figures;
  out["hole_rate"] = number(figures.holes.rate);
  out["hole_distance"] = number(figures.holes.distance);
  out["continuity"] = number(figures.continuity);
  out["completeness"] = number(figures.completeness);
  if (images.dataset().num_classes() > 1) {
    Loader test = clean_loader(open_.data(), most_compared);
    const auto real = evaluation::read_images(test, 0);
    evaluation::HostModel host(open_.model());
    const auto made = host.decode(host.prior_codes(real.labels.size(), codes.draw), real.labels);
    out["completeness_classifier"] =
        number(evaluation::sure_share(evaluation::classifier_sureness(classifier(), real.pixels),
                                      evaluation::classifier_sureness(classifier(), made)));
  }
  out["total_correlation_gaussian"] = number(figures.total_correlation);
  double square = 0;
  double widest = 0;
  for (std::size_t d = 0; d < figures.mean.size(); ++d) {
    square += figures.mean[d] * figures.mean[d];
    widest = std::max(widest, figures.high[d] - figures.low[d]);
  }
  out["code_mean_norm"] = number(std::sqrt(square));
  out["code_range"] = number(widest);
  out["used_dimensions"] = figures.used;
  if (figures.class_area_ratio) out["class_area_ratio"] = number(*figures.class_area_ratio);
  if (!figures.class_log_area.empty()) out["class_log_area"] = numbers(figures.class_log_area);
  out["code_mean"] = numbers(figures.mean);
  out["code_deviation"] = numbers(figures.deviation);
  out["code_low"] = numbers(figures.low);
  out["code_high"] = numbers(figures.high);
  if (figures.fitted_prior)
    report.remarks.emplace_back(
        "the model has no prior: a Gaussian fitted to its codes stood in for it");
}

void MetricRunner::report_score(MetricReport& report, const std::string& key,
                                const evaluation::Score& score) {
  const auto& codes = factor_codes(report.name);
  report.figures[key] = number(score.value);
  report.figures["by_factor"] = by_factor(codes.factors, score.by_factor);
  report.figures["pool"] = codes.size();
  add_published(report, report.name);
}

void MetricRunner::mig(MetricReport& report) {
  report_score(report, "mig",
               evaluation::mutual_information_gap(factor_codes("mig"), score_options()));
}

void MetricRunner::sap(MetricReport& report) {
  report_score(
      report, "sap",
      evaluation::separated_attribute_predictability(factor_codes("sap"), score_options()));
}

void MetricRunner::dci(MetricReport& report) {
  const auto& codes = factor_codes("dci");
  const auto result = evaluation::dci(codes, score_options());
  report.figures["dci_disentanglement"] = number(result.disentanglement);
  report.figures["dci_completeness"] = number(result.completeness);
  report.figures["dci_informativeness"] = number(result.informativeness);
  report.figures["accuracy_by_factor"] = by_factor(codes.factors, result.accuracy);
  report.figures["pool"] = codes.size();
  add_published(report, "dci");
}

void MetricRunner::beta_vae_score(MetricReport& report) {
  report_score(report, "beta_vae_score",
               evaluation::beta_vae_score(factor_codes("beta-vae-score"), score_options()));
}

void MetricRunner::factor_vae_score(MetricReport& report) {
  report_score(report, "factor_vae_score",
               evaluation::factor_vae_score(factor_codes("factor-vae-score"), score_options()));
}

void MetricRunner::frechet(MetricReport& report) {
  Loader test = clean_loader(open_.data(), most_compared);
  const auto real = evaluation::read_images(test, 0);
  Loader train = clean_loader(training_data(), real.pixels.shape[0]);
  const auto result = evaluation::classifier_frechet(open_.model(), classifier(), real,
                                                     evaluation::read_images(train, 0));
  report.figures["frechet_classifier"] = number(result.samples);
  report.figures["frechet_classifier_reconstruction"] = number(result.reconstructions);
  report.figures["frechet_classifier_floor"] = number(result.floor);
  report.figures["classifier_accuracy"] = number(result.accuracy);
  report.figures["images"] = result.images;
  report.remarks.emplace_back(
      "in the features of a classifier trained on these data: no FID, and comparable on these data "
      "alone");
  if (result.accuracy < sharp_eye)
    report.remarks.emplace_back("the classifier itself is often wrong: take the distances lightly");
  if (result.fitted_prior)
    report.remarks.emplace_back(
        "the model has no prior: samples are of a Gaussian fitted to its codes");
}

void MetricRunner::restoration(MetricReport& report) {
  std::optional<TrainedRun::Loaded> other;
  if (!options_.spoilt_by.empty()) {
    other = TrainedRun(options_.spoilt_by).load("auto");
    report.figures["spoilt_by"] = options_.spoilt_by;
  }
  Loader images = loader(open_.data(), 0);
  const auto errors =
      evaluation::restoration(open_.model(), other ? *other->model : open_.model(), images);
  report.figures["error_spoilt"] = number(errors.spoilt);
  report.figures["error_restored"] = number(errors.restored);
  report.figures["error_clean"] = number(errors.clean);
  report.figures["images"] = errors.images;
}

void print_report(const MetricReport& report) {
  if (!report.skipped.empty()) {
    fmt::print("\n{}: skipped: {}\n", report.name, report.skipped);
    return;
  }
  fmt::print("\n{}\n", report.name);
  for (const auto& [name, value] : report.figures.items()) {
    if (!value.is_structured()) {
      fmt::print("  {:<34}{:>12}\n", name, text_of(value));
      continue;
    }
    fmt::print("  {}\n", name);
    std::string line;
    for (const auto& [key, entry] : value.items()) {
      line += value.is_object() ? fmt::format("  {} {}", key, text_of(entry))
                                : fmt::format("{:>10}", text_of(entry));
      if (line.size() < 80) continue;
      fmt::print("   {}\n", line);
      line.clear();
    }
    if (!line.empty()) fmt::print("   {}\n", line);
  }
  for (const auto& row : report.published)
    fmt::print("  published: {} {} ({}; {})\n", row.metric, row.value, row.setting, row.source);
  for (const auto& remark : report.remarks) fmt::print("  ({})\n", remark);
}

ordered_json to_json(const MetricReport& report) {
  if (!report.skipped.empty()) return {{"skipped", report.skipped}};
  ordered_json out{{"figures", report.figures}};
  auto list = ordered_json::array();
  for (const auto& row : report.published)
    list.push_back({{"figure", row.metric},
                    {"value", row.value},
                    {"setting", row.setting},
                    {"source", row.source}});
  if (!list.empty()) out["published"] = list;
  if (!report.remarks.empty()) out["remarks"] = report.remarks;
  return out;
}

}  // namespace varve::app
