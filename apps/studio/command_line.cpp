#include "apps/studio/command_line.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <list>
#include <memory>
#include <new>

#include "apps/studio/command.h"
#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "framework/core/version.h"

namespace varve::studio {
namespace {

constexpr int help_column = 30;

/// Options as "--epochs N   passes over the training data; default: 10".
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool positional) const override {
    const std::string name = CLI::Formatter::make_option_name(option, positional);
    return name.substr(0, name.find('{'));  // the library shows there what a bare flag stands for
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string unit = option->get_type_size() == 0 ? "" : option->get_type_name();
    return unit.empty() || unit[0] == '[' ? unit : " " + unit;
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    const std::string value = option->get_default_str();
    return option->get_description() + (value.empty() ? "" : fmt::format("; default: {}", value));
  }
};

/// A command with its part of the parser.
struct Entry {
  CommandPtr command;
  CLI::App* app;
  Options options;
};

std::list<Entry> add_commands(CLI::App& app) {
  std::list<Entry> entries;
  for (const auto& info : command_registry()) {
    CommandPtr command = info.make();
    const auto about = command->about();
    CLI::App* sub = app.add_subcommand(info.name, about.description);
    sub->footer("Example:\n  " + about.example);
    sub->allow_extras();
    entries.push_back({std::move(command), sub, Options(*sub)});
    entries.back().command->declare(entries.back().options);
  }
  return entries;
}

[[noreturn]] void fail_without_command(const CLI::App& app, const std::list<Entry>& entries) {
  const auto rest = app.remaining();
  if (rest.empty()) fail(ErrorKind::usage, "no command given: see 'varve --help'");
  const bool flag = rest[0][0] == '-';
  std::vector<std::string> names;
  if (flag) names = {"--help", "--version"};
  for (const auto& entry : entries)
    if (!flag) names.push_back(entry.app->get_name());
  fail(ErrorKind::usage, "unknown {} '{}'{}", flag ? "flag" : "command", rest[0],
       did_you_mean(rest[0], names));
}

/// What makes a command need less memory, of what it takes.
std::string memory_remedy(const Options& options) {
  for (const auto* flag : {"batch-size", "count", "side", "steps", "limit"})
    if (options.has(flag)) return fmt::format("take a smaller --{}", flag);
  return "end other programs, or take a machine with more";
}

int run(Entry& entry) {
  auto& [command, app, options] = entry;
  options.reject_rest();
  options.read_environment();
  if (const auto config = command->config(); !config.empty()) options.read_config(config);
  options.check();
  try {
    return command->run(options);
  } catch (const std::bad_alloc&) {
    fail(ErrorKind::memory, "[{}] out of memory: {}", options.command(), memory_remedy(options));
  } catch (const Error& error) {
    // Others know what needed the memory, and say what needs less.
    if (error.kind() != ErrorKind::memory || !std::string_view(error.what()).starts_with("[array]"))
      throw;
    fail(ErrorKind::memory, "{}: {}", error.what(), memory_remedy(options));
  }
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app("Varve trains generative models on whatever the machine has.", "varve");
  app.set_version_flag("--version",
                       fmt::format("varve {}.{}.{}", version_major, version_minor, version_patch));
  const auto formatter = std::make_shared<HelpFormatter>();
  formatter->column_width(help_column);
  app.formatter(formatter);
  app.footer(
      "'varve COMMAND --help' tells more. Example:\n"
      "  varve train --model vae --data digits --epochs 5");
  app.allow_extras();
  app.require_subcommand(0, 1);  // what follows a command is its own, be it a command's name
  auto entries = add_commands(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    fail(ErrorKind::usage, "{}", error.what());
  }
  for (auto& entry : entries)
    if (entry.app->parsed()) return run(entry);
  fail_without_command(app, entries);
}

}  // namespace varve::studio
