#include "framework/data/file_sources.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "framework/core/error.h"
#include "framework/data/array_dataset.h"
#include "framework/io/csv.h"
#include "framework/io/idx.h"
#include "framework/io/npy.h"

namespace varve::detail {
namespace {

namespace fs = std::filesystem;

/// The array as [examples, features] or as images [examples, height, width, channels].
Array as_examples(Array array, const std::string& where) {
  Shape& shape = array.shape;
  if (shape.size() < 2 || shape.size() > 4)
    fail(ErrorKind::input,
         "[data] {}: has shape {}; it must be [examples, features], [examples, height, width] or "
         "[examples, height, width, channels]",
         where, shape.str());
  if (shape.size() == 3) shape.push_back(1);
  const bool channels_first = shape.size() == 4 && (shape[1] == 1 || shape[1] == 3) && shape[3] > 4;
  if (channels_first)
    fail(ErrorKind::input,
         "[data] {}: has shape {}, which looks like channels first; transpose it to [examples, "
         "height, width, channels]",
         where, shape.str());
  return array;
}

template <class T>
std::vector<int> labels_from(std::span<const T> values, const std::string& where) {
  constexpr int most = 65536;
  std::vector<int> labels;
  labels.reserve(values.size());
  for (const T value : values) {
    const auto exact = static_cast<double>(value);
    if (!(exact >= 0.0 && exact < most) || exact != std::floor(exact))
      fail(ErrorKind::input, "[data] {}: the label {} is not a whole number from 0 to {}", where,
           exact, most - 1);
    labels.push_back(static_cast<int>(value));
  }
  return labels;
}

std::vector<int> as_labels(const Array& array, const std::string& where) {
  if (array.shape.size() == 1) {
    if (array.dtype == DType::u8) return labels_from(array.as<std::uint8_t>(), where);
    if (array.dtype == DType::i32) return labels_from(array.as<std::int32_t>(), where);
    if (array.dtype == DType::i64) return labels_from(array.as<std::int64_t>(), where);
  }
  fail(ErrorKind::input, "[data] {}: labels are {} of shape {}; they must be integers, one a row",
       where, name(array.dtype), array.shape.str());
}

/// 255, or 1 for bytes that are a mask already: dSprites and others store 0 and 1.
float divisor_of(const Array& array) {
  if (array.dtype != DType::u8) return 255.0F;
  return std::ranges::all_of(array.as<std::uint8_t>(), [](auto x) { return x <= 1; }) ? 1.0F
                                                                                      : 255.0F;
}

/// The first of `stem-kind` and `stem.kind`, plain or compressed, that a folder has; empty if none.
fs::path find_idx(const fs::path& folder, const std::string& stem, const std::string& kind) {
  for (const char* dash : {"-", "."})
    for (const char* end : {"", ".gz"}) {
      std::error_code ignored;
      const fs::path path = folder / (stem + dash + kind + end);
      if (fs::is_regular_file(path, ignored)) return path;
    }
  return {};
}

fs::path find_idx(const std::array<fs::path, 2>& folders, const std::string& stem,
                  const std::string& kind) {
  for (const auto& folder : folders)
    if (auto path = find_idx(folder, stem, kind); !path.empty()) return path;
  fail(ErrorKind::input, "[data] neither {} nor {} has {}-{}[.gz]; put the four IDX files there",
       folders[0].string(), folders[1].string(), stem, kind);
}

/// Where an IDX file of images keeps its labels by custom; empty if they are not there.
fs::path labels_beside(const fs::path& images) {
  std::string file = images.filename().string();
  for (const auto& [from, to] : {std::pair{"images", "labels"}, std::pair{"idx3", "idx1"}}) {
    const auto at = file.find(from);
    if (at == std::string::npos) return {};
    file.replace(at, std::string(from).size(), to);
  }
  std::error_code ignored;
  const fs::path path = images.parent_path() / file;
  return fs::is_regular_file(path, ignored) ? path : fs::path{};
}

DatasetPtr idx_dataset(const fs::path& images, const fs::path& labels) {
  return array_dataset(
      {.values = as_examples(load_idx(images), images.string()),
       .labels = labels.empty() ? std::vector<int>{} : as_labels(load_idx(labels), labels.string()),
       .where = images.string()});
}

/// The first of these names that the archive has; nothing if it has none.
std::optional<std::string> find_named(const NpzFile& file, std::span<const std::string> names) {
  for (const auto& wanted : names)
    if (file.contains(wanted)) return wanted;
  return std::nullopt;
}

std::string find_examples(NpzFile& file, const std::string& where) {
  if (auto named = find_named(file, std::array<std::string, 3>{"imgs", "images", "x"}))
    return *named;
  for (const auto& name : file.names())
    if (const auto shape = file.shape(name); shape && shape->size() >= 2 && shape->size() <= 4)
      return name;
  fail(ErrorKind::input,
       "[data] {}: no array has a shape of [examples, ...] with 2 to 4 dimensions; store one, best "
       "under the name images",
       where);
}

/// What an archive knows of the factors of variation of its examples.
struct KnownFactors {
  std::vector<Factor> factors;
  std::vector<int> values;
};

/// The names that dSprites gives to its factors; numbers for those of any other archive.
void name_factors(std::vector<Factor>& factors) {
  constexpr std::array<int, 6> dsprites{1, 3, 6, 40, 32, 32};
  constexpr std::array names{"color", "shape", "scale", "orientation", "x", "y"};
  const bool known = std::ranges::equal(factors, dsprites, {}, &Factor::cardinality);
  for (std::size_t f = 0; f < factors.size(); ++f)
    factors[f].name = known ? names[f] : "factor" + std::to_string(f);
}

KnownFactors read_factors(NpzFile& file, const std::string& where) {
  KnownFactors out;
  if (!file.contains("latents_classes")) return out;
  const Array classes = file.read("latents_classes");
  const std::string name = where + ": latents_classes";
  if (classes.shape.size() != 2)
    fail(ErrorKind::input, "[data] {}: has shape {}; it must be [examples, factors]", name,
         classes.shape.str());
  Array flat = classes;
  flat.shape = {classes.numel()};
  out.values = as_labels(flat, name);
  out.factors.resize(static_cast<std::size_t>(classes.shape[1]));
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    auto& cardinality = out.factors[i % out.factors.size()].cardinality;
    cardinality = std::max(cardinality, out.values[i] + 1);
  }
  name_factors(out.factors);
  return out;
}

DatasetPtr npz_dataset(NpzFile& file, const std::string& examples,
                       const std::optional<std::string>& labels, KnownFactors known,
                       const std::string& path) {
  Array values = file.read(examples);
  const std::string where = path + ": " + examples;
  const float divisor = divisor_of(values);
  return array_dataset(
      {.values = as_examples(std::move(values), where),
       .labels = labels ? as_labels(file.read(*labels), path + ": " + *labels) : std::vector<int>{},
       .factors = std::move(known.factors),
       .factor_values = std::move(known.values),
       .divisor = divisor,
       .where = where});
}

}  // namespace

