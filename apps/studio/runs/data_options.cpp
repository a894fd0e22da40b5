#include "apps/studio/runs/data_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/core/error.h"
#include "framework/core/philox.h"
#include "models/evaluation/codes.h"

namespace varve::studio {
namespace {

constexpr std::int64_t smallest_side = 8;

/// How many examples of `size` the text asks for.
std::int64_t parse_part(const std::string& text, std::int64_t size) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool whole = number == std::floor(number);
  if (error != std::errc() || stop != end || !(number >= 0) || (number > 1 && !whole))
    fail(ErrorKind::usage,
         "[data] --validation '{}': give a share such as 0.1 or a number such as 5000", text);
  return number < 1 ? std::llround(number * static_cast<double>(size)) : std::llround(number);
}

/// `count` of the indices below `size`, rising: one of each of `count` equal strata.
std::vector<std::int64_t> spread_indices(std::int64_t size, std::int64_t count) {
  PhiloxStream stream(0, 0);
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t first = size * i / count;
    const std::int64_t width = size * (i + 1) / count - first;
    indices.push_back(first + stream.below(static_cast<std::uint32_t>(width)));
  }
  return indices;
}

/// "0,255", or nothing for "none".
std::optional<ValueRange> parse_scale(const std::string& text) {
  if (text == "none") return {};
  ValueRange range;
  const auto read = [](std::string_view part, double& number) {
    const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    return error == std::errc() && stop == part.data() + part.size() && std::isfinite(number);
  };
  const std::string_view all = text;
  const auto comma = all.find(',');
  if (comma == std::string_view::npos || !read(all.substr(0, comma), range.least) ||
      !read(all.substr(comma + 1), range.most) || !(range.least < range.most))
    fail(ErrorKind::usage,
         "[data] --rescale '{}': give two numbers in order such as 0,255, or auto or none", text);
  return range;
}

DatasetPtr open_unscaled(const DataOptions& options, Split split) {
  return open_dataset({.name = options.data, .directory = options.data_dir, .split = split});
}

/// Whether values may be anything, as in files of numbers.
bool holds_numbers(const DataOptions& options) {
  const std::string kind = options.data.substr(0, options.data.find(':'));
  return kind == "npy" || kind == "npz" || kind == "csv";
}

ValueRange range_of(const DataOptions& options, const Dataset& data) {
  std::vector<float> example(static_cast<std::size_t>(data.shape().numel()));
  constexpr double beyond = std::numeric_limits<double>::infinity();
  ValueRange range{beyond, -beyond};
  for (std::int64_t i = 0; i < data.size(); ++i) {
    data.read(i, example);
    for (const float value : example) {
      if (!std::isfinite(value))  // no source holds that: it is made of a number far outside
        fail(ErrorKind::input,
             "[data] --rescale {} makes {} of a value in example {} of {}: give a wider range",
             options.rescale, value, i, options.data);
      range.least = std::min<double>(range.least, value);
      range.most = std::max<double>(range.most, value);
    }
  }
  return range;
}

bool is_mixed(const Dataset& data) {
  const std::int64_t looked_at = std::min<std::int64_t>(data.size(), 100);
  for (std::int64_t i = 1; i < looked_at; ++i)
    if (data.label(i) != data.label(0)) return true;
  return false;
}

}  // namespace

void DataOptions::declare(Options& options, bool kept) {
  options.add("data", &data, "'varve data' lists what there is", {.kept = kept, .unit = "DATA"});
  options.add("data-dir", &data_dir, "folder of mnist and fashion-mnist",
              {.kept = kept, .unit = "DIR"});
  options.add("binarize", &binarize, "none, static (once) or dynamic (anew in every epoch)",
              {.kept = kept});
  options.add("rescale", &rescale,
              "values of the data that become 0 and 1: 0,255; auto: the least and the greatest",
              {.kept = kept, .unit = "LOW,HIGH"});
}

void DataOptions::resolve_paths() {
  const auto absolute = [](const std::string& path) {
    return std::filesystem::absolute(path).lexically_normal().string();
  };
  if (!data_dir.empty()) data_dir = absolute(data_dir);
  if (const auto colon = data.find(':'); colon != std::string::npos && colon + 1 < data.size())
    data = data.substr(0, colon + 1) + absolute(data.substr(colon + 1));
}

std::string DataOptions::short_name() const {
  const auto colon = data.find(':');
  if (colon == std::string::npos) return data;
  std::filesystem::path path(data.substr(colon + 1));
  if (!path.has_filename()) path = path.parent_path();
  const std::string stem = path.stem().string();
  return stem.empty() || stem == "." || stem == ".." ? data.substr(0, colon) : stem;
}

