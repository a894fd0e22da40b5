#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "apps/studio/command.h"
#include "apps/studio/runs/settings.h"

namespace varve::studio {
namespace {

using nlohmann::json;

/// The flags that every model takes.
constexpr const char* shared =
    "--arch, --latent, --hidden, --activation, --init, --likelihood, --sigma, --link";

json to_json(const std::vector<Option>& options) {
  json list = json::array();
  for (const auto& option : options) {
    json entry{{"name", option.name}, {"help", option.help}, {"range", option.range()}};
    std::visit([&](const auto& value) { entry["default"] = value; }, option.fallback);
    if (!option.choices.empty()) entry["choices"] = option.choices;
    list.push_back(entry);
  }
  return list;
}

json to_json(const ModelInfo& info) {
  return {{"name", info.name},
          {"description", info.description},
          {"paper", info.paper},
          {"options", to_json(info.options)}};
}

json to_json(const NetworksInfo& info) {
  return {
      {"name", info.name}, {"description", info.description}, {"options", to_json(info.options)}};
}

std::size_t longest_name() {
  std::size_t longest = 0;
  for (const auto& info : model_registry()) longest = std::max(longest, info.name.size());
  return longest;
}

void print(const std::vector<Option>& options) {
  for (const auto& option : options) {
    const std::string flag = fmt::format("--{} {}", option.name, unit_of(option));
    fmt::print("  {:<28}{}; {}; default: {}\n", flag, option.help, option.range(),
               default_of(option));
  }
}

void print(const NetworksInfo& info) {
  fmt::print("{}: {}\n\n", info.name, info.description);
  print(info.options);
}

void print(const ModelInfo& info) {
  fmt::print("{}: {}\n{}\n\n", info.name, info.description, info.paper);
  print(info.options);
  fmt::print("{}Every model takes {}.\n", info.options.empty() ? "" : "\n", shared);
}

class Models : public Command {
 public:
  About about() const override {
    return {"List the models, or describe one", "varve models beta-vae"};
  }

  void declare(Options& options) override {
    options.add("NAME", &name_, "the model or the networks to describe",
                {.positional = true, .optional = true});
    options.add("json", &json_, "print JSON");
  }

  int run(const Options&) override {
    if (const NetworksInfo* networks = network_registry().find(name_)) {
      json_ ? fmt::print("{}\n", to_json(*networks).dump()) : print(*networks);
      return 0;
    }
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
    if (json_)
      fmt::print("{}\n", list.dump());
    else
      fmt::print("\nNetworks, for --arch: {}\n", fmt::join(network_registry().names(), ", "));
    return 0;
  }

 private:
  std::string name_;
  bool json_ = false;
};

}  // namespace

CommandPtr make_models() { return std::make_unique<Models>(); }

}  // namespace varve::studio
