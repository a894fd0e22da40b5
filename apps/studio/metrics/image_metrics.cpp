#include "apps/studio/metrics/metric.h"
#include "models/evaluation/restoration.h"

namespace varve::studio {
namespace {

constexpr double sharp_eye = 0.8;  // accuracy of a classifier whose features mean something

}  // namespace

void measure_frechet(MetricContext& context, MetricReport& report) {
  Loader test = context.clean_loader(context.data(), most_compared);
  const auto real = evaluation::read_images(test, 0);
  Loader train = context.clean_loader(context.training_data(), real.pixels.shape[0]);
  const auto result = evaluation::classifier_frechet(context.model(), context.classifier(), real,
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

void measure_restoration(MetricContext& context, MetricReport& report) {
  std::optional<TrainedRun::Loaded> other;
  if (!context.options().spoilt_by.empty()) {
    other = TrainedRun(context.options().spoilt_by).load("auto");
    report.figures["spoilt_by"] = context.options().spoilt_by;
  }
  Loader images = context.loader(context.data(), 0);
  const auto errors =
      evaluation::restoration(context.model(), other ? *other->model : context.model(), images);
  report.figures["error_spoilt"] = number(errors.spoilt);
  report.figures["error_restored"] = number(errors.restored);
  report.figures["error_clean"] = number(errors.clean);
  report.figures["images"] = errors.images;
}

}  // namespace varve::studio
