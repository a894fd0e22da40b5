#include "apps/studio/metrics/metric.h"
#include "models/evaluation/latent.h"
#include "models/evaluation/likelihood.h"

namespace varve::studio {

using evaluation::Codes;

void measure_elbo(MetricContext& context, MetricReport& report) {
  Loader images = context.loader(context.data(), 0);
  const auto bound = evaluation::importance_weighted_bound(context.model(), images,
                                                           {.samples = context.options().samples});
  report.figures["elbo"] = number(-bound.negative_elbo);
  report.figures["samples"] = bound.samples;
  report.figures["images"] = bound.images;
  for (const auto& [name, value] : context.terms()) {
    report.figures[name] = number(value);
    context.add_published(report, name);
  }
  const Codes codes = evaluation::collect_codes(context.model(), images);
  if (codes.variance.rows > 0)
    report.figures["kl_per_dimension"] =
        numbers(evaluation::kl_of_moments(codes.mean, codes.variance));
  context.remark_on_bernoulli(report);
}

void measure_nll(MetricContext& context, MetricReport& report) {
  Loader images = context.loader(context.data(), 0);
  const auto bound = evaluation::importance_weighted_bound(context.model(), images,
                                                           {.samples = context.options().samples});
  report.figures["nll"] = number(bound.nll);
  report.figures["standard_error"] = number(bound.standard_error);
  report.figures["samples"] = bound.samples;
  report.figures["images"] = bound.images;
  report.figures["binarize"] = context.open().data_options().binarize;
  context.remark_on_bernoulli(report);
  context.add_published(report, "nll");
}

}  // namespace varve::studio
