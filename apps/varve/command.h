#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/varve/options.h"

namespace varve::app {

/// One subcommand: `varve train`.
class Command {
 public:
  struct About {
    std::string name;
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

/// Every command, in the order of `varve --help`.
std::vector<CommandPtr> all_commands();

}  // namespace varve::app
