#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "backends/vulkan/chains.h"
#include "framework/backend/layout.h"
#include "tests/backends/vulkan/kernels.h"

using namespace varve;
using namespace varve::testing;
using vulkan::Step;

namespace {

/// The first byte that differs; the size if none does. A NaN is a NaN, whatever its sign is.
std::size_t first_difference(const std::vector<std::byte>& a, const std::vector<std::byte>& b,
                             DType dtype) {
  const std::size_t item = size_of(dtype);
  for (std::size_t at = 0; at < a.size(); at += item) {
    if (std::memcmp(a.data() + at, b.data() + at, item) == 0) continue;
    float x = 0, y = 0;
    std::memcpy(&x, a.data() + at, std::min(item, sizeof x));
    std::memcpy(&y, b.data() + at, std::min(item, sizeof y));
    if (dtype != DType::f32 || !std::isnan(x) || !std::isnan(y)) return at;
  }
  return a.size();
}

/// Commands as they are recorded, on a device.
class Tape {
 public:
  explicit Tape(Rig& rig) : rig_(rig) {}

  View input(Shape shape, std::uint64_t stream) {
    const View view = rig_.make(shape);
    const auto values = noise(shape, stream).memory;
    rig_.put(view, std::vector<float>(values.begin(), values.end()));
    inputs_[view.buffer.storage()] = bytes_of(view);
    return view;
  }
  View result(Shape shape, DType dtype = DType::f32) {
    results.push_back(rig_.make(shape, dtype));
    return results.back();
  }
  View temporary(Shape shape, DType dtype = DType::f32) {
    const View view = rig_.make(shape, dtype);
    temporaries.insert(view.buffer.storage());
    return view;
  }
  /// A number that is written once and then only read.
  View constant(double value, DType dtype = DType::f32) {
    const View view = rig_.make({}, dtype);
    Command fill{Op::fill, {}, {view}, {}};
    fill.attributes.value = value;
    fill.attributes.dtype = dtype;
    execute(fill);
    constants.push_back(fill);
    return view;
  }
  const View& run(Op op, std::vector<View> in, const View& out, Attributes attributes = {}) {
    attributes.dtype = out.dtype;
    commands.push_back({op, std::move(in), {out}, attributes});
    return commands.back().out[0];
  }
  View run(Op op, std::vector<View> in, Attributes attributes = {}) {
    const Shape shape = in.back().shape;
    const bool compares = op == Op::less || op == Op::equal;
    return run(op, std::move(in), temporary(shape, compares ? DType::boolean : DType::f32),
               attributes);
  }

  void execute(const Command& command) {
    vulkan::find_kernel(command.op).kernel(command, rig_.stream);
  }
  std::vector<Step> steps(bool fusion = true) const {
    return vulkan::group(commands, constants, temporaries, rig_.context.traits(), fusion);
  }

  /// Runs one by one and in chains, from the same state, and compares every bit of the results.
  /// What is held or constant is moved where nothing can read it.
  void check(const vulkan::Traits& traits) {
    restore();
    for (const Command& command : commands) execute(command);
    std::vector<std::vector<std::byte>> want;
    for (const View& view : results) want.push_back(bytes_of(view));
    restore();
    Altered encoder(rig_.stream, traits);
    for (Step& step : vulkan::group(commands, constants, temporaries, traits, true)) {
      if (step.chain) {
        hide(step);
        vulkan::encode_chain(step, encoder);
      } else {
        vulkan::find_kernel(step.commands[0].op).kernel(step.commands[0], encoder);
      }
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
      INFO("result ", i);
      const auto got = bytes_of(results[i]);
      CHECK(first_difference(got, want[i], results[i].dtype) == got.size());
    }
  }
  void check() { check(rig_.context.traits()); }

  std::vector<View> results;
  std::set<const Storage*> temporaries;
  std::vector<Command> commands, constants;

 private:
  std::vector<std::byte> bytes_of(const View& view) {
    std::vector<std::byte> bytes(view.buffer.bytes());
    rig_.stream.download(view.buffer, 0, bytes);
    return bytes;
  }

