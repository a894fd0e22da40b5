#pragma once

#include <string_view>

namespace varve {

/// Takes the first word off the front of a text, what ends it with it; words are what stands
/// between `mark`s. Empty when there is none left. Unlike a stream, which ends early without a word
/// where memory is refused, it needs none.
constexpr std::string_view take_word(std::string_view& text, char mark = ' ') {
  const auto begin = text.find_first_not_of(mark);
  if (begin == std::string_view::npos) {
    text = {};
    return {};
  }
  text.remove_prefix(begin);
  const auto word = text.substr(0, text.find(mark));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace varve
