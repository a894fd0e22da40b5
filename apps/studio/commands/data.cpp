#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "apps/studio/command.h"
#include "apps/studio/pictures/codes.h"
#include "apps/studio/pictures/grid.h"
#include "apps/studio/runs/data_options.h"
#include "framework/core/error.h"

namespace varve::studio {
namespace {

class Data : public Command {
 public:
  About about() const override {
    return {"List the data sources, or describe one", "varve data digits --out digits.png"};
  }

  void declare(Options& options) override {
    options.add("DATA", &options_.data, "what to describe; without it: a list",
                {.positional = true, .optional = true});
    options_.declare_reading(options);
    options.add("split", &split_, "train, test, validation or all");
    options.add("out", &out_, "draw the first examples into this .png or .svg", {.unit = "FILE"});
    options.add("count", &count_, "examples to draw", {.least = 1});
    options.add("json", &json_, "print JSON");
  }

  int run(const Options&) override {
    if (!out_.empty()) pictures::format_of(out_);
    options_.data.empty() ? list() : describe();
    return 0;
  }

 private:
  void list() const {
    auto out = nlohmann::json::array();
    for (const auto& kind : data_source_registry()) {
      out.push_back({{"name", kind.typed()}, {"description", kind.description}});
      if (!json_) fmt::print("{:<16}{}\n", kind.typed(), kind.description);
    }
    if (json_) fmt::print("{}\n", out.dump());
  }

  void describe() const {
    const auto opened = open_source(options_);
    const auto data = opened.part(parse_split(split_));
    const auto names = data->class_names();
    const Shape shape = data->shape();
    std::vector<std::string> factors;
    for (const auto& factor : data->factors())
      factors.push_back(fmt::format("{} {}", factor.name, factor.cardinality));
    if (json_)
      fmt::print("{}\n", nlohmann::json{{"name", options_.data},
                                        {"split", split_},
                                        {"examples", data->size()},
                                        {"shape", std::vector(shape.begin(), shape.end())},
                                        {"classes", data->num_classes()},
                                        {"class-names", std::vector(names.begin(), names.end())},
                                        {"taken", opened.report().taken},
                                        {"left-out", opened.report().left_out},
                                        {"factors", factors}}
                             .dump());
    else {
      fmt::print("{}, {} split: {} examples of shape {}, {} classes{}{}\n", options_.data, split_,
                 data->size(), shape.str(), data->num_classes(),
                 factors.empty() ? "" : "; factors: ", fmt::join(factors, ", "));
      for (const auto& text : opened.report().taken) fmt::print("  took {}\n", text);
      for (const auto& text : opened.report().left_out) fmt::print("  left out {}\n", text);
    }
    if (!out_.empty()) draw(data);
  }

  void draw(const DatasetPtr& data) const {
    if (data->shape().size() != 3)
      fail(ErrorKind::input, "[data] {} holds examples of shape {}: only images can be drawn",
           options_.data, data->shape().str());
    Loader loader = make_picture_loader(options_, data);
    const Array images = pictures::read_images(loader, count_);
    pictures::save(
        out_, pictures::draw(pictures::Grid{.title = options_.short_name(),
                                            .images = images,
                                            .columns = pictures::square_columns(images.shape[0])}));
  }

  DataOptions options_{.data = "", .data_dir = "", .binarize = "none"};
  std::string split_ = "train";
  std::string out_;
  std::int64_t count_ = 100;
  bool json_ = false;
};

}  // namespace

CommandPtr make_data() { return std::make_unique<Data>(); }

}  // namespace varve::studio