  /// Inputs as they were, all else spoilt.
  void restore() {
    for (Command& command : commands)
      for_each_view(command, [&](View& view, bool) {
        const Storage* storage = view.buffer.storage();
        const bool constant =
            std::any_of(constants.begin(), constants.end(),
                        [&](const Command& fill) { return fill.out[0].buffer == view.buffer; });
        if (constant || view.buffer.bytes() == 0) return;
        const auto input = inputs_.find(storage);
        const std::vector<std::byte> spoilt(view.buffer.bytes(), std::byte{0x7f});
        rig_.stream.upload(view.buffer, 0, input == inputs_.end() ? spoilt : input->second);
      });
  }

  static void hide(Step& step) {
    std::map<const Storage*, Buffer> names;
    std::set<const Storage*> held;
    std::map<const Storage*, double> constants;
    const auto rename = [&](const Storage* storage) {
      names[storage] = Buffer(std::make_shared<Storage>());
      return names[storage].storage();
    };
    for (const Storage* storage : step.held) held.insert(rename(storage));
    for (const auto& [storage, value] : step.constants) constants[rename(storage)] = value;
    for (Command& command : step.commands)
      for_each_view(command, [&](View& view, bool) {
        const auto name = names.find(view.buffer.storage());
        if (name != names.end()) view.buffer = name->second;
      });
    step.held = held;
    step.constants = constants;
  }

  Rig& rig_;
  std::map<const Storage*, std::vector<std::byte>> inputs_;
};

View broadcast_rows(View view, std::int64_t rows) {
  view.shape = {rows, view.shape[0]};
  view.strides = {0, view.strides[0]};
  return view;
}
View broadcast_columns(View view, std::int64_t columns) {
  view.shape = {view.shape[0], columns};
  view.strides = {view.strides[0], 0};
  return view;
}
View everywhere(View view, const Shape& shape) {
  view.shape = shape;
  view.strides = Strides::filled(shape.size(), 0);
  return view;
}
View transposed(View view) {
  std::swap(view.shape[0], view.shape[1]);
  std::swap(view.strides[0], view.strides[1]);
  return view;
}

std::vector<std::size_t> lengths(const std::vector<Step>& steps) {
  std::vector<std::size_t> out;
  for (const Step& step : steps) out.push_back(step.commands.size());
  return out;
}

using Lengths = std::vector<std::size_t>;

constexpr Op unary_ops[] = {
    Op::neg, Op::abs,     Op::exp,    Op::log,      Op::log1p,      Op::sqrt, Op::sin,   Op::tanh,
    Op::erf, Op::sigmoid, Op::square, Op::softplus, Op::reciprocal, Op::copy, Op::expm1, Op::cos};
constexpr Op binary_ops[] = {Op::add,
                             Op::sub,
                             Op::mul,
                             Op::div,
                             Op::pow,
                             Op::maximum,
                             Op::minimum,
                             Op::dropout,
                             Op::gaussian_kl,
                             Op::activation_gradient,
                             Op::bce_with_logits};
constexpr Op ternary_ops[] = {Op::reparameterize, Op::bce_with_logits_gradient, Op::where};

/// A random graph of ops over (rows, columns), with operands of every layout.
void record_random_graph(Tape& tape, std::uint64_t seed) {
  PhiloxStream random(seed, 1);
  const std::int64_t rows = 1 + random.below(40);
  const std::int64_t columns = 1 + random.below(40);
  const Shape shape{rows, columns};
  std::vector<View> values{tape.input(shape, seed),
                           broadcast_rows(tape.input({columns}, 2), rows),
                           broadcast_columns(tape.input({rows}, 3), columns),
                           transposed(tape.input({columns, rows}, 4)),
                           everywhere(tape.input({}, 5), shape),
                           everywhere(tape.constant(0.75), shape)};
  const auto any = [&] { return values[random.below(static_cast<std::uint32_t>(values.size()))]; };
  Attributes attributes;
  attributes.probability = 0.25;
  for (int i = 0; i < 20; ++i) {
    attributes.activation = static_cast<Activation>(random.below(4));
    const auto pick = [&](const auto& ops) {
      return ops[random.below(static_cast<std::uint32_t>(std::size(ops)))];
    };
    const std::uint32_t kind = random.below(10);
    const Op op = kind < 4 ? pick(unary_ops) : kind < 8 ? pick(binary_ops) : pick(ternary_ops);
    std::vector<View> in{any()};
    if (op == Op::where) in = {tape.run(Op::less, {any(), any()})};
    while (in.size() < (kind < 4 ? 1U : kind < 8 ? 2U : 3U)) in.push_back(any());
    const View out = random.below(4) == 0 ? tape.result(shape) : tape.temporary(shape);
    values.push_back(tape.run(op, in, out, attributes));
  }
  tape.run(Op::add, {values.back(), values[values.size() - 2]}, tape.result(shape));
}

}  // namespace

