#include "framework/data/sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "framework/data/file_sources.h"
#include "framework/data/synthetic.h"
#include "framework/io/content.h"
#include "framework/platform/platform.h"

namespace varve {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t sprites_one_in = 72;  // 10240 of the 737280 sprites are for tests

OpenedData open_digits(const DataSource&, const std::string&) {
  return {{}, true, false, [](Split split) {
            if (split == Split::validation) detail::fail_no_validation("digits");
            if (split == Split::all) return concatenated(digits(Split::train), digits(Split::test));
            return digits(split);
          }};
}

OpenedData open_sprites(const DataSource&, const std::string&) {
  return detail::split_off(sprites(), {}, "sprites", sprites_one_in);
}

Registry<DataSourceKind> built_in() {
  return Registry<DataSourceKind>(
      "data",
      {
          {"digits", "", "handwriting-like digits, 28 x 28 grey, 10 classes, drawn by Varve",
           open_digits},
          {"sprites", "", "the five factors of dSprites, 64 x 64 black and white, drawn by Varve",
           open_sprites},
          {"mnist", "", "handwritten digits, 28 x 28 grey: four IDX files in --data-dir",
           detail::open_mnist},
          {"fashion-mnist", "", "pieces of clothing, 28 x 28 grey: four IDX files in --data-dir",
           detail::open_mnist},
          {"idx", "FILE", "an IDX file, plain or gzip, with its labels if they lie beside it",
           detail::open_idx},
          {"folder", "DIR",
           "pictures at any depth; folders train and test are parts, others classes",
           detail::open_folder},
          {"npy", "FILE", "a NumPy array [N, features], [N, H, W], [N, H, W, C] or [N, C, H, W]",
           detail::open_npy},
          {"npz", "FILE", "a NumPy archive: x_train, x_test, y_train ..., or images and labels",
           detail::open_npz},
          {"hdf5", "FILE", "an HDF5 file, with arrays named as those of npz", detail::open_hdf5},
          {"csv", "FILE", "a table of numbers (CSV, TSV); a column named label holds classes",
           detail::open_csv},
      });
}

const DataSourceKind* find_kind(std::string_view name) { return data_source_registry().find(name); }

[[noreturn]] void fail_unknown(const std::string& given, const std::string& name) {
  fail(ErrorKind::usage, "[data] unknown data '{}'{}", given,
       did_you_mean(name, data_source_registry().names()));
}

std::string first_bytes(const fs::path& path) {
  platform::InputFile file(path);
  std::string head(512, '\0');
  head.resize(file.read(std::as_writable_bytes(std::span(head))));
  return head;
}

/// The kind of a file by its content, or of a folder; empty if it cannot be seen.
std::string kind_of(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return "folder";
  const std::string head = first_bytes(path);
  const std::string name = path.filename().string();
  if (head.starts_with("\x93NUMPY")) return "npy";
  if (head.starts_with("PK\x03\x04")) return "npz";
  if (head.starts_with("\x89HDF\r\n")) return "hdf5";
  if (head.size() > 4 && head[0] == 0 && head[1] == 0 && head[2] >= 8 && head[2] <= 14)
    return "idx";
  if (head.starts_with("\x1f\x8b"))
    for (const auto& [end, kind] :
         {std::pair{".npy.gz", "npy"}, {".csv.gz", "csv"}, {".tsv.gz", "csv"}, {"ubyte.gz", "idx"}})
      if (name.ends_with(end)) return kind;
  const bool text = std::ranges::none_of(head, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
  });
  if (text && head.find_first_of(",;\t") != std::string::npos && !head.starts_with('<'))
    return "csv";
  return {};
}

/// The kind before the colon and what stands behind it.
struct Typed {
  std::string kind, path;
  bool has_colon = false;
};

Typed split_name(const std::string& name) {
  const auto colon = name.find(':');
  if (colon != std::string::npos) return {name.substr(0, colon), name.substr(colon + 1), true};
  return {name, "", false};
}

/// Whether the name is a path alone: of something that is there, and of no kind.
bool is_path(const std::string& name) {
  const Typed typed = split_name(name);
  std::error_code error;
  return !name.empty() && find_kind(typed.kind) == nullptr && fs::exists(name, error);
}

/// With the kind before a path that stands alone.
std::string with_kind(const std::string& name) {
  if (!is_path(name)) return name;
  const std::string kind = kind_of(name);
  if (kind.empty())
    fail(ErrorKind::usage, "[data] {}: {}; say what it is, as in csv:{}", name,
         io::what_else(first_bytes(name)), name);
  return kind + ":" + name;
}

OpenedData open_one(const DataSource& source) {
  const std::string name = with_kind(source.name);
  const auto [kind, path, has_colon] = split_name(name);
  const DataSourceKind* known = find_kind(kind);
  if (known == nullptr) fail_unknown(source.name, kind);
  if (known->parameter.empty() && has_colon)
    fail(ErrorKind::usage, "[data] '{}' takes no path; write '{}'", source.name, kind);
  if (!known->parameter.empty() && path.empty())
    fail(ErrorKind::usage, "[data] '{}' needs a path; write '{}'", source.name, known->typed());
  return known->open(source, path);
}

/// Every example of a source for tests.
std::shared_ptr<const Dataset> as_test(const OpenedData& data, const Dataset& train,
                                       const std::string& where) {
  auto test = data.part(data.has_own_test() ? Split::test : Split::all);
  if (!(test->shape() == train.shape()))
    fail(ErrorKind::input,
         "[data] {}: --test holds examples of shape {}, and those for training are {}; make them "
         "alike",
         where, test->shape().str(), train.shape().str());
  const auto names = train.class_names();
  return with_classes(std::move(test), {names.begin(), names.end()}, where);
}

/// A source whose test part is another one's.
OpenedData with_test(OpenedData data, const DataSource& source) {
  DataSource other = source;
  other.name = source.reading.test;
  other.reading.test.clear();
  OpenedData test = open_one(other);
  DataReport report = data.report();
  report.taken.push_back(fmt::format("for tests {}", other.name));
  for (const auto& text : test.report().taken) report.taken.push_back("for tests: " + text);
  for (const auto& text : test.report().left_out) report.left_out.push_back("for tests: " + text);
  const bool validation = data.has_validation();
  const auto open = [data = std::move(data), test = std::move(test),
                     where = other.name](Split split) -> std::shared_ptr<const Dataset> {
    const Split train = data.has_own_test() ? Split::train : Split::all;
    if (split == Split::train) return data.part(train);
    if (split == Split::validation) return data.part(Split::validation);
    auto tests = as_test(test, *data.part(train), where);
    return split == Split::test ? tests : concatenated(data.part(train), tests);
  };
  return {std::move(report), true, validation, open};
}

}  // namespace

Registry<DataSourceKind>& data_source_registry() {
  static Registry<DataSourceKind> registry = built_in();
  return registry;
}

OpenedData open_data(const DataSource& source) {
  OpenedData data = open_one(source);
  return source.reading.test.empty() ? data : with_test(std::move(data), source);
}

std::shared_ptr<const Dataset> open_dataset(const DataSource& source) {
  return open_data(source).part(source.split);
}

std::string resolved_source(const std::string& name) {
  const std::string typed = with_kind(name);
  const auto [kind, path, has_colon] = split_name(typed);
  if (!has_colon || path.empty()) return typed;
  return kind + ":" + fs::absolute(path).lexically_normal().string();
}

}  // namespace varve
