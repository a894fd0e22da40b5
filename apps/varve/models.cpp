#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "apps/varve/command.h"
#include "apps/varve/settings.h"

namespace varve::app {
namespace {

using nlohmann::json;

/// The flags that every model takes.
constexpr const char* shared =
    "--arch, --latent, --hidden, --activation, --init, --likelihood, --sigma, --link";

json to_json(const ModelInfo& info) {
  json options = json::array();
  for (const auto& option : info.options) {
    json entry{{"name", option.name}, {"help", option.help}, {"range", option.range()}};
    std::visit([&](const auto& value) { entry["default"] = value; }, option.fallback);
    if (!option.choices.empty()) entry["choices"] = option.choices;
    options.push_back(entry);
  }
  return {{"name", info.name},
          {"description", info.description},
          {"paper", info.paper},
          {"options", options}};
}

std::size_t longest_name() {
  std::size_t longest = 0;
  for (const auto& info : model_registry()) longest = std::max(longest, info.name.size());
  return longest;
}

void print(const ModelInfo& info) {
  fmt::print("{}: {}\n{}\n\n", info.name, info.description, info.paper);
  for (const auto& option : info.options) {
    const std::string flag = fmt::format("--{} {}", option.name, unit_of(option));
    fmt::print("  {:<28}{}; {}; default: {}\n", flag, option.help, option.range(),
               default_of(option));
  }
  fmt::print("{}Every model takes {}.\n", info.options.empty() ? "" : "\n", shared);
}

class Models : public Command {
 public:
  About about() const override {
    return {"models", "List the models, or describe one", "varve models beta-vae"};
  }

  void declare(Options& options) override {
    options.add("NAME", &name_, "the model to describe", {.positional = true, .optional = true});
    options.add("json", &json_, "print JSON");
  }

  int run(const Options&) override {
    if (!name_.empty()) {
      const ModelInfo& info = find_model(name_);
      json_ ? fmt::print("{}\n", to_json(info).dump()) : print(info);
      return 0;
    }
    json list = json::array();
    const std::size_t width = longest_name() + 2;
    for (const auto& info : model_registry())
      json_ ? list.push_back(to_json(info))
            : fmt::print("{:<{}}{}\n", info.name, width, info.description);
    if (json_) fmt::print("{}\n", list.dump());
    return 0;
  }

 private:
  std::string name_;
  bool json_ = false;
};

}  // namespace

CommandPtr make_models() { return std::make_unique<Models>(); }

}  // namespace varve::app
