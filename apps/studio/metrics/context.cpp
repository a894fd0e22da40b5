#include <algorithm>

#include "apps/studio/metrics/metric.h"

namespace varve::studio {
namespace {

constexpr std::int64_t most_latent = 10000;      // examples of the latent figures
constexpr std::int64_t most_classified = 12000;  // images that train the classifier
constexpr std::int64_t remarked = 256;           // images that a remark is based on

}  // namespace

std::int64_t MetricContext::batch_size() const {
  return static_cast<std::int64_t>(evaluation::images_at_once(open_.data()->shape()));
}

Loader MetricContext::loader(const DatasetPtr& data, std::int64_t most) const {
  const std::int64_t count =
      options_.limit > 0 && (most == 0 || options_.limit < most) ? options_.limit : most;
  return make_eval_loader(open_.data_options(), limited(data, count), batch_size(), open_.seed());
}

Loader MetricContext::clean_loader(const DatasetPtr& data, std::int64_t most) const {
  const std::int64_t count = options_.limit > 0 ? std::min(options_.limit, most) : most;
  DataOptions clean = open_.data_options();
  clean.binarize = "none";
  return make_eval_loader(clean, limited(data, count), batch_size(), open_.seed());
}

evaluation::ScoreOptions MetricContext::score_options() const {
  return {.train = options_.score_train,
          .test = options_.score_test,
          .batch = options_.score_batch,
          .seed = static_cast<std::uint64_t>(open_.seed())};
}

const DatasetPtr& MetricContext::training_data() {
  if (!training_data_) training_data_ = open_images(open_.data_options(), Split::train);
  return training_data_;
}

const evaluation::FactorCodes& MetricContext::factor_codes(const std::string& metric) {
  if (!factor_codes_) {
    Loader pool = make_eval_loader(open_.data_options(), limited(training_data(), options_.pool),
                                   batch_size(), open_.seed());
    factor_codes_ = evaluation::factor_codes(open_.model(), pool, 0, metric);
  }
  return *factor_codes_;
}

evaluation::Classifier& MetricContext::classifier() {
  if (!classifier_)
    classifier_ = evaluation::train_classifier(limited(training_data(), most_classified));
  return *classifier_;
}

void MetricContext::add_published(MetricReport& report, const std::string& figure) const {
  const auto& data = open_.data_options();
  for (auto& row :
       evaluation::published(figure, open_.run().settings.model.model, data.data, data.binarize))
    report.published.push_back(std::move(row));
}

void MetricContext::remark_on_bernoulli(MetricReport& report) const {
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

Metrics MetricContext::terms() const {
  const auto some = limited(open_.data(), options_.limit);
  if (some == open_.data()) return terms_;
  Loader images =
      make_eval_loader(open_.data_options(), some, open_.run().settings.batch_size, open_.seed());
  return measure(open_.model(), images);
}

Loader MetricContext::latent_examples() const { return loader(open_.data(), most_latent); }

}  // namespace varve::studio
