#include "models/evaluation/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/losses/likelihood.h"
#include "framework/tensor/functional.h"
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

bool has(const Vitals& vitals, std::string_view option) {
  return vitals.model != nullptr && vitals.model->find(option) != nullptr;
}

/// Whether the model's --beta is the weight of its KL term.
bool weighs_kl(const Vitals& vitals) {
  return has(vitals, "beta") &&
         vitals.model->find("beta")->help == find_model("vae").find("beta")->help;
}

bool is_wide(const Vitals& vitals, const Thresholds& limits) {
  return vitals.scale && vitals.scale->sigma > limits.far_scale * vitals.scale->residual;
}

/// What lets codes say more, of what the model takes.
std::string remedy_of_collapse(const Vitals& vitals, const Thresholds& limits) {
  std::vector<std::string> remedies;
  if (is_wide(vitals, limits)) remedies.push_back("bring --sigma down to the residual (far-sigma)");
  if (weighs_kl(vitals)) {
    remedies.push_back("raise the KL weight slowly (--beta linear:0:1:50%)");
    remedies.push_back("lower it (--beta 0.5)");
  }
  if (has(vitals, "free-bits")) remedies.push_back("grant --free-bits 0.1");
  if (has(vitals, "capacity")) remedies.push_back("grant more --capacity");
  if (has(vitals, "alpha") && has(vitals, "lambda"))
    remedies.push_back("take part of the KL term away (--alpha 0.5)");
  remedies.push_back("train longer (more --epochs)");
  return fmt::format("{}", fmt::join(remedies, ", or "));
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
         remedy_of_collapse(vitals, limits)});
  } else if (vitals.kl_term && *vitals.kl_term < limits.collapsed_term) {
    out.push_back({"posterior-collapse", Severity::warning, *vitals.kl_term, limits.collapsed_term,
                   fmt::format("the KL term is {:.2g} nats: codes say next to nothing about the "
                               "image",
                               *vitals.kl_term),
                   remedy_of_collapse(vitals, limits)});
  } else if (idle > 0) {
    const bool most_idle = 2 * idle > vitals.kl.size();
    out.push_back(
        {"collapsed-dimensions", most_idle ? Severity::warning : Severity::note,
         static_cast<double>(idle), limits.collapsed_kl,
         fmt::format("{} of {} dimensions spend less than {} nats: they are not used", idle,
                     vitals.kl.size(), limits.collapsed_kl),
         "if the reconstruction is good enough, a smaller --latent gives the same; else " +
             remedy_of_collapse(vitals, limits)});
  }
}

void find_far_scale(const Vitals& vitals, const Thresholds& limits, Findings& out) {
  if (!vitals.scale || !(vitals.scale->residual > 0)) return;
  const auto [sigma, residual] = *vitals.scale;
  const double times = sigma / residual;
  if (times <= limits.far_scale && 1 / times <= limits.far_scale) return;
  const bool wide = times > 1;
  out.push_back(
      {"far-sigma", Severity::warning, times, wide ? limits.far_scale : 1 / limits.far_scale,
       fmt::format("sigma is {:.2g} and what the decoder leaves over {:.2g}: the KL term weighs "
                   "{:.3g} times too {}",
                   sigma, residual, wide ? times * times : 1 / (times * times),
                   wide ? "much" : "little"),
       fmt::format("--sigma {:.2g}, or --likelihood optimal-sigma or learned-sigma, which find it",
                   residual)});
}

void find_tiny_sigma(const Vitals& vitals, const Thresholds& limits, Findings& out) {
  // Dimensions that are not in use have sigma 1 and say nothing here.
  std::vector<double> in_use;
  for (std::size_t j = 0; j < vitals.sigma.size(); ++j)
    if (vitals.kl.empty() || vitals.kl[j] >= limits.collapsed_kl) in_use.push_back(vitals.sigma[j]);
  if (in_use.empty() || median(in_use) >= limits.tiny_sigma) return;
  std::vector<std::string> remedies;
  if (weighs_kl(vitals)) remedies.push_back("raise --beta (0 leaves out what keeps sigma up)");
  if (vitals.scale) remedies.push_back("take a larger --sigma, or --likelihood learned-sigma");
  remedies.push_back("take fewer --epochs, or a lower --lr");
  out.push_back({"tiny-sigma", Severity::warning, median(in_use), limits.tiny_sigma,
                 fmt::format("half of the dimensions in use have a sigma of {:.2g} or less: codes "
                             "are points, as a plain autoencoder's",
                             median(in_use)),
                 fmt::format("{}", fmt::join(remedies, "; "))});
}

void find_exploding_means(const Vitals& vitals, const Thresholds& limits, Findings& out) {
  if (vitals.prior != PriorKind::standard_normal || vitals.code_rms.empty()) return;
  const auto largest = std::ranges::max_element(vitals.code_rms);
  if (!(*largest > limits.large_code)) return;
  out.push_back({"exploding-means", Severity::warning, *largest, limits.large_code,
                 fmt::format("the codes of dimension {} have a root mean square of {:.3g}, and the "
                             "prior's is 1: samples of the prior do not reach them",
                             largest - vitals.code_rms.begin(), *largest),
                 fmt::format("{}train longer: what draws codes to the prior needs more --epochs",
                             weighs_kl(vitals)       ? "raise --beta (1 is a VAE), or "
                             : has(vitals, "lambda") ? "raise --lambda, or "
                                                     : "")});
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
    find_far_scale(vitals, thresholds, out);
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
    vitals.kl = vitals.prior == PriorKind::learned ? kl_to_all_codes(codes.mean, codes.variance)
                                                   : kl_of_moments(codes.mean, codes.variance);
    for (const double variance : column_means(codes.variance))
      vitals.sigma.push_back(std::sqrt(variance));
  }
  for (const auto& [name, value] : terms) {
    if (name == "total_correlation") vitals.total_correlation = value;
    if (name == "kl") vitals.kl_term = value;
  }
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

std::optional<ScaleUse> scale_use(Model& model, Loader& examples) {
  const auto* gaussian = dynamic_cast<const FixedGaussianLikelihood*>(&model.likelihood());
  const auto* laplace = dynamic_cast<const LaplaceLikelihood*>(&model.likelihood());
  if (gaussian == nullptr && laplace == nullptr) return {};
  constexpr std::int64_t wanted = 256;
  const Looking looking(model);
  const Device device = device_of(model);
  double total = 0, values = 0;
  std::int64_t seen = 0;
  examples.start(0);
  while (seen < std::min(wanted, examples.dataset().size())) {
    const Batch& batch = *examples.next();
    seen += batch.size();
    const Tensor images = Tensor::from(batch.input, device);
    const Tensor error = images - model.reconstruct(images, Tensor::from(batch.labels, device));
    total += sum(gaussian != nullptr ? square(error) : abs(error)).item();
    values += static_cast<double>(images.numel());
  }
  const double mean = total / values;
  if (gaussian == nullptr) return ScaleUse{laplace->scale(), mean};
  return ScaleUse{std::exp(gaussian->log_sigma().item()), std::sqrt(mean)};
}

Vitals examine(Model& model, Loader& examples, const Metrics& terms, std::int64_t limit) {
  Vitals vitals = take_vitals(model, collect_codes(model, examples, limit), terms);
  vitals.codebook = codebook_use(model, examples, limit);
  vitals.scale = scale_use(model, examples);
  return vitals;
}

}  // namespace varve::evaluation
