#include "apps/studio/runs/latent_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "apps/studio/pictures/codes.h"
#include "framework/platform/platform.h"
#include "models/evaluation/codes.h"

namespace varve::studio {
namespace {

constexpr std::int64_t most_examples = 1000;
constexpr const char* header = "epoch,sigma,least_sigma,greatest_sigma,mu\n";

LatentSpread measure(const pictures::Moments& moments, std::int64_t epoch) {
  const auto means = moments.mean.as<float>();
  const auto deviations = moments.deviation.as<float>();
  const auto size = static_cast<std::size_t>(moments.mean.shape[1]);
  const auto count = static_cast<double>(means.size());
  std::vector<double> sigmas(size, 0);
  LatentSpread spread{.epoch = epoch};
  for (std::size_t i = 0; i < means.size(); ++i) {
    sigmas[i % size] += deviations[i] / count * static_cast<double>(size);
    spread.sigma += deviations[i] / count;
    spread.mu += std::abs(means[i]) / count;
  }
  const auto [least, greatest] = std::minmax_element(sigmas.begin(), sigmas.end());
  spread.least_sigma = *least;
  spread.greatest_sigma = *greatest;
  return spread;
}

std::string to_row(const LatentSpread& row) {
  return fmt::format("{},{},{},{},{}\n", row.epoch, row.sigma, row.least_sigma, row.greatest_sigma,
                     row.mu);
}

}  // namespace

LatentRecord::LatentRecord(Model& model, Loader examples, std::filesystem::path path)
    : model_(model), path_(std::move(path)) {
  const std::int64_t room = pictures::most_images(model.example_shape());
  images_ = pictures::read_images(examples, std::min(most_examples, room), &labels_);
}

void LatentRecord::on_start(const StartReport& report) {
  const std::int64_t finished = report.batches > 0 ? report.first_step / report.batches : 0;
  const bool anew = report.first_step == 0;  // maybe again: killed before the first checkpoint
  drop_from(anew ? 0 : finished + 1);
  if (anew) add(0);
}

void LatentRecord::on_epoch(const EpochReport& report) { add(report.epoch); }

void LatentRecord::add(std::int64_t epoch) {
  const evaluation::Looking looking(model_);
  const auto moments = pictures::posterior_moments(model_, images_, labels_);
  if (!moments) return;
  rows_.push_back(measure(*moments, epoch));
  if (path_.empty()) return;
  const std::string row = to_row(rows_.back());
  const bool begun = std::filesystem::exists(path_);
  platform::AppendFile(path_).append(begun ? row : header + row);
}

/// An epoch that is done again (after a crash or a resume) replaces its row.
void LatentRecord::drop_from(std::int64_t epoch) const {
  if (path_.empty() || !std::filesystem::exists(path_)) return;
  const std::string text = platform::read_file(path_);
  std::string kept = header;
  // A last row without its end is one that was cut off.
  for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    std::int64_t number = -1;
    std::from_chars(text.data() + begin, text.data() + end, number);
    if (number >= 0 && number < epoch) kept.append(text, begin, end + 1 - begin);
  }
  platform::write_file_atomically(path_, kept);
}

}  // namespace varve::studio
