#include "framework/data/sources.h"

#include <array>
#include <string_view>

#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "framework/data/file_sources.h"
#include "framework/data/synthetic.h"

namespace varve {
namespace {

using detail::DatasetPtr;

constexpr std::int64_t sprites_one_in = 72;  // 10240 of the 737280 sprites are for tests

/// What a source is given: itself, and what stands behind the colon.
struct Request {
  const DataSource& source;
  std::string path;
};

DatasetPtr open_mnist(const Request& request) {
  const auto& [name, directory, split] = request.source;
  if (directory.empty())
    fail(ErrorKind::usage,
         "[data] {} is read from its four IDX files; name their folder with --data-dir DIR", name);
  return detail::open_mnist(name, directory, split);
}

template <auto open>
DatasetPtr open_path(const Request& request) {
  return open(request.path, request.source.split);
}

struct Source {
  std::string name;       ///< without the path
  std::string parameter;  ///< FILE or DIR if a path belongs to it
  std::string description;
  DatasetPtr (*open)(const Request&);

  std::string typed() const { return parameter.empty() ? name : name + ":" + parameter; }
};

const std::array<Source, 9>& table() {
  static const std::array<Source, 9> sources{{
      {"digits", "", "handwriting-like digits, 28 x 28 grey, 10 classes, drawn by Varve",
       [](const Request& r) { return digits(r.source.split); }},
      {"sprites", "", "the five factors of dSprites, 64 x 64 black and white, drawn by Varve",
       [](const Request& r) {
         return holdout(sprites(), sprites_one_in, r.source.split == Split::test);
       }},
      {"mnist", "", "handwritten digits, 28 x 28 grey: four IDX files in --data-dir", open_mnist},
      {"fashion-mnist", "", "pieces of clothing, 28 x 28 grey: four IDX files in --data-dir",
       open_mnist},
      {"idx", "FILE", "an IDX file, plain or gzip, with its labels if they lie beside it",
       open_path<detail::open_idx>},
      {"folder", "DIR", "PNG images of one size; sub-folders are classes",
       open_path<detail::open_folder>},
      {"npy", "FILE", "a NumPy array [N, features], [N, H, W] or [N, H, W, C]",
       open_path<detail::open_npy>},
      {"npz", "FILE", "a NumPy archive: x_train and x_test, or imgs, images, x, or what fits first",
       open_path<detail::open_npz>},
      {"csv", "FILE", "a table of numbers; a column named label holds classes",
       open_path<detail::open_csv>},
  }};
  return sources;
}

[[noreturn]] void fail_unknown(const std::string& given, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& source : table()) names.push_back(source.name);
  fail(ErrorKind::usage, "[data] unknown data '{}'{}", given, did_you_mean(name, names));
}

}  // namespace

std::shared_ptr<const Dataset> open_dataset(const DataSource& source) {
  const auto colon = source.name.find(':');
  const std::string name = source.name.substr(0, colon);
  const std::string path = colon == std::string::npos ? "" : source.name.substr(colon + 1);
  for (const auto& known : table()) {
    if (known.name != name) continue;
    if (known.parameter.empty() && colon != std::string::npos)
      fail(ErrorKind::usage, "[data] '{}' takes no path; write '{}'", source.name, name);
    if (!known.parameter.empty() && path.empty())
      fail(ErrorKind::usage, "[data] '{}' needs a path; write '{}'", source.name, known.typed());
    return known.open({source, path});
  }
  fail_unknown(source.name, name);
}

std::vector<DataSourceInfo> data_sources() {
  std::vector<DataSourceInfo> out;
  for (const auto& source : table()) out.push_back({source.typed(), source.description});
  return out;
}

}  // namespace varve
