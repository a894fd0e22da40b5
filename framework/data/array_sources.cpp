#include "framework/data/array_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "framework/core/error.h"
#include "framework/io/idx.h"
#include "framework/io/named_arrays.h"

namespace varve::detail {
namespace {

namespace fs = std::filesystem;

Shape without_first(const Shape& shape) {
  Shape out = shape;
  out.erase(0);
  return out;
}

/// Of [a, b, c]: channels are at most 4, and stand last where both ends could be.
bool channels_first(const Shape& row, const DataReading& reading, DataReport& report) {
  const std::vector<std::string> names{"auto", "hwc", "chw"};
  if (std::ranges::find(names, reading.layout) == names.end())
    fail(ErrorKind::usage, "[data] unknown --layout '{}': give hwc, chw or auto", reading.layout);
  constexpr std::int64_t most = 4;
  const bool first =
      reading.layout == "chw" || (reading.layout == "auto" && row[2] > most && row[0] <= most);
  if (first)
    report.taken.push_back(fmt::format("channels first: {} x {} of {}", row[1], row[2],
                                       counted(static_cast<std::size_t>(row[0]), "channel")));
  else if (reading.layout == "auto" && row[2] > most)
    report.taken.push_back(fmt::format(
        "channels last: {} x {} of {} channels (--layout chw: first)", row[0], row[1], row[2]));
  return first;
}

/// `--shape`: an image of as many values as the row has.
Shape shape_asked_for(const std::string& text, const Shape& row, const std::string& where) {
  Shape shape = parse_sides("shape", text, 2, 3);
  if (shape.size() == 2) shape.push_back(1);
  if (shape.numel() != row.numel())
    fail(ErrorKind::usage, "[data] {}: an example has {} values {}, and --shape {} needs {}", where,
         row.numel(), row.str(), text, shape.numel());
  return shape;
}

std::string type_and_shape(const io::StoredArray& array) {
  return fmt::format("{} {}", array.type().name(), array.shape().str());
}

}  // namespace

std::string describe(const io::StoredArray& array) { return type_and_shape(array); }

RowRule row_rule(const std::vector<io::StoredArrayPtr>& parts, const DataReading& reading,
                 const std::string& where, DataReport& report) {
  const Shape& shape = parts.front()->shape();
  if (shape.size() < 2 || (shape.size() > 4 && reading.shape.empty()))
    fail(ErrorKind::input,
         "[data] {}: has shape {}; it must be [examples, features], [examples, height, width] or "
         "[examples, height, width, channels]",
         where, shape.str());
  const Shape row = without_first(shape);
  for (const auto& part : parts)
    if (!(without_first(part->shape()) == row))
      fail(ErrorKind::input,
           "[data] {}: its parts have shapes {} and {}; they must have examples of "
           "one shape",
           where, shape.str(), part->shape().str());
  RowRule rule{row, false, 1};
  if (!reading.shape.empty())
    rule.shape = shape_asked_for(reading.shape, row, where);
  else if (row.size() == 2)
    rule.shape.push_back(1);
  else if (row.size() == 3 && channels_first(row, reading, report)) {
    rule.shape = {row[1], row[2], row[0]};
    rule.channels_first = true;
  }
  const io::StoredType& type = parts.front()->type();
  if (type.kind == io::StoredType::Kind::natural && type.size == 1) {
    const bool binary =
        std::ranges::all_of(parts, [](const auto& part) { return are_binary(*part); });
    rule.divisor = binary ? 1.0F : 255.0F;
    report.taken.push_back(binary ? "bytes 0 and 1: taken as 0 and 1"
                                  : "bytes 0 to 255: taken as 0 to 1");
  }
  return rule;
}

OpenedData open_npy(const DataSource& source, const std::string& path) {
  const auto values = io::open_npy(path);
  DataReport report{{type_and_shape(*values)}, {}};
  const RowRule rule = row_rule({values}, source.reading, path, report);
  auto data = stored_dataset({.values = values, .rule = rule, .where = path}, &report);
  return split_off(std::move(data), std::move(report), path);
}

namespace {

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

std::vector<int> idx_labels(const fs::path& path) {
  std::string why;
  if (const auto raw = read_labels(*io::open_idx(path), why))
    if (auto classes = number_classes({*raw}, why)) return std::move(classes->labels.front());
  fail(ErrorKind::input, "[data] {}: {}", path.string(), why);
}

DatasetPtr idx_dataset(const fs::path& images, const fs::path& labels, const DataReading& reading,
                       DataReport& report) {
  const auto values = io::open_idx(images);
  report.taken.push_back(type_and_shape(*values));
  const RowRule rule = row_rule({values}, reading, images.string(), report);
  return stored_dataset({.values = values,
                         .rule = rule,
                         .labels = labels.empty() ? std::vector<int>{} : idx_labels(labels),
                         .where = images.string()},
                        &report);
}

}  // namespace

OpenedData open_mnist(const DataSource& source, const std::string&) {
  const std::string& name = source.name;
  if (source.directory.empty())
    fail(ErrorKind::usage,
         "[data] {} is read from its four IDX files; name their folder with --data-dir DIR", name);
  const auto open = [name, directory = fs::path(source.directory),
                     reading = source.reading](Split split) -> DatasetPtr {
    const std::array folders{directory, directory / name};
    const auto part = [&](const std::string& stem) {
      DataReport report;
      const auto images = find_idx(folders, stem + "-images", "idx3-ubyte");
      return idx_dataset(images, find_idx(folders, stem + "-labels", "idx1-ubyte"), reading,
                         report);
    };
    if (split == Split::validation) fail_no_validation(name);
    if (split == Split::all) return concatenated(part("train"), part("t10k"));
    return part(split == Split::train ? "train" : "t10k");
  };
  return {{}, true, false, open};
}

OpenedData open_idx(const DataSource& source, const std::string& path) {
  DataReport report;
  const fs::path beside = labels_beside(path);
  const auto data = idx_dataset(path, beside, source.reading, report);
  if (!beside.empty()) report.taken.push_back("labels of " + beside.filename().string());
  return split_off(data, std::move(report), path);
}

}  // namespace varve::detail
