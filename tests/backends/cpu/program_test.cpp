#include <doctest/doctest.h>

#include <algorithm>

#include "framework/backend/memory_plan.h"
#include "tests/backends/cpu/testing.h"

using namespace varve;
using namespace varve::testing;

namespace {

/// Records commands while it runs them, as the framework does.
struct Tape {
  std::unique_ptr<Backend> backend = make_cpu_backend("2");
  Recording recording;

  View temporary(Shape shape, DType dtype = DType::f32) {
    const View view = make_view(*backend, shape, dtype);
    recording.temporaries.push_back(view.buffer);
    return view;
  }
  void run(Op op, std::vector<View> in, std::vector<View> out, Attributes attributes = {}) {
    const Command command{op, std::move(in), std::move(out), attributes};
    backend->execute(command);
    recording.commands.push_back(command);
  }
  View run(Op op, std::vector<View> in, Attributes attributes = {}) {
    const View out = temporary(in[0].shape);
    run(op, std::move(in), {out}, attributes);
    return out;
  }
  std::size_t commands_left() {
    Recording copy = recording;
    remove_copies(copy);
    return copy.commands.size();
  }
};

/// Replays what the tape holds on spoilt results and compares them with the eager ones.
void check_replay(Tape& tape, const std::vector<View>& results) {
  std::vector<std::vector<std::byte>> eager;
  for (const View& view : results) eager.push_back(bytes_of(view));
  const auto program = tape.backend->compile(std::move(tape.recording));
  tape.recording = {};
  for (int round = 0; round < 2; ++round) {
    for (const View& view : results) {
      std::fill_n(view.buffer.host(), view.buffer.bytes(), std::byte{0x7f});
    }
    program->run();
    for (std::size_t i = 0; i < results.size(); ++i) {
      CAPTURE(i);
      CHECK(bytes_of(results[i]) == eager[i]);
    }
  }
}

constexpr std::int64_t rows = 37;
constexpr std::int64_t cols = 61;  // some tiles, and a tail

}  // namespace

TEST_CASE("a copy of a fresh result goes: the producer writes the destination") {
  Tape tape;
  const View a = noise(*tape.backend, {rows, cols}, 1);
  const View b = noise(*tape.backend, {rows, cols}, 2);
  const View arena = make_view(*tape.backend, {rows * rows + 8});
  const View product = tape.temporary({rows, rows});
  tape.run(Op::matmul, {a, transpose(b)}, {product});
  tape.run(Op::copy, {part(product, 0, {rows * rows})}, {part(arena, 8, {rows * rows})});
  tape.run(Op::fill, {}, {part(arena, 0, {8})});
  CHECK(tape.commands_left() == 2);
  check_replay(tape, {arena});
}

TEST_CASE("a chain of copies goes as a whole") {
  Tape tape;
  const View a = noise(*tape.backend, {rows, cols});
  const View result = make_view(*tape.backend, {rows, cols});
  const View e = tape.run(Op::exp, {a});
  const View once = tape.run(Op::copy, {e});
  const View twice = tape.run(Op::copy, {once});
  tape.run(Op::copy, {twice}, {result});
  CHECK(tape.commands_left() == 1);
  check_replay(tape, {result});
}

