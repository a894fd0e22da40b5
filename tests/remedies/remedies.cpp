#include "tests/remedies/remedies.h"

#include <doctest/doctest.h>

#include <optional>

#include "framework/core/error.h"

namespace varve::remedies {
namespace {

Action running(const std::string& command, bool throws_notes) {
  return [command, throws_notes](const Place& place) {
    const auto done = place.varve(command);
    if (done.code != 0 || throws_notes)
      throw Error(static_cast<ErrorKind>(done.code), command + ": " + done.err);
  };
}

std::optional<std::string> complaint_of(const Action& action, const Place& place) {
  try {
    action(place);
    return std::nullopt;
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

Action::Action(const char* command) : Action(std::string(command)) {}
Action::Action(const std::string& command) : Action(running(command, false)) {}

Action shell(const std::string& line) {
  return [line](const Place& place) {
    const auto done = place.shell(line);
    if (done.code != 0) throw Error(static_cast<ErrorKind>(done.code), line + ": " + done.err);
  };
}

Action noted(const std::string& command) { return running(command, true); }

bool has_message(std::string_view text, std::string_view message) {
  std::string part;  // of the message, up to what is put in
  std::size_t at = 0;
  const auto find_part = [&] {
    at = text.find(part, at);
    if (at != std::string_view::npos) at += part.size();
    part.clear();
    return at != std::string_view::npos;
  };
  for (std::size_t i = 0; i < message.size(); ++i) {
    const char c = message[i];
    if ((c == '{' || c == '}') && message.substr(i + 1).starts_with(c)) {
      part += c;
      ++i;
    } else if (c == '{') {
      if (!find_part()) return false;
      i = message.find('}', i);
    } else {
      part += c;
    }
  }
  return find_part();
}

void check(const Place& place, const Remedies& remedies) {
  for (const auto& [message, told, followed] : remedies) {
    CAPTURE(message);
    const auto complaint = complaint_of(told, place);
    CHECK_MESSAGE((complaint && has_message(*complaint, message)),
                  complaint.value_or("nothing was told"));
    CHECK_FALSE(followed.empty());
    for (const auto& action : followed) {
      const auto refused = complaint_of(action, place);
      CHECK_MESSAGE(!refused, refused.value_or(""));
    }
  }
}

}  // namespace varve::remedies
