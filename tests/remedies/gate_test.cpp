#include "tests/remedies/remedies.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <set>
#include <string>

#include "tests/remedies/sources.h"

using namespace varve::remedies;

namespace {

/// All messages that are taken care of; none of them twice.
std::set<std::string> cared_for() {
  std::set<std::string> messages;
  const auto add = [&](std::string_view message) {
    CHECK_MESSAGE(messages.insert(std::string(message)).second, message);
  };
  for (const auto& table : {of_tensors(), of_networks(), of_models(), of_data(), of_files(),
                            of_devices(), of_commands(), of_evaluation(), of_doctor()})
    for (const auto& remedy : table) add(remedy.message);
  for (const auto& list : {followed_elsewhere(), beyond_a_test()})
    for (const auto& elsewhere : list) add(elsewhere.message);
  for (const auto& list : {not_followed_yet(), no_remedies()})
    for (const auto message : list) add(message);
  return messages;
}

std::string listed(const std::set<std::string>& from, const std::set<std::string>& without) {
  std::string out;
  for (const auto& message : from)
    if (!without.contains(message)) out += "\n" + message;
  return out;
}

}  // namespace

TEST_CASE("each message that names a remedy has somebody who follows it") {
  const auto sources = messages_in_sources();
  const auto rows = cared_for();
  CHECK(sources.remedies.size() > 150);
  const std::string unfollowed = listed(sources.remedies, rows);
  CHECK_MESSAGE(unfollowed.empty(), unfollowed);
  const std::string gone = listed(rows, sources.all);
  CHECK_MESSAGE(gone.empty(), gone);
}

TEST_CASE("the tests that follow remedies elsewhere are there") {
  for (const auto& [message, where] : followed_elsewhere())
    CHECK_MESSAGE(
        std::filesystem::exists(std::filesystem::path(VARVE_SOURCE_DIR) / "tests" / where), where);
}

TEST_CASE("what is a remedy") {
  for (const std::string_view text : {
           R"(fail("[x] {} is too large; use a smaller one", x);)",
           R"(fail("[x] it is {}: raise it, " "or leave it out", x);)",
           R"(fail("[x] it is {}, and {} is the most: --limit has less", x);)",
           R"(return "unknown x: 'varve models' lists them";)",
           R"(return "free some space";)",
       })
    CHECK_MESSAGE(messages_in(text).remedies.size() == 1, text);
  for (const std::string_view text : {
           R"(fail("[x] {} is too large, {} is the most", x, y);)",
           R"(fail("[x] users take it, see() has it", x, y);)",
           R"(options.add("limit", &limit, "train on N examples only");)",
           R"(// "take a smaller one")",
           R"(split(text, '"'); "a"; name("b");)",
       })
    CHECK_MESSAGE(messages_in(text).remedies.empty(), text);
}

TEST_CASE("a message is known by what stands around what is put in") {
  CHECK(has_message("varve: [x] 7 is odd; use 8\n", "[x] {} is odd; use {:.3g}"));
  CHECK(has_message("write {\"a\": 1}", "write {{\"a\": 1}}"));
  CHECK_FALSE(has_message("[x] 7 is even; use 8", "[x] {} is odd; use {}"));
}
