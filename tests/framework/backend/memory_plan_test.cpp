#include "framework/backend/memory_plan.h"

#include <doctest/doctest.h>

#include <memory>

#include "framework/backend/layout.h"

namespace varve {
namespace {

constexpr std::size_t alignment = 64;

View make(std::int64_t count) {
  auto storage = std::make_shared<Storage>();
  storage->bytes = static_cast<std::size_t>(count) * sizeof(float);
  return {Buffer(std::move(storage)), {count}, {1}, 0, DType::f32};
}

/// What a plan makes of commands, one a step.
struct Planned {
  Planned(const std::vector<View>& temporaries, const std::vector<Command>& commands)
      : plan(buffers(temporaries), alignment) {
    for (std::size_t i = 0; i < commands.size(); ++i) plan.use(i, commands[i]);
  }
  static std::vector<Buffer> buffers(const std::vector<View>& views) {
    std::vector<Buffer> out;
    for (const View& view : views) out.push_back(view.buffer);
    return out;
  }
  std::int64_t place_of(View view) {
    CHECK(plan.move(view, arena));
    CHECK(view.buffer == arena);
    return view.offset * 4;
  }

  MemoryPlan plan;
  Buffer arena{std::make_shared<Storage>()};
};

Command unary(Op op, const View& in, const View& out) { return {op, {in}, {out}, {}}; }

}  // namespace

TEST_CASE("memory plan: temporaries share memory when their lives do not meet") {
  const View x = make(10), y = make(10);
  const View a = make(10), b = make(10), c = make(10), unused = make(10);
  Planned p({a, b, c, unused}, {unary(Op::exp, x, a), unary(Op::exp, a, b), unary(Op::exp, b, c),
                                unary(Op::exp, c, y)});
  CHECK(p.plan.place() == 2 * alignment);
  CHECK(p.place_of(a) == p.place_of(c));
  CHECK(p.place_of(a) != p.place_of(b));
  View outside = x;
  CHECK_FALSE(p.plan.move(outside, p.arena));
  CHECK(outside.buffer == x.buffer);
  CHECK(p.plan.find(unused.buffer.storage()) == nullptr);
  CHECK(p.plan.find(b.buffer.storage())->first == 1);
  CHECK(p.plan.find(b.buffer.storage())->last == 2);
}

TEST_CASE("memory plan: an offset within a temporary stays") {
  const View x = make(40), a = make(40), b = make(40);
  Planned p({a, b}, {{Op::exp, {x}, {a}, {}}, {Op::exp, {a}, {b}, {}}});
  p.plan.place();
  View part = b;
  part.offset = 7;
  CHECK(p.place_of(part) == p.place_of(b) + 7 * 4);
}

TEST_CASE("memory plan: smaller ones go into the gaps") {
  const View x = make(10);
  const View large = make(100), small = make(20), late = make(70);
  // `late` lives when `large` is gone, `small` all the time.
  Planned p({large, small, late}, {unary(Op::exp, x, small),
                                   unary(Op::exp, x, large),
                                   unary(Op::exp, large, x),
                                   unary(Op::exp, x, late),
                                   {Op::add, {late, small}, {x}, {}}});
  CHECK(p.plan.place() == 448 + 128);  // 400 and 80 bytes, aligned
  CHECK(p.place_of(large) == p.place_of(late));
}

TEST_CASE("memory plan: a result that takes over an operand's memory prolongs its life") {
  const View x = make(10), y = make(10);
  const View a = make(10), b = make(10), other = make(10);
  Planned p({a, b, other}, {unary(Op::exp, x, a),
                            unary(Op::exp, a, b),
                            unary(Op::exp, x, other),
                            {Op::add, {b, other}, {y}, {}}});
  p.plan.take_over(b.buffer.storage(), a.buffer.storage());
  CHECK(p.plan.place() == 2 * alignment);
  CHECK(p.place_of(a) == p.place_of(b));
  CHECK(p.place_of(other) != p.place_of(a));
}

TEST_CASE("memory plan: what is left out takes no memory") {
  const View x = make(10), y = make(10), a = make(10), b = make(10);
  Planned p({a, b}, {unary(Op::exp, x, a), unary(Op::exp, a, b), unary(Op::exp, b, y)});
  p.plan.leave_out(a.buffer.storage());
  CHECK(p.plan.place() == alignment);
  View left = a;
  CHECK_FALSE(p.plan.move(left, p.arena));
}

TEST_CASE("memory plan: a copy of a temporary that nothing else reads goes") {
  const View x = make(12), result = make(24), a = make(12), b = make(12);
  View half = result;
  half.shape = {12};
  half.offset = 12;
  Recording recording;
  recording.temporaries = {a.buffer, b.buffer};
  recording.commands = {unary(Op::exp, x, a), unary(Op::copy, a, half), unary(Op::exp, x, b),
                        unary(Op::copy, b, x), unary(Op::neg, b, result)};
  remove_copies(recording);
  REQUIRE(recording.commands.size() == 4);  // b is read again
  CHECK(layout(recording.commands[0].out[0]) == layout(half));
  CHECK(recording.commands[1].op == Op::exp);
  CHECK(recording.commands[2].op == Op::copy);
}

}  // namespace varve
