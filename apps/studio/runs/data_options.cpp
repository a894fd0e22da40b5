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
constexpr std::string_view reading_group = "How files are read";

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

ValueRange range_of(const DataOptions& options, const Dataset& data) {
  if (const auto known = data.range()) return *known;
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
  options.add("data", &data, "'varve data' lists what there is; or a path",
              {.kept = kept, .unit = "DATA"});
  options.add("binarize", &binarize, "none, static (once) or dynamic (anew in every epoch)",
              {.kept = kept});
  options.add("rescale", &rescale,
              "values of the data that become 0 and 1: 0,255; auto: the least and the greatest",
              {.kept = kept, .unit = "LOW,HIGH"});
  declare_reading(options, kept);
}

void DataOptions::declare_reading(Options& options, bool kept) {
  options.add("data-dir", &data_dir, "folder of mnist and fashion-mnist",
              {.kept = kept, .unit = "DIR"});
  const auto add = [&](const char* name, OptionText& text, const char* help, const char* unit) {
    options.add(name, &text, help, {.kept = kept, .unit = unit, .group = reading_group});
  };
  add("key", key, "array of the examples in npz and hdf5; default: by its name", "NAME");
  add("label", label, "array or column of the classes; -: none; default: by its name", "NAME");
  add("layout", layout, "of arrays [N, a, b, c]: hwc, chw or auto: channels are at most 4", "NAME");
  add("shape", shape, "an example of a row of numbers as an image: 28x28, 32x32x3", "HxW");
  add("size", size, "pictures are made so large: 64, 48x64; default: as they are", "N|HxW");
  add("fit", fit, "how: crop (default), pad or stretch", "NAME");
  options.add("channels", &channels,
              "of pictures: 1 grey, 3 colour, 2 and 4 with alpha; 0: colour if one is",
              {.kept = kept, .least = 0, .most = 4, .unit = "N", .group = reading_group});
  add("ground", ground, "behind alpha and around pads: black (default), white, grey, R,G,B",
      "COLOR");
  add("test", test, "other data, all of it for tests", "DATA");
}

void DataOptions::resolve_paths() {
  if (!data_dir.empty()) data_dir = std::filesystem::absolute(data_dir).lexically_normal().string();
  data = resolved_source(data);
  if (!test.text.empty()) test.text = resolved_source(test.text);
}

void DataOptions::read_as(const DataOptions& trained) {
  const auto take = [](OptionText& text, const OptionText& other) {
    if (text.text.empty()) text.text = other.text;
  };
  take(key, trained.key);
  take(label, trained.label);
  take(layout, trained.layout);
  take(shape, trained.shape);
  take(size, trained.size);
  take(fit, trained.fit);
  take(ground, trained.ground);
  if (channels == 0) channels = trained.channels;
}

DataSource DataOptions::source() const {
  DataReading reading{.key = key.text,
                      .label = label.text,
                      .shape = shape.text,
                      .size = size.text,
                      .channels = channels,
                      .test = test.text};
  if (!layout.text.empty()) reading.layout = layout.text;
  if (!fit.text.empty()) reading.fit = fit.text;
  if (!ground.text.empty()) reading.ground = ground.text;
  return {.name = data, .directory = data_dir, .reading = reading};
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
  require_known("--split", name, {"train", "test", "validation", "all"});
  if (name == "validation") return Split::validation;
  return name == "all" ? Split::all : name == "train" ? Split::train : Split::test;
}

OpenedData open_source(const DataOptions& options) { return open_data(options.source()); }

DatasetPtr open_images(const DataOptions& options, Split split) {
  return as_images(options, open_source(options).part(split));
}

DatasetPtr as_images(const DataOptions& options, DatasetPtr data) {
  if (const auto scale = parse_scale(options.rescale))
    data = rescaled(std::move(data), scale->least, scale->most);
  const Shape shape = data->shape();
  if (shape.size() == 1) return reshaped(std::move(data), {1, shape[0], 1});
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

bool names_validation(const std::string& validation) {
  const bool number = validation.find_first_not_of("0123456789.eE+-") == std::string::npos;
  return !number && (validation == "own" || resolved_source(validation) != validation ||
                     validation.find(':') != std::string::npos);
}

DatasetPtr open_validation(const DataOptions& options, const OpenedData& opened,
                           const std::string& validation) {
  if (validation == "own") return as_images(options, opened.part(Split::validation));
  DataOptions other = options;  // what --test does: all of it, with classes by their names
  other.test.text = validation;
  return open_images(other, Split::test);
}

void resolve_scale(DataOptions& options) {
  if (options.rescale != "auto") {
    parse_scale(options.rescale);
    return;
  }
  const OpenedData opened = open_source(options);
  const auto [least, most] = range_of(options, *opened.part(Split::train))
                                 .with(range_of(options, *opened.part(Split::test)));
  if (!(least < most))
    fail(ErrorKind::input,
         "[data] {} holds nothing but {}: --rescale auto needs two different values; give a range "
         "such as --rescale 0,255",
         options.data, least);
  options.rescale = fmt::format("{},{}", least, most);
}

ValueRange find_range(const DataOptions& options, const Dataset& data) {
  return range_of(options, data);
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
