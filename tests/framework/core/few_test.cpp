#include "framework/core/few.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace varve;

namespace {

using Numbers = Few<std::shared_ptr<int>, 2>;

std::vector<int> values(const Numbers& numbers) {
  std::vector<int> out;
  for (const auto& number : numbers) out.push_back(*number);
  return out;
}

Numbers counting(int count) {
  Numbers out;
  for (int i = 0; i < count; ++i) out.push_back(std::make_shared<int>(i));
  return out;
}

}  // namespace

TEST_CASE("Few is a vector, in place or not: copies, moves and assignments keep the elements") {
  for (int from = 0; from < 6; ++from)
    for (int to = 0; to < 6; ++to) {
      CAPTURE(from);
      CAPTURE(to);
      const Numbers source = counting(from);
      const auto want = values(source);
      Numbers copy = source, assigned = counting(to), moved = counting(to);
      CHECK(values(copy) == want);
      assigned = source;
      CHECK(values(assigned) == want);
      const auto& self = assigned;
      assigned = self;
      CHECK(values(assigned) == want);
      moved = std::move(copy);
      CHECK(values(moved) == want);
      const Numbers taken = std::move(moved);
      CHECK(values(taken) == want);
      copy = counting(to);  // what was moved from can be used again
      moved = counting(to);
      CHECK(values(copy) == values(counting(to)));
      CHECK(values(moved) == values(counting(to)));
      for (const auto& number : source) CHECK(number.use_count() == 3);
    }
}

TEST_CASE("Few lets its elements go") {
  for (int count = 0; count < 6; ++count) {
    const auto one = std::make_shared<int>(1);
    {
      Numbers numbers;
      for (int i = 0; i < count; ++i) numbers.push_back(one);
      CHECK(one.use_count() == count + 1);
      numbers.clear();
      CHECK(numbers.empty());
      CHECK(one.use_count() == 1);
      numbers.push_back(one);
    }
    CHECK(one.use_count() == 1);
  }
}

TEST_CASE("Few grows with an element of its own, and takes a list or a vector") {
  Few<std::string, 1> words{"a string that needs memory of its own"};
  for (int i = 0; i < 4; ++i) words.push_back(words[0]);
  for (const auto& word : words) CHECK(word == words.front());
  CHECK(words.size() == 5);
  const Few<int, 2> numbers = std::vector<int>{1, 2, 3};
  CHECK(numbers.size() == 3);
  CHECK(numbers.back() == 3);
}
