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
    options.add("data-dir", &options_.data_dir, "folder of mnist and fashion-mnist",
                {.unit = "DIR"});
    options.add("split", &split_, "train or test");
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
    for (const auto& source : data_sources()) {
      out.push_back({{"name", source.name}, {"description", source.description}});
      if (!json_) fmt::print("{:<16}{}\n", source.name, source.description);
    }
    if (json_) fmt::print("{}\n", out.dump());
  }

  void describe() const {
    const auto data = open_dataset(
        {.name = options_.data, .directory = options_.data_dir, .split = parse_split(split_)});
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
                                        {"factors", factors}}
                             .dump());
    else
      fmt::print("{}, {} split: {} examples of shape {}, {} classes{}{}\n", options_.data, split_,
                 data->size(), shape.str(), data->num_classes(),
                 factors.empty() ? "" : "; factors: ", fmt::join(factors, ", "));
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
