#include <fmt/core.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/studio/command.h"
#include "apps/studio/metrics/metric.h"
#include "apps/studio/report/findings.h"
#include "apps/studio/report/html.h"
#include "apps/studio/runs/history.h"
#include "apps/studio/runs/run_pictures.h"
#include "framework/core/error.h"
#include "framework/io/json.h"
#include "framework/platform/platform.h"
#include "models/evaluation/latent.h"

namespace varve::studio {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string to_text(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string joined;
  for (const auto& entry : value) joined += (joined.empty() ? "" : ", ") + to_text(entry);
  return joined;
}

/// "train_loss" reads "train loss".
std::string spaced(std::string name) {
  for (auto& c : name)
    if (c == '_') c = ' ';
  return name;
}

/// A row for each entry of config.json that is not empty.
Pairs configuration(const RunFolder& folder) {
  Pairs rows;
  const auto config = io::read_json(folder.config(), "[report]");
  for (const auto& [key, value] : config.items())
    if (const std::string text = to_text(value); !text.empty()) rows.emplace_back(key, text);
  return rows;
}

/// Drawings of lines: they stay sharp at any size.
void add_svg(HtmlPage& page, const RunPicture& shown) {
  page.picture(shown.picture.svg(), "image/svg+xml", shown.picture.width(), shown.picture.title(),
               shown.caption);
}

/// Photographs, and drawings of so many dots that an SVG would be large.
void add_png(HtmlPage& page, const RunPicture& shown, double scale) {
  page.picture(shown.picture.png(scale), "image/png", shown.picture.width(), shown.picture.title(),
               shown.caption);
}

void add_codes(HtmlPage& page, OpenRun& open, const Metrics& metrics, Loader examples) {
  page.heading("Codes");
  const auto findings = evaluation::diagnose(examine(open, metrics));
  if (findings.empty()) page.paragraph("The checks of the codes found nothing wrong.");
  for (const auto& finding : findings)
    page.note(finding.name, fmt::format("{} {}", finding.what, finding.remedy));
  const auto codes = evaluation::collect_codes(open.model(), examples);
  constexpr std::size_t too_few = 20;
  if (codes.mean.rows < too_few || codes.mean.columns > evaluation::widest_code) return;
  const auto figures = evaluation::latent_figures(open.model(), codes);
  Pairs numbers{
      {"dimensions in use", fmt::format("{} of {}", figures.used, figures.mean.size())},
      {"hole rate", fmt::format("{:.1f} %", 100 * figures.holes.rate)},
      {"completeness", fmt::format("{:.1f} %", 100 * figures.completeness)},
      {"continuity", fmt::format("{:.2f}", figures.continuity)},
      {"total correlation (Gaussian)", fmt::format("{:.2f} nats", figures.total_correlation)}};
  if (figures.class_area_ratio && std::isfinite(*figures.class_area_ratio))
    numbers.emplace_back("largest class area over the smallest",
                         fmt::format("{:.1f}", *figures.class_area_ratio));
  page.numbers(numbers);
}

/// "87.61", "0.2, 0.4", "shape 0.3, scale 0.1".
std::string figure_text(const nlohmann::ordered_json& value) {
  if (value.is_number_float()) return fmt::format("{:.4g}", value.get<double>());
  if (!value.is_structured()) return value.is_string() ? value.get<std::string>() : value.dump();
  std::string joined;
  for (const auto& [key, entry] : value.items())
    joined += fmt::format("{}{}{}", joined.empty() ? "" : ", ",
                          value.is_object() ? key + " " : std::string(), figure_text(entry));
  return joined;
}

void add_metrics(HtmlPage& page, const std::vector<MetricReport>& reports) {
  if (reports.empty()) return;
  page.heading("Evaluation");
  for (const auto& report : reports) {
    page.subheading(spaced(report.name));
    if (!report.skipped.empty()) page.paragraph("Skipped: " + report.skipped);
    Pairs rows;
    for (const auto& [name, value] : report.figures.items())
      rows.emplace_back(spaced(name), figure_text(value));
    for (const auto& row : report.published)
      rows.emplace_back(spaced(row.metric) + ", published",
                        fmt::format("{:g} ({}; {})", row.value, row.setting, row.source));
    if (!rows.empty()) page.table(rows);
    for (const auto& remark : report.remarks) page.paragraph(remark);
  }
}

class Report : public Command {
 public:
  About about() const override {
    return {"Write a page with all there is to know about a run", "varve report runs/vae-digits-1"};
  }

  void declare(Options& options) override {
    options_.declare(options);
    metrics_.declare(options);
    options.add("out", &out_, "the .html to write; default: RUN/report.html", {.unit = "FILE"});
  }

  int run(const Options&) override {
    if (!out_.empty() && std::filesystem::path(out_).extension() != ".html")
      fail(ErrorKind::usage, "[report] --out {}: the name must end in .html", out_);
    metrics_.chosen();  // names first: before anything takes time
    OpenRun open(options_);
    const History history = read_history(open.run().folder);
    const std::filesystem::path path =
        out_.empty() ? open.run().folder.path / "report.html" : std::filesystem::path(out_);
    platform::write_file_atomically(path, write(open, history));
    fmt::print("{}\n", path.string());
    open.device().report();
    return 0;
  }

 private:
  std::string write(OpenRun& open, const History& history) const;

  RunOptions options_;
  MetricOptions metrics_;
  std::string out_;
};

std::string Report::write(OpenRun& open, const History& history) const {
  const Metrics metrics = measure_finite(open);
  const auto& settings = open.run().settings;
  HtmlPage page(open.title(), fmt::format("{}, {} parameters, codes of {} dimensions, {} epochs",
                                          settings.model.arch, open.model().parameter_count(),
                                          open.model().latent_size(), open.loaded().epochs));
  Pairs numbers;
  for (const auto& [name, value] : metrics)
    numbers.emplace_back(fmt::format("{} {}", open.split(), spaced(name)),
                         fmt::format("{:.2f}", value));
  page.numbers(numbers);
  page.paragraph(fmt::format("Means over {} examples of the {} split, from {}. Losses: {}.",
                             open.examples().dataset().size(), open.split(),
                             open.loaded().checkpoint.filename().string(), objective_of(open)));
  MetricContext context(open, metrics_, metrics);
  add_codes(page, open, metrics, context.latent_examples());
  add_metrics(page, measure_chosen(context));

  page.heading("Training");
  const pictures::Panels curves{
      .title = "", .subtitle = "", .pictures = draw_curves(history), .columns = 2};
  add_svg(page, {"curves",
                 "By epoch. σ and μ are those of q(z | x), over a thousand training examples; the "
                 "pale area spans the dimensions.",
                 draw(curves)});
  page.heading("Pictures");
  for (const auto& shown : draw_all(open)) {
    if (shown.name == "kl")
      add_svg(page, shown);
    else
      add_png(page, shown, shown.name == "latent" ? 2 : 1);
  }
  page.heading("Configuration");
  page.table(configuration(open.run().folder));
  return page.finish();
}

}  // namespace

CommandPtr make_report() { return std::make_unique<Report>(); }

}  // namespace varve::studio
