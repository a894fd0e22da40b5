#include "framework/data/digit_strokes.h"

#include <array>
#include <charconv>
#include <string_view>

#include "framework/core/words.h"

namespace varve::detail {
namespace {

struct Drawing {
  int digit;
  double weight;
  const char* strokes;  ///< control points "x,y", strokes parted by "|"
};

constexpr std::array drawings{
    Drawing{0, 0.7, "36,3 20,-4 3,14 -4,50 6,90 30,106 54,90 64,50 55,12 40,-4 28,4"},
    Drawing{0, 0.3, "44,10 28,-5 6,12 -3,52 8,92 32,105 56,86 62,46 50,8 32,-2 20,10"},
    Drawing{1, 0.75, "31,0 30,33 30,66 29,100"},
    Drawing{1, 0.2, "19,20 27,12 34,0 34,0 34,35 33,70 33,100"},
    Drawing{1, 0.05, "19,18 27,11 33,0 33,0 33,35 33,70 33,99 | 10,100 26,99 40,99 55,98"},
    Drawing{2, 0.5, "4,22 10,4 30,-6 56,4 56,30 40,56 18,80 2,97 2,97 25,97 45,97 62,94"},
    Drawing{2, 0.5, "6,20 14,1 34,-6 58,8 54,36 36,64 14,92 -1,98 -3,82 12,76 28,88 44,99 64,92"},
    Drawing{3, 0.75,
            "4,12 14,-2 36,-6 57,8 54,32 36,44 20,46 20,46 42,46 63,60 60,90 36,106 12,101 "
            "0,86"},
    Drawing{3, 0.25, "4,3 24,3 52,1 52,1 38,20 22,40 22,40 48,40 65,62 58,94 30,106 8,99 0,88"},
    Drawing{4, 0.45, "12,2 8,25 3,54 3,54 25,56 45,54 64,50 | 48,6 46,35 44,70 42,100"},
    Drawing{4, 0.25, "43,0 26,25 4,60 4,60 25,62 45,61 64,60 | 44,1 43,35 42,70 41,100"},
    Drawing{4, 0.3, "8,4 3,30 6,52 28,54 46,44 52,28 | 53,4 51,36 47,70 44,100"},
    Drawing{5, 0.5,
            "14,4 11,22 7,42 7,42 26,34 52,40 64,64 54,94 26,105 2,94 | 14,4 32,3 44,2 "
            "58,0"},
    Drawing{5, 0.5, "58,0 36,2 16,3 16,3 12,22 9,42 9,42 30,33 58,46 62,76 44,101 18,105 0,92"},
    Drawing{6, 0.5, "46,-2 24,14 5,44 -2,78 12,106 40,106 57,84 47,58 25,55 8,70 3,84"},
    Drawing{6, 0.5, "37,-2 17,22 2,58 3,98 26,108 52,98 56,70 36,54 16,62 4,84"},
    Drawing{7, 0.45, "2,6 20,4 40,3 58,2 58,2 48,28 36,62 27,100"},
    Drawing{7, 0.2, "2,6 20,4 40,3 58,2 58,2 48,28 36,62 27,100 | 16,53 28,52 42,50 54,48"},
    Drawing{7, 0.35, "2,20 4,6 4,6 24,5 48,2 62,4 54,26 36,54 29,78 28,100"},
    Drawing{8, 0.65,
            "50,14 38,-4 12,-4 1,20 18,40 44,58 61,82 44,107 16,107 -2,84 14,60 40,42 "
            "56,22 50,4 38,2"},
    Drawing{8, 0.35, "30,48 6,38 5,4 30,-8 55,4 54,38 30,48 2,60 -3,94 30,109 63,94 58,60 30,48"},
    Drawing{9, 0.6, "52,18 40,-4 16,-5 -3,16 3,44 28,52 48,36 54,12 54,12 53,40 50,72 46,102"},
    Drawing{9, 0.4, "50,16 38,-4 14,-4 -3,18 6,46 32,48 52,26 55,14 58,44 52,82 30,106 8,99"},
};

double number(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<Stroke> parse(std::string_view text) {
  std::vector<Stroke> strokes(1);
  for (auto word = take_word(text); !word.empty(); word = take_word(text)) {
    if (word == "|") {
      strokes.emplace_back();
      continue;
    }
    const auto comma = word.find(',');
    strokes.back().push_back({number(word.substr(0, comma)), number(word.substr(comma + 1))});
  }
  return strokes;
}

std::array<std::vector<Glyph>, 10> parse_all() {
  std::array<std::vector<Glyph>, 10> glyphs;
  for (const auto& drawing : drawings)
    glyphs[static_cast<std::size_t>(drawing.digit)].push_back(
        {parse(drawing.strokes), drawing.weight});
  return glyphs;
}

}  // namespace

std::span<const Glyph> digit_glyphs(int digit) {
  static const auto glyphs = parse_all();
  return glyphs[static_cast<std::size_t>(digit)];
}

}  // namespace varve::detail
