#include "apps/varve/data_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <vector>

#include "framework/core/error.h"
#include "framework/core/philox.h"

namespace varve::app {
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
  auto data = open_dataset({.name = options.data, .directory = options.data_dir, .split = split});
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

void check_range(const DataOptions& options, const Dataset& data, const Likelihood& likelihood) {
  const std::string kind = options.data.substr(0, options.data.find(':'));
  if (kind != "npy" && kind != "npz" && kind != "csv") return;
  const Shape shape = data.shape();
  Array example = Array::zeros(shape, DType::f32);
  // What is binarised must be probabilities, whatever the likelihood takes afterwards.
  const BernoulliLikelihood probabilities;
  const Likelihood& rule = options.binarize == "none" ? likelihood : probabilities;
  for (std::int64_t i = 0; i < data.size(); ++i) {
    data.read(i, example.as<float>());
    rule.check(example, options.data);
  }
}

Loader make_eval_loader(const DataOptions& options, const DatasetPtr& data, std::int64_t batch_size,
                        std::int64_t seed) {
  return Loader(data, {.batch_size = batch_size,
                       .shuffle = false,
                       .seed = static_cast<std::uint64_t>(seed),
                       .transforms = make_transforms(options)});
}

Loader make_picture_loader(const DataOptions& options, const DatasetPtr& data) {
  return Loader(data, {.batch_size = 64,
                       .shuffle = !is_mixed(*data),
                       .seed = 0,
                       .transforms = make_transforms(options)});
}

}  // namespace varve::app
