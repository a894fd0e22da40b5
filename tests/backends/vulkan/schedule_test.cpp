#include "backends/vulkan/schedule.h"

#include <doctest/doctest.h>

#include <memory>

using namespace varve;
using vulkan::Batch;
using vulkan::schedule;
using vulkan::Step;

namespace {

View make(std::int64_t count = 8) {
  auto storage = std::make_shared<Storage>();
  storage->bytes = static_cast<std::size_t>(count) * sizeof(float);
  return {Buffer(std::move(storage)), {count}, {1}, 0, DType::f32};
}

View part(View view, std::int64_t first, std::int64_t count) {
  view.offset += first;
  view.shape = {count};
  return view;
}

/// A step of one command; its number is kept in an attribute.
Step step(double number, std::vector<View> in, View out) {
  Step s;
  s.commands.push_back({Op::add, std::move(in), {std::move(out)}, {}});
  s.commands[0].attributes.value = number;
  return s;
}

using Numbers = std::vector<std::vector<int>>;

Numbers numbers(const std::vector<Step>& steps, std::size_t reach = 100) {
  Numbers out;
  for (const Batch& batch : schedule(steps, reach)) {
    auto& row = out.emplace_back();
    for (const Step& s : batch) row.push_back(static_cast<int>(s.commands[0].attributes.value));
  }
  return out;
}

}  // namespace

TEST_CASE("steps that need nothing of each other are one batch; a chain is a batch each") {
  const View x = make(), a = make(), b = make(), c = make();
  CHECK(numbers({step(0, {x}, a), step(1, {x}, b), step(2, {x}, c)}) == Numbers{{0, 1, 2}});
  CHECK(numbers({step(0, {x}, a), step(1, {a}, b), step(2, {b}, c)}) == Numbers{{0}, {1}, {2}});
  CHECK(numbers({}).empty());
}

TEST_CASE("a step moves ahead of those that it does not need") {
  constexpr std::int64_t large = 1 << 16;
  const View x = make(), y = make();
  const View a = make(large), b = make(large), c = make(large), d = make(large);
  // Two chains, one after the other.
  const std::vector<Step> steps{step(0, {x}, a), step(1, {a}, b), step(2, {y}, c), step(3, {c}, d)};
  CHECK(numbers(steps) == Numbers{{0, 2}, {1, 3}});
  CHECK(numbers(steps, 2) == Numbers{{0, 2}, {1, 3}});
  CHECK(numbers(steps, 1) == Numbers{{0}, {1, 2}, {3}});
  CHECK(numbers(steps, 0) == Numbers{{0}, {1}, {2}, {3}});
}

TEST_CASE("a step that leaves little moves ahead as far as it can") {
  constexpr std::int64_t large = 1 << 16;
  const View x = make(), y = make(), c = make(), d = make(), e = make(large);
  const View a = make(large), b = make(large);
  const std::vector<Step> steps{step(0, {x}, a), step(1, {a}, b), step(2, {b}, e), step(3, {y}, c),
                                step(4, {c}, d)};
  CHECK(numbers(steps, 1) == Numbers{{0, 3}, {1, 4}, {2}});
}

TEST_CASE("what is overwritten waits for its readers and its writer") {
  const View x = make(), y = make(), a = make(), b = make();
  CHECK(numbers({step(0, {x}, a), step(1, {y}, x)}) == Numbers{{0}, {1}});
  CHECK(numbers({step(0, {x}, a), step(1, {y}, a), step(2, {a}, b)}) == Numbers{{0}, {1}, {2}});
  CHECK(numbers({step(0, {x}, x), step(1, {x}, a), step(2, {y}, x)}) == Numbers{{0}, {1}, {2}});
}

TEST_CASE("parts of a buffer count by themselves, and a whole for all its parts") {
  const View x = make(), all = make(16), out = make(), other = make();
  CHECK(numbers({step(0, {x}, part(all, 0, 8)), step(1, {x}, part(all, 8, 8)),
                 step(2, {part(all, 4, 8)}, out)}) == Numbers{{0, 1}, {2}});
  // The second write covers the first only in part: a reader of the rest still waits for that.
  CHECK(numbers({step(0, {x}, all), step(1, {x}, part(all, 0, 8)), step(2, {part(all, 8, 8)}, out),
                 step(3, {part(all, 0, 8)}, other)}) == Numbers{{0}, {1, 2}, {3}});
}

TEST_CASE("temporaries that live in the registers of a chain bind nobody") {
  const View x = make(), register_ = make(), a = make(), b = make();
  Step first = step(0, {x}, register_), second = step(1, {x}, register_);
  first.commands.push_back({Op::neg, {register_}, {a}, {}});
  second.commands.push_back({Op::neg, {register_}, {b}, {}});
  CHECK(numbers({first, second}) == Numbers{{0}, {1}});
  first.held = second.held = {register_.buffer.storage()};
  CHECK(numbers({first, second}) == Numbers{{0, 1}});
}