TEST_SUITE("vulkan: chains") {
  TEST_CASE("consecutive ops over the same elements are one chain, without their temporaries") {
    const auto rig = make_rig();
    if (!rig) return;
    Tape tape(*rig);
    const View x = tape.input({30, 40}, 1);
    const View e = tape.run(Op::exp, {x});
    const View y = tape.run(Op::mul, {e, x}, tape.result({30, 40}));
    tape.run(Op::tanh, {y}, tape.result({30, 40}));
    const auto steps = tape.steps();
    REQUIRE(lengths(steps) == Lengths{3});
    CHECK(steps[0].chain);
    CHECK(steps[0].held == std::set<const Storage*>{e.buffer.storage()});
    CHECK(lengths(tape.steps(false)) == Lengths{1, 1, 1});
    CHECK(!tape.steps(false)[0].chain);
    rig->stream.flush();
    const auto before = rig->stream.counts().dispatches;
    vulkan::encode_chain(steps[0], rig->stream);
    rig->stream.flush();
    CHECK(rig->stream.counts().dispatches == before + 1);
    tape.check();
  }

  TEST_CASE("a chain ends at another op, another size, and where elements would mix") {
    const auto rig = make_rig();
    if (!rig) return;
    Tape tape(*rig);
    const View x = tape.input({30, 30}, 1);
    const View a = tape.run(Op::neg, {x});
    Attributes all;
    tape.run(Op::sum, {a}, tape.result({1, 1}), all);  // no elementwise op
    const View b = tape.run(Op::exp, {a});
    const View c = tape.run(Op::exp, {b}, tape.result({30, 30}));
    tape.run(Op::abs, {part(x, 0, {5})}, tape.result({5}));  // another size
    tape.run(Op::add, {transposed(c), x}, tape.result({30, 30}));
    const View d = tape.run(Op::neg, {c}, tape.result({30, 30}));
    tape.run(Op::add, {transposed(d), x}, tape.result({30, 30}));  // another order
    CHECK(lengths(tape.steps()) == Lengths{3, 1, 1, 2, 1});
    tape.check();
  }

  TEST_CASE("ops move up to a chain that they fit, past what has nothing to do with them") {
    const auto rig = make_rig();
    if (!rig) return;
    Tape tape(*rig);
    const View x = tape.input({50}, 1);
    const View y = tape.input({50}, 2);
    const View a = tape.run(Op::exp, {x});
    tape.run(Op::sum, {y}, tape.result({1}));
    tape.run(Op::neg, {a}, tape.result({50}));  // moves
    tape.run(Op::sum, {a}, tape.result({1}));
    tape.run(Op::abs, {a}, tape.result({50}));  // moves
    const View total = tape.run(Op::sum, {a}, tape.temporary({1}));
    View wide = total;
    wide.shape = {50};
    wide.strides = {0};
    tape.run(Op::mul, {a, wide}, tape.result({50}));  // must wait for the sum
    tape.run(Op::neg, {y}, y);                        // so must what is read before, though
    CHECK(lengths(tape.steps()) == Lengths{3, 1, 1, 1, 2});
    CHECK(lengths(tape.steps(false)) == Lengths(8, 1));
    tape.results.push_back(y);
    tape.check();
  }

  TEST_CASE("what is read later, or from outside, keeps its memory") {
    const auto rig = make_rig();
    if (!rig) return;
    Tape tape(*rig);
    const View x = tape.input({50}, 1);
    const View later = tape.run(Op::exp, {x});
    const View gone = tape.run(Op::neg, {later});
    tape.run(Op::square, {gone}, tape.result({50}));
    tape.run(Op::sum, {later}, tape.result({1}));
    auto steps = tape.steps();
    REQUIRE(lengths(steps) == Lengths{3, 1});
    CHECK(steps[0].held == std::set<const Storage*>{gone.buffer.storage()});
    tape.check();

    // A temporary whose old content is read is no register.
    Tape carried(*rig);
    const View state = carried.input({50}, 1);
    carried.temporaries.insert(state.buffer.storage());
    carried.run(Op::neg, {carried.run(Op::exp, {state})}, state);
    carried.run(Op::copy, {state}, carried.result({50}));
    steps = carried.steps();
    REQUIRE(lengths(steps) == Lengths{3});
    CHECK(!steps[0].held.contains(state.buffer.storage()));
    carried.check();
  }

  TEST_CASE("more buffers than a shader binds, or numbers than it is pushed, make two chains") {
    const auto rig = make_rig();
    if (!rig) return;
    Tape tape(*rig);
    View total = tape.input({100}, 1);
    for (std::uint64_t i = 2; i < 12; ++i) total = tape.run(Op::add, {total, tape.input({100}, i)});
    tape.run(Op::neg, {total}, tape.result({100}));
    CHECK(lengths(tape.steps()) == Lengths{6, 5});
    tape.check();

    Tape strided(*rig);
    const Shape shape{2, 3, 4, 5};
    const auto scattered = [&](std::uint64_t stream) {
      View view = strided.input({5, 4, 3, 2}, stream);
      std::reverse(view.shape.begin(), view.shape.end());
      std::reverse(view.strides.begin(), view.strides.end());
      return view;
    };
    View sum = scattered(1);
    for (std::uint64_t i = 2; i < 7; ++i) sum = strided.run(Op::add, {sum, scattered(i)});
    strided.run(Op::neg, {sum}, strided.result(shape));
    CHECK(strided.steps().size() > 1);
    strided.check();
  }

  TEST_CASE("a long chain is cut") {
    const auto rig = make_rig();
    if (!rig) return;
    Tape tape(*rig);
    View x = tape.input({64}, 1);
    for (int i = 0; i < 60; ++i) x = tape.run(i % 2 == 0 ? Op::tanh : Op::neg, {x});
    tape.run(Op::neg, {x}, tape.result({64}));
    CHECK(tape.steps().size() > 1);
    CHECK(tape.steps().size() < 5);
    tape.check();
  }

  TEST_CASE("numbers that never change are not read from memory") {
    const auto rig = make_rig();
    if (!rig) return;
    Tape tape(*rig);
    const Shape shape{20, 10};
    View x = tape.input(shape, 1);
    for (const double value : {0.5, -3.0, 7.0, 0.1, 2.0, 11.0, 13.0, 17.0, 19.0})
      x = tape.run(Op::mul, {x, everywhere(tape.constant(value), shape)});
    tape.run(Op::add, {x, x}, tape.result(shape));
    CHECK(lengths(tape.steps()) == Lengths{10});
    tape.check();
  }

  TEST_CASE("updates in place") {
    const auto rig = make_rig();
    if (!rig) return;
    Tape tape(*rig);
    const View weights = tape.input({77}, 1);
    const View gradient = tape.input({77}, 2);
    tape.results.push_back(weights);
    const View step = tape.run(Op::mul, {gradient, everywhere(tape.constant(0.1), {77})});
    tape.run(Op::sub, {weights, step}, weights);
    tape.run(Op::mul, {weights, weights}, tape.result({77}));
    tape.run(Op::neg, {weights}, weights);
    CHECK(lengths(tape.steps()) == Lengths{4});
    tape.check();
  }

  TEST_CASE("views of another shape but the same elements") {
    const auto rig = make_rig();
    if (!rig) return;
    Tape tape(*rig);
    const View x = tape.input({12, 5}, 1);
    const View bias = broadcast_rows(tape.input({5}, 2), 12);
    const View a = tape.run(Op::add, {x, bias});
    const View flat = part(tape.run(Op::exp, {a}), 0, {60});
    const View c = tape.run(Op::neg, {flat}, tape.result({60}));
    tape.run(Op::mul, {part(c, 0, {3, 20}), tape.input({3, 20}, 3)}, tape.result({3, 20}));
    CHECK(lengths(tape.steps()) == Lengths{4});
    tape.check();
  }

  TEST_CASE("comparisons and choices, with their conditions in registers or in memory") {
    for (const auto& rig : make_rigs()) {
      INFO(describe(*rig));
      for (const std::int64_t size : {90, 92}) {  // one by one, and by fours
        Tape tape(*rig);
        const View a = tape.input({size}, 1);
        const View b = tape.input({size}, 2);
        const View held = tape.run(Op::less, {a, b});
        const View kept = tape.run(Op::equal, {a, a}, tape.result({size}, DType::boolean));
        const View x = tape.run(Op::where, {held, a, b});
        const View y = tape.run(Op::where, {kept, x, b});
        const View n = tape.run(Op::copy, {held}, tape.temporary({size}, DType::i32));
        tape.run(Op::add, {n, n}, tape.result({size}, DType::i32));
        tape.run(Op::neg, {y}, tape.result({size}));
        CHECK(lengths(tape.steps()) == Lengths{7});
        tape.check();
      }
    }
  }

  TEST_CASE("nothing is contracted: products and sums round as they do one by one") {
    const auto rig = make_rig();
    if (!rig) return;
    Tape tape(*rig);
    const View a = tape.input({4099}, 1);
    const View b = tape.input({4099}, 2);
    const View c = tape.input({4099}, 3);
    const View product = tape.run(Op::mul, {a, b});
    tape.run(Op::add, {product, c}, tape.result({4099}));
    tape.run(Op::sub, {tape.run(Op::mul, {a, a}), tape.run(Op::mul, {b, b})}, tape.result({4099}));
    tape.run(Op::log, {tape.run(Op::exp, {a})}, tape.result({4099}));
    tape.run(Op::div, {tape.run(Op::mul, {a, b}), b}, tape.result({4099}));
    tape.check();
    // The sum of the rounded product, not that of the exact one.
    const auto x = rig->get<float>(a), y = rig->get<float>(b), z = rig->get<float>(c);
    const auto got = rig->get<float>(tape.results[0]);
    bool differs = false;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const volatile float rounded = x[i] * y[i];
      REQUIRE(got[i] == rounded + z[i]);
      differs = differs || std::fma(x[i], y[i], z[i]) != got[i];
    }
    CHECK(differs);
  }

  TEST_CASE("random graphs: the same bits in chains as one by one") {
    for (const auto& rig : make_rigs()) {
      INFO(describe(*rig));
      for (std::uint64_t seed = 0; seed < 24; ++seed) {
        INFO("seed ", seed);
        Tape tape(*rig);
        record_random_graph(tape, seed);
        CHECK(tape.steps().size() < tape.commands.size());
        tape.check();
      }
    }
  }

  TEST_CASE("chains over more than a binding holds") {
    const auto rig = make_rig();
    if (!rig) return;
    vulkan::Traits traits = rig->context.traits();
    traits.max_range = 4096;
    Tape tape(*rig);
    const Shape shape{70, 60};
    const View x = tape.input(shape, 1);
    const View bias = broadcast_rows(tape.input({60}, 2), 70);
    tape.run(Op::tanh, {tape.run(Op::add, {x, bias})}, tape.result(shape));
    CHECK(lengths(tape.steps()) == Lengths{2});
    tape.check(traits);
  }

  TEST_CASE("results of no elements are left out") {
    const auto rig = make_rig();
    if (!rig) return;
    Tape tape(*rig);
    const View x = tape.input({5}, 1);
    const View nothing{x.buffer, {0}, {1}, 0, DType::f32};
    tape.run(Op::neg, {nothing}, nothing);
    tape.run(Op::neg, {x}, tape.result({5}));
    CHECK(lengths(tape.steps()) == Lengths{1});
    CHECK(lengths(tape.steps(false)) == Lengths{1});
  }
}
