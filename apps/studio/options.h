#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace varve::studio {

/// A number, or the text of a schedule (framework/core/schedule.h).
struct ScheduleText {
  std::string text;
};

/// The text of a value that only its owner can read, such as an option of one model; empty: not
/// given.
struct OptionText {
  std::string text;
};

/// The options of one command. A value comes from the flag `--some-name`, else from the environment
/// (VARVE_SOME_NAME), else from a configuration file (key "some-name"), else it stays as it was.
class Options {
 public:
  using Value = std::variant<std::string*, std::int64_t*, double*, bool*,
                             std::vector<std::int64_t>*, ScheduleText*, OptionText*>;
  struct Rules {
    bool kept = false;       ///< part of kept(): it belongs to the configuration of a run
    double least = -0x1p31;  ///< of a number, or of each in a list
    double most = 0x1p31;
    bool positional = false;   ///< not a flag; must be given
    bool optional = false;     ///< positional, and need not be given
    bool bare = false;         ///< the flag may stand without "=VALUE"; the value is then "-"
    std::string_view unit{};   ///< what stands for the value in --help: "FILE"
    std::string_view group{};  ///< a heading in --help
  };

  /// `app` must live as long as this.
  explicit Options(CLI::App& app) : app_(&app) {}

  void add(std::string_view name, Value value, std::string_view description);
  void add(std::string_view name, Value value, std::string_view description, const Rules& rules);

  /// Fills from the environment what no flag has set.
  void read_environment();
  /// Fills from a JSON file what neither flag nor environment has set. Throws ErrorKind::input if
  /// it is no JSON object, ErrorKind::usage for a key that is no option (suggesting the nearest).
  void read_config(const std::filesystem::path& path);
  /// Throws ErrorKind::usage for a number outside of its bounds.
  void check() const;
  /// Throws ErrorKind::usage for what is left of the command line, suggesting the nearest flag.
  void reject_rest() const;

  /// Whether there is such a flag.
  bool has(std::string_view name) const;
  /// Whether it stood on the command line.
  bool flagged(std::string_view name) const;
  /// The values with Rules::kept by name, without the texts that were not given.
  nlohmann::json kept() const;
  /// "train".
  std::string command() const;

 private:
  struct Setting {
    std::string name;
    Value value;
    Rules rules;
    CLI::Option* option;
    bool filled = false;  ///< by the environment or a file
  };
  void fill(Setting& setting, const std::string& text, const std::string& source);
  Setting* find(std::string_view name);

  CLI::App* app_;
  std::vector<Setting> settings_;
};

/// Keys of a run's configuration that tell rather than set.
bool is_remark(std::string_view key);

/// Throws ErrorKind::usage unless the text is UTF-8, which config.json and pictures need.
void require_utf8(std::string_view what, const std::string& text);

/// Throws ErrorKind::usage unless `name` is one of `known`: "[options] unknown --arch 'cnv'; did
/// you mean 'conv'? Known: ...". `what` is "--arch".
void require_known(std::string_view what, std::string_view name,
                   const std::vector<std::string>& known);

}  // namespace varve::studio
