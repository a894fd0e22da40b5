#include <algorithm>
#include <utility>
#include <vector>

#include "framework/core/error.h"
#include "framework/data/array_dataset.h"
#include "framework/data/file_sources.h"
#include "framework/data/labels.h"
#include "framework/io/csv.h"

namespace varve::detail {

OpenedData open_csv(const DataSource& source, const std::string& path) {
  Table table = load_csv(path);
  const std::string name = source.reading.label.empty() ? "label" : source.reading.label;
  const auto column = std::ranges::find(table.header, name);
  const bool labelled = column != table.header.end() && name != "-";
  if (!labelled && !source.reading.label.empty() && name != "-")
    fail(ErrorKind::input, "[data] {}: --label {}: there is no such column among {}", path, name,
         listed(table.header, 8));
  DataReport report{
      {fmt::format("{} rows of {} columns", table.values.shape[0], table.values.shape[1])}, {}};
  if (!table.header.empty())
    report.taken.push_back(fmt::format("names of the first row: {}", listed(table.header, 6)));
  Classes classes;
  if (labelled) {
    const auto width = table.header.size();
    const auto at = static_cast<std::size_t>(column - table.header.begin());
    RawLabels labels;
    std::vector<float> features;
    const auto cells = std::as_const(table.values).as<float>();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i % width == at)
        labels.numbers.push_back(static_cast<double>(cells[i]));
      else
        features.push_back(cells[i]);
    }
    std::string why;
    auto numbered = number_classes({labels}, why);
    if (!numbered) fail(ErrorKind::input, "[data] {}: column {}: {}", path, name, why);
    classes = std::move(*numbered);
    report.taken.push_back(fmt::format("column {} as labels of {} classes", name, classes.count));
    table.values =
        Array::of<float>({table.values.shape[0], static_cast<std::int64_t>(width) - 1}, features);
  }
  auto data = array_dataset(
      {.values = std::move(table.values),
       .labels = classes.labels.empty() ? std::vector<int>{} : std::move(classes.labels.front()),
       .num_classes = classes.count,
       .class_names = std::move(classes.names),
       .where = path});
  if (!source.reading.shape.empty()) {
    Shape shape = parse_sides("shape", source.reading.shape, 2, 3);
    if (shape.size() == 2) shape.push_back(1);
    data = reshaped(std::move(data), shape);
  }
  return split_off(std::move(data), std::move(report), path);
}

}  // namespace varve::detail
