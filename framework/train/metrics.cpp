#include "framework/train/metrics.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <utility>

#include "framework/core/error.h"
#include "framework/platform/platform.h"

namespace varve {
namespace {

constexpr std::uintmax_t largest_file = 1 << 28;

std::string header_of(const EpochReport& report) {
  std::string text = "epoch,step,seconds,samples_per_second,learning_rate";
  for (const auto& metric : report.train) text += ",train_" + metric.name;
  for (const auto& metric : report.validation) text += ",val_" + metric.name;
  return text + "\n";
}

std::string row_of(const EpochReport& report) {
  auto text = fmt::format("{},{},{},{},{}", report.epoch, report.step, report.seconds,
                          report.samples_per_second, report.learning_rate);
  for (const auto& metric : report.train) text += fmt::format(",{}", metric.value);
  for (const auto& metric : report.validation) text += fmt::format(",{}", metric.value);
  return text + "\n";
}

/// Takes the first line off, with its end; nothing if it has none.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end == std::string_view::npos ? 0 : end + 1);
  text.remove_prefix(line.empty() ? text.size() : line.size());
  return line;
}

/// The epoch that a row is about; 0 if it is no row.
std::int64_t epoch_of(std::string_view row) {
  std::int64_t epoch = 0;
  const auto result = std::from_chars(row.data(), row.data() + row.size(), epoch);
  return result.ec == std::errc() && result.ptr != row.data() + row.size() && *result.ptr == ','
             ? epoch
             : 0;
}

}  // namespace

MeanMetrics::MeanMetrics(std::vector<PartialSum> sums, std::int64_t examples)
    : sums_(std::move(sums)), examples_(examples) {}

void MeanMetrics::add(const Metrics& batch, std::int64_t examples) {
  if (sums_.empty())
    for (const auto& metric : batch) sums_.push_back({metric.name, 0});
  if (sums_.size() != batch.size())
    fail(ErrorKind::usage,
         "[metrics] a batch has {} terms, the ones before it had {}; compute the "
         "same terms for each",
         batch.size(), sums_.size());
  for (std::size_t i = 0; i < batch.size(); ++i)
    sums_[i].sum += batch[i].value * static_cast<double>(examples);
  examples_ += examples;
}

Metrics MeanMetrics::means() const {
  Metrics out;
  if (examples_ == 0) return out;
  for (const auto& [name, sum] : sums_) out.push_back({name, sum / static_cast<double>(examples_)});
  return out;
}

MetricsFile::MetricsFile(std::filesystem::path path, std::int64_t finished_epochs)
    : path_(std::move(path)) {
  if (!std::filesystem::exists(path_)) return;
  const std::string content = platform::read_file(path_, largest_file);
  std::string_view rest = content;
  header_ = take_line(rest);
  std::string kept = header_;
  for (auto row = take_line(rest); !row.empty(); row = take_line(rest))
    if (const auto epoch = epoch_of(row); epoch >= 1 && epoch <= finished_epochs) kept += row;
  if (kept.size() == header_.size()) {  // no row is left: the next one brings its own header
    header_.clear();
    kept.clear();
  }
  if (kept != content) platform::write_file_atomically(path_, kept);
}

void MetricsFile::append(const EpochReport& report) {
  const std::string header = header_of(report);
  if (!header_.empty() && header_ != header) {  // a resume that clips where it did not, say
    const auto before = fmt::format("{}-until-{}.csv", path_.stem().string(), report.epoch - 1);
    platform::rename_durably(path_, path_.parent_path() / before);
    header_.clear();
  }
  platform::AppendFile(path_).append(header_.empty() ? header + row_of(report) : row_of(report));
  header_ = header;
}

}  // namespace varve