DatasetPtr split_off(DatasetPtr all, Split split, const std::string& where) {
  constexpr std::int64_t one_in = 6;
  if (split == Split::test && all->size() < one_in)
    fail(ErrorKind::input,
         "[data] {}: has {} examples and needs at least {} for a test split (one in {})", where,
         all->size(), one_in, one_in);
  return holdout(std::move(all), one_in, split == Split::test);
}

DatasetPtr open_mnist(const std::string& name, const fs::path& directory, Split split) {
  const std::array folders{directory, directory / name};
  const std::string stem = split == Split::train ? "train" : "t10k";
  const auto images = find_idx(folders, stem + "-images", "idx3-ubyte");
  const auto labels = find_idx(folders, stem + "-labels", "idx1-ubyte");
  return idx_dataset(images, labels);
}

DatasetPtr open_idx(const fs::path& path, Split split) {
  return split_off(idx_dataset(path, labels_beside(path)), split, path.string());
}

DatasetPtr open_npy(const fs::path& path, Split split) {
  Array values = load_npy(path);
  const float divisor = divisor_of(values);
  return split_off(array_dataset({.values = as_examples(std::move(values), path.string()),
                                  .divisor = divisor,
                                  .where = path.string()}),
                   split, path.string());
}

DatasetPtr open_npz(const fs::path& path, Split split) {
  NpzFile file(path);
  const std::string where = path.string();
  const std::string part = split == Split::train ? "train" : "test";
  if (file.contains("x_train") && file.contains("x_test"))
    return npz_dataset(file, "x_" + part, find_named(file, std::array{"y_" + part}), {}, where);
  const std::string examples = find_examples(file, where);
  const auto labels = find_named(file, std::array<std::string, 3>{"labels", "label", "y"});
  return split_off(npz_dataset(file, examples, labels, read_factors(file, where), where), split,
                   where + ": " + examples);
}

DatasetPtr open_csv(const fs::path& path, Split split) {
  Table table = load_csv(path);
  const auto column = std::ranges::find(table.header, "label");
  if (column == table.header.end())
    return split_off(array_dataset({.values = std::move(table.values), .where = path.string()}),
                     split, path.string());
  const auto width = table.header.size();
  const auto at = static_cast<std::size_t>(column - table.header.begin());
  std::vector<float> labels;
  std::vector<float> features;
  const auto cells = std::as_const(table.values).as<float>();
  for (std::size_t i = 0; i < cells.size(); ++i)
    (i % width == at ? labels : features).push_back(cells[i]);
  const Shape shape{table.values.shape[0], static_cast<std::int64_t>(width) - 1};
  return split_off(array_dataset({.values = Array::of<float>(shape, features),
                                  .labels = labels_from(std::span<const float>(labels),
                                                        path.string() + ": column label"),
                                  .where = path.string()}),
                   split, path.string());
}

}  // namespace varve::detail