TEST_CASE("a copy stays where leaving it out could be seen") {
  Tape tape;
  const View a = noise(*tape.backend, {rows, cols}, 1);
  const View result = noise(*tape.backend, {rows, cols}, 2);
  const View other = make_view(*tape.backend, {rows, cols});
  SUBCASE("the source is read again") {
    const View e = tape.run(Op::exp, {a});
    tape.run(Op::copy, {e}, {result});
    tape.run(Op::neg, {e}, {other});
    CHECK(tape.commands_left() == 3);
  }
  SUBCASE("the destination's old content is read in between") {
    const View e = tape.run(Op::exp, {a});
    tape.run(Op::neg, {result}, {other});
    tape.run(Op::copy, {e}, {result});
    CHECK(tape.commands_left() == 3);
    tape.recording.commands.erase(tape.recording.commands.begin() + 1);  // reads what is spoilt
  }
  SUBCASE("the destination is written in between") {
    const View e = tape.run(Op::exp, {a});
    tape.run(Op::neg, {a}, {result});
    tape.run(Op::copy, {e}, {result});
    CHECK(tape.commands_left() == 3);
  }
  SUBCASE("the producer reads the destination") {
    tape.run(Op::neg, {a}, {result});
    const View turned = tape.temporary({cols, rows});
    tape.run(Op::exp, {transpose(result)}, {turned});
    tape.run(Op::copy, {part(turned, 0, {rows, cols})}, {result});
    CHECK(tape.commands_left() == 3);
  }
  SUBCASE("the copy turns the matrix") {
    const View e = tape.run(Op::exp, {a});
    tape.run(Op::copy, {transpose(e)}, {part(result, 0, {cols, rows})});
    CHECK(tape.commands_left() == 2);
  }
  SUBCASE("the copy casts") {
    const View wide = make_view(*tape.backend, {rows, cols}, DType::f64);
    const View e = tape.run(Op::exp, {a});
    tape.run(Op::copy, {e}, {wide});
    CHECK(tape.commands_left() == 2);
    tape.run(Op::copy, {wide}, {result});
  }
  SUBCASE("the source is not a temporary") {
    tape.run(Op::exp, {a}, {other});
    tape.run(Op::copy, {other}, {result});
    CHECK(tape.commands_left() == 2);
  }
  tape.run(Op::neg, {result}, {other});
  check_replay(tape, {result, other});
}

TEST_CASE("parts that are copied into strided slices of a whole") {
  Tape tape;
  const View a = noise(*tape.backend, {rows, 3}, 1);
  const View b = noise(*tape.backend, {rows, 5}, 2);
  const View whole = make_view(*tape.backend, {rows, 8});
  View left = part(whole, 0, {rows, 3});
  View right = part(whole, 3, {rows, 5});
  left.strides = right.strides = {8, 1};
  const View x = tape.run(Op::exp, {a});
  const View y = tape.run(Op::neg, {b});
  tape.run(Op::copy, {x}, {left});
  tape.run(Op::copy, {y}, {right});
  CHECK(tape.commands_left() == 2);
  check_replay(tape, {whole});
}

TEST_CASE("elementwise chains with broadcast, strided and scalar operands, and their sums") {
  Tape tape;
  Backend& b = *tape.backend;
  for (const Shape& shape : {Shape{rows, cols}, Shape{200, 300}, Shape{}}) {
    CAPTURE(shape.str());
    const bool scalar = shape.empty();
    const View x = noise(b, shape, 1);
    const View row = noise(b, {scalar ? 1 : shape[1]}, 2);
    View bias = row;
    bias.shape = shape;
    bias.strides = scalar ? Strides{} : Strides{0, 1};
    const View half = expand(view_of<float>(b, {}, {0.5F}), shape);
    const View turned = scalar ? x : transpose(noise(b, {shape[1], shape[0]}, 3));
    const View loss = make_view(b, {});
    const View result = make_view(b, shape);

    const View s = tape.run(Op::add, {x, bias});
    const View e = tape.run(Op::exp, {s});
    const View p = tape.run(Op::mul, {e, half});
    const View q = tape.run(Op::sub, {p, turned});
    tape.run(Op::sum, {q}, {loss}, with_axes(scalar ? Axes{} : Axes{0, 1}));
    tape.run(Op::tanh, {q}, {result});
    const View shifted = tape.run(Op::add, {q, expand(loss, shape)});  // needs the whole sum
    const View last = make_view(b, shape);
    tape.run(Op::neg, {shifted}, {last});
    check_replay(tape, {loss, result, last});
  }
}

TEST_CASE("a chain breaks where one command's elements are another's neighbours") {
  Tape tape;
  const View a = noise(*tape.backend, {rows, rows});
  const View result = make_view(*tape.backend, {rows, rows});
  const View state = make_view(*tape.backend, {rows, rows});
  tape.run(Op::copy, {a}, {state});
  const View e = tape.run(Op::exp, {state});
  const View t = tape.run(Op::add, {e, transpose(e)});
  const View u = tape.run(Op::mul, {t, expand(part(t, 3, {}), t.shape)});
  tape.run(Op::add, {state, u}, {state});  // in place
  tape.run(Op::sub, {state, transpose(u)}, {result});
  check_replay(tape, {state, result});
}

