#include "models/evaluation/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/evaluation/latent.h"
#include "models/vq/vq_vae.h"

namespace varve::evaluation {
namespace {

std::size_t count_below(const std::vector<double>& values, double limit) {
  return static_cast<std::size_t>(
      std::ranges::count_if(values, [&](double value) { return value < limit; }));
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

bool finite(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

using Findings = std::vector<Finding>;

void find_not_finite(const Vitals& vitals, Findings& out) {
  if (finite(vitals.sigma) && finite(vitals.code_rms) && finite(vitals.kl)) return;
  out.push_back({"not-finite", Severity::warning, NAN, 0,
                 "some codes, variances or KL terms are not finite numbers",
                 "go back to an earlier checkpoint; train with a lower --lr or with --clip 1"});
}

void find_collapse(const Vitals& vitals, const Thresholds& limits, Findings& out) {
  if (vitals.kl.empty()) return;
  const std::size_t idle = count_below(vitals.kl, limits.collapsed_kl);
  const double most = *std::ranges::max_element(vitals.kl);
  if (idle == vitals.kl.size()) {
    out.push_back(
        {"posterior-collapse", Severity::warning, most, limits.collapsed_kl,
         fmt::format("no dimension spends {} nats (the most is {:.2g}): codes say nothing "
                     "about the image",
                     limits.collapsed_kl, most),
         "raise the KL weight slowly (--beta linear:0:1:5000), lower it (--beta 0.5), "
         "grant --free-bits 0.1, or take a decoder with less power"});
  } else if (idle > 0) {
    const bool most_idle = 2 * idle > vitals.kl.size();
    out.push_back({"collapsed-dimensions", most_idle ? Severity::warning : Severity::note,
                   static_cast<double>(idle), limits.collapsed_kl,
                   fmt::format("{} of {} dimensions spend less than {} nats: they are not used",
                               idle, vitals.kl.size(), limits.collapsed_kl),
                   "harmless if the reconstruction is good enough: a smaller --latent does the "
                   "same; else a lower --beta, a slow rise (--beta linear:0:1:5000) or "
                   "--free-bits 0.1"});
  }
}

void find_tiny_sigma(const Vitals& vitals, const Thresholds& limits, Findings& out) {
  // Dimensions that are not in use have sigma 1 and say nothing here.
  std::vector<double> in_use;
  for (std::size_t j = 0; j < vitals.sigma.size(); ++j)
    if (vitals.kl.empty() || vitals.kl[j] >= limits.collapsed_kl) in_use.push_back(vitals.sigma[j]);
  if (in_use.empty() || median(in_use) >= limits.tiny_sigma) return;
  out.push_back({"tiny-sigma", Severity::warning, median(in_use), limits.tiny_sigma,
                 fmt::format("half of the dimensions in use have a sigma of {:.2g} or less: codes "
                             "are points, as a plain autoencoder's",
                             median(in_use)),
                 "raise --beta (0 leaves out what keeps sigma up); with a Gaussian likelihood a "
                 "larger --sigma, or --likelihood learned-sigma"});
}

void find_exploding_means(const Vitals& vitals, const Thresholds& limits, Findings& out) {
  if (vitals.prior != PriorKind::standard_normal || vitals.code_rms.empty()) return;
  const auto largest = std::ranges::max_element(vitals.code_rms);
  if (!(*largest > limits.large_code)) return;
  out.push_back({"exploding-means", Severity::warning, *largest, limits.large_code,
                 fmt::format("the codes of dimension {} have a root mean square of {:.3g}, and the "
                             "prior's is 1: samples of the prior do not reach them",
                             largest - vitals.code_rms.begin(), *largest),
                 "raise --beta (1 is a VAE), lower --lr, or bound the gradients by --clip 1"});
}

void find_dead_codes(const Vitals& vitals, const Thresholds& limits, Findings& out) {
  if (!vitals.codebook) return;
  const auto& book = *vitals.codebook;
  const double dead = 1 - book.used / book.size;
  if (!(dead > limits.dead_codes)) return;
  out.push_back(
      {"dead-codes", Severity::warning, dead, limits.dead_codes,
       fmt::format("{:.0f} of {:.0f} vectors of the codebook are used by no image "
                   "(perplexity {:.1f})",
                   book.size - book.used, book.size, book.perplexity),
       "restart them sooner (--restart 0.1), take a smaller --codebook, or train longer"});
}

void find_negative_correlation(const Vitals& vitals, const Thresholds& limits, Findings& out) {
  if (!vitals.total_correlation || !(*vitals.total_correlation < limits.total_correlation)) return;
  out.push_back({"negative-total-correlation", Severity::warning, *vitals.total_correlation,
                 limits.total_correlation,
                 fmt::format("the objective estimates a total correlation of {:.3g} nats, which "
                             "cannot be negative: its weight presses on noise",
                             *vitals.total_correlation),
                 "take a larger --batch-size; where a discriminator estimates it, let it learn "
                 "longer before its weight counts, or lower the weight"});
}

}  // namespace

std::vector<Finding> diagnose(const Vitals& vitals, const Thresholds& thresholds) {
  Findings out;
  find_not_finite(vitals, out);
  if (out.empty()) {
    find_collapse(vitals, thresholds, out);
    find_tiny_sigma(vitals, thresholds, out);
    find_exploding_means(vitals, thresholds, out);
  }
  find_dead_codes(vitals, thresholds, out);
  find_negative_correlation(vitals, thresholds, out);
  std::ranges::stable_sort(
      out, [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return out;
}

Vitals take_vitals(const Model& model, const Codes& codes, const Metrics& terms) {
  Vitals vitals;
  vitals.prior = model.prior();
  const auto means = column_means(codes.mean);
  const auto variances = column_variances(codes.mean);
  for (std::size_t j = 0; j < means.size(); ++j)
    vitals.code_rms.push_back(std::sqrt(means[j] * means[j] + variances[j]));
  if (codes.variance.rows > 0) {
    vitals.kl = kl_of_moments(codes.mean, codes.variance);
    for (const double variance : column_means(codes.variance))
      vitals.sigma.push_back(std::sqrt(variance));
  }
  for (const auto& [name, value] : terms)
    if (name == "total_correlation") vitals.total_correlation = value;
  return vitals;
}

std::optional<CodebookUse> codebook_use(Model& model, Loader& examples, std::int64_t limit) {
  auto* quantised = dynamic_cast<VqVae*>(&model);
  if (quantised == nullptr) return {};
  const Looking looking(model);
  const Device device = device_of(model);
  const std::int64_t all = examples.dataset().size();
  const std::int64_t wanted = limit > 0 ? std::min(limit, all) : all;
  std::vector<double> counts(
      static_cast<std::size_t>(quantised->quantizer().log_frequencies().numel()), 0);
  double total = 0;
  std::int64_t seen = 0;
  examples.start(0);
  while (seen < wanted) {
    const Batch& batch = *examples.next();
    seen += batch.size();
    const Tensor numbers = quantised->code_numbers(Tensor::from(batch.input, device));
    for (const auto number : numbers.to_vector<std::int32_t>()) {
      ++counts[static_cast<std::size_t>(number)];
      ++total;
    }
  }
  CodebookUse use;
  use.size = static_cast<double>(counts.size());
  double nats = 0;
  for (const double count : counts) {
    if (count == 0) continue;
    ++use.used;
    nats -= count / total * std::log(count / total);
  }
  use.perplexity = std::exp(nats);
  return use;
}

Vitals examine(Model& model, Loader& examples, const Metrics& terms, std::int64_t limit) {
  Vitals vitals = take_vitals(model, collect_codes(model, examples, limit), terms);
  vitals.codebook = codebook_use(model, examples, limit);
  return vitals;
}

}  // namespace varve::evaluation
