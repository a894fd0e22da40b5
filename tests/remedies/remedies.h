#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "tests/apps/command.h"

/// Every message that tells a person what to do about it, and what comes of doing it.
namespace varve::remedies {

using test::Place;

/// Something that is done in a folder: calls of the library, or a command ("train --out run"). It
/// throws what goes wrong; a command that ends with another code than 0, what it wrote to stderr.
class Action {
 public:
  Action(const char* command);
  Action(const std::string& command);
  template <class F>
  requires std::is_invocable_v<F> Action(F call) : do_([call](const Place&) { call(); }) {}
  template <class F>
  requires std::is_invocable_v<F, const Place&> Action(F call) : do_(call) {}
  void operator()(const Place& place) const { do_(place); }

 private:
  std::function<void(const Place&)> do_;
};

/// A line of the shell, in which $varve stands for the command.
Action shell(const std::string& line);
/// A command that goes through, and leaves a note on stderr: throws that.
Action noted(const std::string& command);

struct Remedy {
  std::string_view message;  ///< as it stands in the sources: {} is what is put in
  Action told;               ///< ends in it
  std::vector<Action> followed;
};
using Remedies = std::vector<Remedy>;

/// Checks that what is told is the message, and that who follows it gets through.
void check(const Place& place, const Remedies& remedies);

/// Whether `text` has the message in it, with anything where it has braces.
bool has_message(std::string_view text, std::string_view message);

// The tables, by where the messages stand.
Remedies of_tensors();
Remedies of_networks();
Remedies of_models();
Remedies of_data();
Remedies of_files();
Remedies of_devices();
// For the first two of these a folder is prepared, with data and runs.
void prepare(const Place& place);
Remedies of_commands();
Remedies of_evaluation();
Remedies of_doctor();

/// A message whose remedy another test follows, in a file below tests/, or none can, for a reason.
struct Elsewhere {
  std::string_view message;
  std::string_view where;
};
std::vector<Elsewhere> followed_elsewhere();
std::vector<Elsewhere> beyond_a_test();
/// Whose refusal a test sees, and whose remedy no row follows yet: this list only shrinks.
std::vector<std::string_view> not_followed_yet();
/// What reads like a remedy to the scan, and is none.
std::vector<std::string_view> no_remedies();

}  // namespace varve::remedies
