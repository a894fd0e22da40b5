#include "apps/studio/metrics/metric.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/studio/say.h"
#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "framework/platform/platform.h"

namespace varve::studio {
namespace {

using nlohmann::ordered_json;

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

std::string text_of(const ordered_json& value) {
  if (value.is_null()) return "-";
  if (value.is_number_integer()) return fmt::format("{}", value.get<std::int64_t>());
  if (value.is_number()) return fmt::format("{:.4f}", value.get<double>());
  return value.get<std::string>();
}

/// Needs data whose factors are known.
std::function<void(const MetricContext&)> of_factors(const std::string& metric) {
  return [metric](const MetricContext& context) {
    evaluation::require_factors(*context.data(), metric);
  };
}

void require_labels(const MetricContext& context) {
  if (context.data()->num_classes() < 2)
    fail(ErrorKind::usage,
         "[frechet] needs images with labels, to train a classifier on: take digits, mnist, "
         "fashion-mnist or a folder with a sub-folder a class");
}

void require_spoiler(const MetricContext& context) {
  const std::string& run = context.options().spoilt_by;
  if (!run.empty())
    TrainedRun(run).require_fit(*context.data(), context.open().data_options().data);
}

}  // namespace

Registry<Metric>& metric_registry() {
  static Registry<Metric> registry(
      "metric",
      {{"elbo", "the evidence lower bound and its parts", measure_elbo},
       {"nll", "-log p(x) by the importance-weighted bound of many draws", measure_nll},
       {"active-units", "dimensions of the code that say something", measure_active_units},
       {"latent", "where codes lie: holes, continuity, completeness, spread", measure_latent},
       {"mig", "mutual information gap", measure_mig, of_factors("mig")},
       {"sap", "separated attribute predictability", measure_sap, of_factors("sap")},
       {"dci", "disentanglement, completeness, informativeness", measure_dci, of_factors("dci")},
       {"beta-vae-score", "the score of the beta-VAE's paper", measure_beta_vae_score,
        of_factors("beta-vae-score")},
       {"factor-vae-score", "the score of the FactorVAE's paper", measure_factor_vae_score,
        of_factors("factor-vae-score")},
       {"frechet", "distance of samples from images, by a classifier's features", measure_frechet,
        require_labels},
       {"restoration", "error of spoilt images, restored and not", measure_restoration,
        require_spoiler}});
  return registry;
}

void MetricOptions::declare(Options& options) {
  options.add("metrics", &names,
              "more to measure: all, or a list of " +
                  fmt::format("{}", fmt::join(metric_registry().names(), ", ")),
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
  auto known = metric_registry().names();
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

std::vector<MetricReport> measure_chosen(MetricContext& context) {
  const MetricOptions& options = context.options();
  const auto require = [&](const Metric& metric) {
    if (metric.require) metric.require(context);
  };
  const auto names = options.chosen();
  for (const auto& name : names)
    if (!options.all()) require(metric_registry().at(name));  // before anything takes time
  std::vector<MetricReport> reports;
  for (const auto& name : names) {
    MetricReport& report = reports.emplace_back();
    report.name = name;
    if (platform::is_terminal(fileno(stderr))) say("measuring {} ...\n", name);
    try {
      const Metric& metric = metric_registry().at(name);
      require(metric);
      metric.measure(context, report);
    } catch (const Error& error) {
      if (!options.all() || error.kind() != ErrorKind::usage) throw;
      report.skipped = error.what();
    }
  }
  return reports;
}

ordered_json number(double value) { return std::isfinite(value) ? ordered_json(value) : nullptr; }

ordered_json numbers(const std::vector<double>& values) {
  auto list = ordered_json::array();
  for (const double value : values) list.push_back(number(value));
  return list;
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

}  // namespace varve::studio
