#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/studio/command.h"
#include "apps/studio/figures/figures.h"
#include "apps/studio/runs/open_run.h"
#include "apps/studio/say.h"
#include "framework/core/error.h"

namespace varve::studio {
namespace {

class FigureCommand : public Command {
 public:
  About about() const override {
    return {"Train small models and draw what they show, or list what there is",
            "varve figure ablation --out ablation.png"};
  }

  void declare(Options& options) override {
    options.add("NAME", &name_, "which; without it: a list",
                {.positional = true, .optional = true});
    options.add("out", &out_, "the .png or .svg to write; default: <NAME>.png", {.unit = "FILE"});
    options_.data.declare(options);
    options.add("epochs", &options_.epochs, "of each model; default: the figure's own",
                {.least = 0});
    options.add("limit", &options_.limit, "train on N examples only; 0: on all", {.least = 0});
    options.add("seed", &options_.seed, "of weights, data order and noise",
                {.least = 0, .most = 0x1p53});
    options.add("progress", &options_.progress, "on stderr: auto, bar, plain or none");
    options.add("json", &json_, "print the list as JSON");
    device_.declare(options);
  }

  int run(const Options&) override {
    if (name_.empty()) return list();
    const Figure& figure = figure_registry().at(name_);
    if (out_.empty()) out_ = figure.name + ".png";
    pictures::format_of(out_);
    if (options_.epochs == 0) options_.epochs = figure.epochs;
    const OpenDevice device(device_, options_.seed);
    try {
      pictures::save(out_, figure.draw(Studio(options_)));
    } catch (const Interrupted& interrupted) {
      say("stopped; nothing was written\n");
      return interrupted.exit_code;
    }
    fmt::print("{}\n", out_);
    device.report();
    return 0;
  }

 private:
  int list() const {
    auto out = nlohmann::json::array();
    for (const auto& figure : figure_registry()) {
      out.push_back(
          {{"name", figure.name}, {"description", figure.description}, {"epochs", figure.epochs}});
      if (!json_) fmt::print("{:<20}{}\n", figure.name, figure.description);
    }
    if (json_) fmt::print("{}\n", out.dump());
    return 0;
  }

  StudioOptions options_{.data = {}, .epochs = 0};
  DeviceOptions device_;
  std::string name_;
  std::string out_;
  bool json_ = false;
};

}  // namespace

CommandPtr make_figure() { return std::make_unique<FigureCommand>(); }

}  // namespace varve::studio