TEST_CASE("temporaries share memory only when their lives do not meet") {
  Tape tape;
  Backend& b = *tape.backend;
  const View x = noise(b, {64, 48}, 1);
  const View w = noise(b, {48, 48}, 2);
  std::vector<View> layers{x};
  for (int i = 0; i < 6; ++i) {
    const View y = tape.temporary({64, 48});
    tape.run(Op::linear, {layers.back(), w}, {y}, with_activation(Activation::tanh));
    layers.push_back(y);
  }
  const View gradients = make_view(b, {6, 48, 48});
  View g = layers.back();
  for (std::int64_t i = 5; i >= 0; --i) {  // all activations are needed again, last first
    const View& input = layers[static_cast<std::size_t>(i)];
    const View& output = layers[static_cast<std::size_t>(i) + 1];
    g = tape.run(Op::activation_gradient, {g, output}, with_activation(Activation::tanh));
    const View dw = tape.temporary({48, 48});
    tape.run(Op::matmul, {transpose(g), input}, {dw});
    tape.run(Op::copy, {dw}, {part(gradients, i * 48 * 48, {48, 48})});
    const View dx = tape.temporary({64, 48});
    tape.run(Op::matmul, {g, w}, {dx});
    g = dx;
  }
  check_replay(tape, {gradients});
}

TEST_CASE("a result may take over an operand's memory, again and again") {
  Tape tape;
  Backend& b = *tape.backend;
  const View a = noise(b, {rows, cols}, 1);
  const View w = noise(b, {cols, cols}, 2);
  const View result = make_view(b, {rows, cols});
  const View kept = make_view(b, {rows, cols});
  const View x = tape.temporary({rows, cols});
  const View top = tape.temporary({rows, 1});
  const View total = tape.temporary({rows, 1});
  const auto across = [](View column) {
    column.shape = {rows, cols};
    column.strides = {1, 0};
    return column;
  };
  tape.run(Op::matmul, {a, w}, {x});
  tape.run(Op::max, {x}, {top}, with_axes({1}));
  const View shifted = tape.run(Op::sub, {x, across(top)});
  const View e = tape.run(Op::exp, {shifted});
  tape.run(Op::sum, {e}, {total}, with_axes({1}));
  const View share = tape.run(Op::div, {e, across(total)});
  tape.run(Op::matmul, {share, w}, {kept});
  const View once = tape.run(Op::neg, {share});
  const View twice = tape.run(Op::mul, {once, share});  // reads `share` after `once` is written
  tape.run(Op::matmul, {twice, w}, {result});
  check_replay(tape, {result, kept});
}

TEST_CASE("a replay reads what lies in the buffers now") {
  Tape tape;
  const View x = view_of<float>(*tape.backend, {3}, {1, 2, 3});
  const View rate = view_of<float>(*tape.backend, {}, {10});
  const View result = make_view(*tape.backend, {3});
  const View y = tape.run(Op::mul, {x, expand(rate, {3})});
  tape.run(Op::add, {y, x}, {result});
  const auto program = tape.backend->compile(std::move(tape.recording));
  *rate.data<float>() = 100;
  program->run();
  CHECK(values_of(result) == std::vector<float>{101, 202, 303});
}

TEST_CASE("commands without elements and empty recordings do nothing") {
  Tape tape;
  const View none = make_view(*tape.backend, {0, 4});
  const View zero = view_of<float>(*tape.backend, {1, 4}, {1, 2, 3, 4});
  tape.run(Op::exp, {none}, {none});
  tape.run(Op::sum, {none}, {zero}, with_axes({0}));
  check_replay(tape, {zero});
  CHECK(values_of(zero) == std::vector<float>{0, 0, 0, 0});
  CHECK_NOTHROW(tape.backend->compile({})->run());
}
