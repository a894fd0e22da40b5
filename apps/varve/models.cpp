#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "apps/varve/command.h"
#include "models/registry.h"

namespace varve::app {
namespace {

class Models : public Command {
 public:
  About about() const override { return {"models", "List the models", "varve models"}; }

  void declare(Options& options) override { options.add("json", &json_, "print a JSON list"); }

  int run(const Options&) override {
    auto list = nlohmann::json::array();
    for (const auto& info : model_registry()) {
      list.push_back({{"name", info.name},
                      {"description", info.description},
                      {"paper", info.paper},
                      {"uses", info.uses}});
      if (!json_)
        fmt::print("{:<14}{}\n{:<14}{}\n{:<14}--{}\n", info.name, info.description, "", info.paper,
                   "", fmt::join(info.uses, " --"));
    }
    if (json_) fmt::print("{}\n", list.dump());
    return 0;
  }

 private:
  bool json_ = false;
};

}  // namespace

CommandPtr make_models() { return std::make_unique<Models>(); }

}  // namespace varve::app
