#include "framework/core/words.h"

#include <doctest/doctest.h>

using varve::take_word;

TEST_CASE("words are taken off the front, however many marks stand between them") {
  std::string_view text = "  one two   three ";
  CHECK(take_word(text) == "one");
  CHECK(take_word(text) == "two");
  CHECK(take_word(text) == "three");
  CHECK(take_word(text).empty());
  CHECK(take_word(text).empty());
  text = "name:\tvalue here";
  CHECK(take_word(text, '\t') == "name:");
  CHECK(take_word(text, '\t') == "value here");
}