Split parse_split(const std::string& name) {
  require_known("--split", name, {"train", "test"});
  return name == "train" ? Split::train : Split::test;
}

DatasetPtr open_images(const DataOptions& options, Split split) {
  auto data = open_unscaled(options, split);
  if (const auto scale = parse_scale(options.rescale))
    data = rescaled(std::move(data), scale->least, scale->most);
  const Shape shape = data->shape();
  if (shape.size() != 3)
    fail(ErrorKind::input,
         "[data] {} holds examples of shape {}, and models need images (height, width, channels): "
         "reshape the data and save them as NPY",
         options.data, shape.str());
  if (shape[0] < smallest_side || shape[1] < smallest_side)
    fail(ErrorKind::input,
         "[data] {} holds images of shape {}, and models need sides of at least {}: pad or enlarge "
         "the images",
         options.data, shape.str(), smallest_side);
  return data;
}

Transforms make_transforms(const DataOptions& options) {
  require_known("--binarize", options.binarize, {"none", "static", "dynamic"});
  if (options.binarize == "static") return {transforms::binarize_static()};
  if (options.binarize == "dynamic") return {transforms::binarize_dynamic()};
  return {};
}

DatasetPtr limited(const DatasetPtr& data, std::int64_t count) {
  if (count == 0 || count >= data->size()) return data;
  return subset(data, spread_indices(data->size(), count));
}

TrainingData split_validation(const DatasetPtr& data, const std::string& validation) {
  const std::int64_t size = data->size();
  const std::int64_t part = parse_part(validation, size);
  if (part == 0) return {data, nullptr};
  if (part >= size)
    fail(ErrorKind::usage,
         "[data] --validation {} leaves none of {} examples for training: hold "
         "out fewer",
         validation, size);
  std::vector<std::int64_t> held = spread_indices(size, part);
  std::vector<std::int64_t> rest;
  for (std::int64_t i = 0, next = 0; i < size; ++i) {
    if (next < part && held[static_cast<std::size_t>(next)] == i)
      ++next;
    else
      rest.push_back(i);
  }
  return {subset(data, std::move(rest)), subset(data, std::move(held))};
}

void resolve_scale(DataOptions& options) {
  if (options.rescale != "auto") {
    parse_scale(options.rescale);
    return;
  }
  ValueRange range;
  if (holds_numbers(options)) {
    range = range_of(options, *open_unscaled(options, Split::train));
    const ValueRange test = range_of(options, *open_unscaled(options, Split::test));
    range = {std::min(range.least, test.least), std::max(range.most, test.most)};
  }
  const auto [least, most] = range;
  if (!(least < most))
    fail(ErrorKind::input,
         "[data] {} holds nothing but {}: --rescale auto needs two different values; give a range "
         "such as --rescale 0,255",
         options.data, least);
  options.rescale = fmt::format("{},{}", least, most);
}

ValueRange find_range(const DataOptions& options, const Dataset& data) {
  return holds_numbers(options) || options.rescale != "none" ? range_of(options, data)
                                                             : ValueRange{};
}

void check_range(const DataOptions& options, const ValueRange& range,
                 const Likelihood& likelihood) {
  // What is binarised must be probabilities, whatever the likelihood takes afterwards.
  const bool binarized = options.binarize != "none";
  const auto [low, high] = binarized ? BernoulliLikelihood().range() : likelihood.range();
  for (const double value : {range.least, range.most})
    if (!(value >= low && value <= high))
      fail(ErrorKind::input,
           "[data] {} holds {}, and {} needs values in [{}, {}]: map the data there with --rescale "
           "auto, or take {}",
           options.data, value,
           binarized ? "--binarize " + options.binarize
                     : fmt::format("--likelihood {}", likelihood.name()),
           low, high, binarized ? "--binarize none" : "--likelihood gaussian");
}

Loader make_eval_loader(const DataOptions& options, const DatasetPtr& data, std::int64_t batch_size,
                        std::int64_t seed) {
  return Loader(data, {.batch_size = batch_size,
                       .shuffle = false,
                       .seed = static_cast<std::uint64_t>(seed),
                       .transforms = make_transforms(options)});
}

Loader make_picture_loader(const DataOptions& options, const DatasetPtr& data) {
  const auto room = static_cast<std::int64_t>(evaluation::images_at_once(data->shape()));
  return Loader(data, {.batch_size = std::min<std::int64_t>(64, room),
                       .shuffle = !is_mixed(*data),
                       .seed = 0,
                       .transforms = make_transforms(options)});
}

}  // namespace varve::studio
