#include "apps/studio/metrics/metric.h"

namespace varve::studio {
namespace {

using nlohmann::ordered_json;

ordered_json by_factor(const std::vector<Factor>& factors, const std::vector<double>& values) {
  auto object = ordered_json::object();
  for (std::size_t f = 0; f < factors.size(); ++f) object[factors[f].name] = number(values[f]);
  return object;
}

void report_score(MetricContext& context, MetricReport& report, const std::string& key,
                  const evaluation::Score& score) {
  const auto& codes = context.factor_codes(report.name);
  report.figures[key] = number(score.value);
  report.figures["by_factor"] = by_factor(codes.factors, score.by_factor);
  report.figures["pool"] = codes.size();
  context.add_published(report, report.name);
}

}  // namespace

void measure_mig(MetricContext& context, MetricReport& report) {
  report_score(
      context, report, "mig",
      evaluation::mutual_information_gap(context.factor_codes("mig"), context.score_options()));
}

void measure_sap(MetricContext& context, MetricReport& report) {
  report_score(context, report, "sap",
               evaluation::separated_attribute_predictability(context.factor_codes("sap"),
                                                              context.score_options()));
}

void measure_dci(MetricContext& context, MetricReport& report) {
  const auto& codes = context.factor_codes("dci");
  const auto result = evaluation::dci(codes, context.score_options());
  report.figures["dci_disentanglement"] = number(result.disentanglement);
  report.figures["dci_completeness"] = number(result.completeness);
  report.figures["dci_informativeness"] = number(result.informativeness);
  report.figures["accuracy_by_factor"] = by_factor(codes.factors, result.accuracy);
  report.figures["pool"] = codes.size();
  context.add_published(report, "dci");
}

void measure_beta_vae_score(MetricContext& context, MetricReport& report) {
  report_score(
      context, report, "beta_vae_score",
      evaluation::beta_vae_score(context.factor_codes("beta-vae-score"), context.score_options()));
}

void measure_factor_vae_score(MetricContext& context, MetricReport& report) {
  report_score(context, report, "factor_vae_score",
               evaluation::factor_vae_score(context.factor_codes("factor-vae-score"),
                                            context.score_options()));
}

}  // namespace varve::studio
