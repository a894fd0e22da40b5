#include <algorithm>
#include <cmath>

#include "apps/studio/metrics/metric.h"
#include "models/evaluation/latent.h"

namespace varve::studio {
namespace {

using evaluation::Codes;

double sum(const std::vector<double>& values) {
  double total = 0;
  for (const double value : values) total += value;
  return total;
}

}  // namespace

void measure_active_units(MetricContext& context, MetricReport& report) {
  Loader images = context.loader(context.data(), 0);
  const Codes codes = evaluation::collect_codes(context.model(), images);
  report.figures["active_units"] = evaluation::active_units(codes.mean);
  report.figures["latent"] = codes.mean.columns;
  report.figures["variance_of_means"] = numbers(column_variances(codes.mean));
  if (codes.variance.rows > 0) {
    const auto kl = evaluation::kl_of_moments(codes.mean, codes.variance);
    report.figures["kl_per_dimension"] = numbers(kl);
    report.figures["kl"] = number(sum(kl));
  }
  if (context.model().prior() != PriorKind::standard_normal)
    report.remarks.emplace_back(
        "the threshold of 0.01 is meant for the prior N(0, I), which this model has not");
}

void measure_latent(MetricContext& context, MetricReport& report) {
  Loader images = context.latent_examples();
  const Codes codes = evaluation::collect_codes(context.model(), images);
  const auto figures = evaluation::latent_figures(context.model(), codes);
  auto& out = report.figures;
  out["hole_rate"] = number(figures.holes.rate);
  out["hole_distance"] = number(figures.holes.distance);
  out["continuity"] = number(figures.continuity);
  out["completeness"] = number(figures.completeness);
  if (images.dataset().num_classes() > 1) {
    Loader test = context.clean_loader(context.data(), most_compared);
    const auto real = evaluation::read_images(test, 0);
    evaluation::HostModel host(context.model());
    const auto made = host.decode(host.prior_codes(real.labels.size(), codes.draw), real.labels);
    out["completeness_classifier"] = number(
        evaluation::sure_share(evaluation::classifier_sureness(context.classifier(), real.pixels),
                               evaluation::classifier_sureness(context.classifier(), made)));
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

}  // namespace varve::studio
