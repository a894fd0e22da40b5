#include "apps/studio/runs/history.h"

#include <algorithm>

#include "framework/core/error.h"
#include "framework/io/csv.h"

namespace varve::studio {
namespace {

constexpr double chart_width = 400;
constexpr double chart_height = 220;

std::vector<History::Column> read_columns(const std::filesystem::path& path) {
  const Table table = load_csv(path);
  const auto values = table.values.as<float>();
  std::vector<History::Column> columns;
  for (const auto& name : table.header) columns.push_back({name, {}});
  for (std::size_t i = 0; i < values.size() && !columns.empty(); ++i)
    columns[i % columns.size()].values.push_back(values[i]);
  return columns;
}

/// "total_correlation" reads "total correlation".
std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

/// A chart of train_<term> and val_<term>.
pictures::Picture draw_term(const History& history, const std::string& term) {
  pictures::LineChart chart{.title = spaced(term), .axes = {.x = "epoch", .whole_x = true}};
  chart.width = chart_width;
  chart.height = chart_height;
  for (const auto& [name, prefix] : {std::pair{"training", "train_"}, {"validation", "val_"}})
    if (const auto* values = history.find(prefix + term))
      chart.lines.push_back({.name = name, .x = *history.find("epoch"), .y = *values});
  return draw(chart);
}

pictures::Picture draw_mu(const std::vector<LatentSpread>& rows) {
  pictures::LineChart chart{.title = "mean |μ| of q(z | x)",
                            .axes = {.x = "epoch", .whole_x = true}};
  chart.width = chart_width;
  chart.height = chart_height;
  chart.lines.emplace_back();
  for (const auto& row : rows) {
    chart.lines[0].x.push_back(static_cast<double>(row.epoch));
    chart.lines[0].y.push_back(row.mu);
  }
  chart.show.include(0);
  return draw(chart);
}

}  // namespace

const std::vector<double>* History::find(const std::string& name) const {
  const auto found = std::find_if(metrics.begin(), metrics.end(),
                                  [&](const Column& column) { return column.name == name; });
  return found == metrics.end() ? nullptr : &found->values;
}

History read_history(const RunFolder& folder) {
  const auto path = folder.metrics();
  if (!std::filesystem::exists(path))
    fail(ErrorKind::input,
         "[run] {} holds no metrics.csv: name the folder of a run that has finished an epoch",
         folder.path.string());
  History history{.metrics = read_columns(path), .latent = {}};
  if (history.find("epoch") == nullptr)
    fail(ErrorKind::input, "[run] {} has no column \"epoch\": restore the file", path.string());
  if (!std::filesystem::exists(folder.latent())) return history;
  const History other{.metrics = read_columns(folder.latent()), .latent = {}};
  for (const auto* name : {"epoch", "sigma", "least_sigma", "greatest_sigma", "mu"})
    if (other.find(name) == nullptr)
      fail(ErrorKind::input, "[run] {} has no column \"{}\": restore or delete the file",
           folder.latent().string(), name);
  for (std::size_t i = 0; i < other.find("epoch")->size(); ++i)
    history.latent.push_back({.epoch = static_cast<std::int64_t>((*other.find("epoch"))[i]),
                              .sigma = (*other.find("sigma"))[i],
                              .least_sigma = (*other.find("least_sigma"))[i],
                              .greatest_sigma = (*other.find("greatest_sigma"))[i],
                              .mu = (*other.find("mu"))[i]});
  return history;
}

pictures::LineChart sigma_chart(const std::vector<SigmaLine>& lines) {
  pictures::LineChart chart{.title = "mean σ of q(z | x)", .axes = {.x = "epoch", .whole_x = true}};
  for (const auto& [name, rows] : lines) {
    pictures::Line line{.name = name};
    for (const auto& row : rows) {
      line.x.push_back(static_cast<double>(row.epoch));
      line.y.push_back(row.sigma);
      line.low.push_back(row.least_sigma);
      line.high.push_back(row.greatest_sigma);
    }
    chart.lines.push_back(std::move(line));
  }
  chart.show.include(0);
  chart.show.include(1);
  return chart;
}

std::vector<pictures::Picture> draw_curves(const History& history) {
  std::vector<pictures::Picture> charts;
  const std::string prefix = "train_";
  for (const auto& column : history.metrics)
    if (column.name.starts_with(prefix))
      charts.push_back(draw_term(history, column.name.substr(prefix.size())));
  if (history.latent.empty()) return charts;
  auto sigma = sigma_chart({{"", history.latent}});
  sigma.width = chart_width;
  sigma.height = chart_height;
  charts.push_back(draw(sigma));
  charts.push_back(draw_mu(history.latent));
  return charts;
}

}  // namespace varve::studio
