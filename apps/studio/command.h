#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "apps/studio/options.h"
#include "framework/core/registry.h"

namespace varve::studio {

/// One subcommand: `varve train`.
class Command {
 public:
  struct About {
    std::string description;  ///< one line
    std::string example;      ///< a command line that runs
  };

  virtual ~Command() = default;
  virtual About about() const = 0;
  virtual void declare(Options& options) = 0;
  /// A configuration to read behind flags and environment; empty: none.
  virtual std::filesystem::path config() const { return {}; }
  /// Returns the exit code. Called once, with all options filled and checked.
  virtual int run(const Options& options) = 0;
};

using CommandPtr = std::unique_ptr<Command>;

/// A subcommand that can be typed.
struct CommandInfo {
  std::string name;  ///< "train"
  std::function<CommandPtr()> make;
};
/// Every command, in the order of `varve --help`. Open: see Registry.
Registry<CommandInfo>& command_registry();

CommandPtr make_train();
CommandPtr make_eval();
CommandPtr make_doctor();
CommandPtr make_reconstruct();
CommandPtr make_sample();
CommandPtr make_interpolate();
CommandPtr make_traverse();
CommandPtr make_manifold();
CommandPtr make_latent();
CommandPtr make_mix();
CommandPtr make_kl();
CommandPtr make_curves();
CommandPtr make_report();
CommandPtr make_figure();
CommandPtr make_models();
CommandPtr make_devices();
CommandPtr make_data();
CommandPtr make_bench();

}  // namespace varve::studio
