#include "backends/vulkan/program.h"

#include <algorithm>
#include <mutex>
#include <string>

#include "backends/vulkan/kernel.h"
#include "framework/backend/layout.h"
#include "tests/backends/vulkan/testing.h"

using namespace varve;
using namespace varve::testing;

namespace {

/// Records commands while it runs them, as the framework does.
struct Tape {
  explicit Tape(Rig& r) : rig(r) {}

  View temporary(Shape shape, DType dtype = DType::f32) {
    const View view = rig.make(shape, dtype);
    recording.temporaries.push_back(view.buffer);
    return view;
  }
  void run(Op op, std::vector<View> in, std::vector<View> out, Attributes attributes = {}) {
    const Command command{op, std::move(in), std::move(out), attributes};
    if (!is_empty(command)) vulkan::find_kernel(op).kernel(command, rig.stream);
    recording.commands.push_back(command);
  }
  View run(Op op, std::vector<View> in, Attributes attributes = {}) {
    const View out = temporary(in[0].shape);
    run(op, std::move(in), {out}, attributes);
    return out;
  }
  std::unique_ptr<Program> compile() {
    const std::lock_guard lock(mutex);
    return vulkan::compile(std::move(recording), rig.context, rig.pipelines, rig.memory, rig.stream,
                           mutex);
  }

  Rig& rig;
  Recording recording;
  std::mutex mutex;
};

/// Replays what the tape holds on spoilt results and compares them with the eager ones.
void check_replay(Tape& tape, const std::vector<View>& results) {
  std::vector<std::vector<std::uint32_t>> eager;
  for (const View& view : results) eager.push_back(tape.rig.get<std::uint32_t>(view));
  const auto program = tape.compile();
  for (int round = 0; round < 2; ++round) {
    for (const View& view : results) tape.rig.stream.fill_words(view, 0x7f7f7f7f);
    program->run();
    for (std::size_t i = 0; i < results.size(); ++i) {
      CAPTURE(i);
      CHECK(tape.rig.get<std::uint32_t>(results[i]) == eager[i]);
    }
  }
}

View noise(Rig& rig, Shape shape, float first = 0.1F) {
  const View view = rig.make(shape);
  std::vector<float> values(static_cast<std::size_t>(shape.numel()));
  for (float& value : values) {
    first = 3.7F * first * (1 - first);  // between 0 and 1
    value = first;
  }
  rig.put(view, values);
  return view;
}

View transpose(View view) {
  std::swap(view.shape[0], view.shape[1]);
  std::swap(view.strides[0], view.strides[1]);
  return view;
}

Attributes along(std::int64_t axis) {
  Attributes attributes;
  attributes.axes = {axis};
  return attributes;
}

constexpr std::int64_t rows = 37;
constexpr std::int64_t cols = 61;

}  // namespace

TEST_CASE("products, copies into an arena, reductions and chains replay to the same bits") {
  const auto rig = make_rig();
  if (!rig) return;
  Tape tape(*rig);
  const View a = noise(*rig, {rows, cols}, 0.1F);
  const View b = noise(*rig, {rows, cols}, 0.3F);
  const View arena = rig->make({rows * rows + 8});
  const View total = rig->make({1, 1});
  const View product = tape.temporary({rows, rows});
  tape.run(Op::matmul, {a, transpose(b)}, {product});
  const View shifted = tape.run(Op::sub, {product, product});
  const View e = tape.run(Op::exp, {shifted});
  const View both = tape.run(Op::mul, {e, product});
  tape.run(Op::copy, {part(both, 0, {rows * rows})}, {part(arena, 8, {rows * rows})});
  tape.run(Op::fill, {}, {part(arena, 0, {8})});
  const View sums = tape.temporary({rows, 1});
  tape.run(Op::sum, {both}, {sums}, along(1));
  tape.run(Op::sum, {sums}, {total}, along(0));
  check_replay(tape, {arena, total});
}

TEST_CASE("temporaries share memory only when their lives do not meet, and go with the program") {
  const auto rig = make_rig();
  if (!rig) return;
  constexpr std::uint64_t tensor = 64 * 64 * 4;
  const View a = noise(*rig, {64, 64});
  const View out = rig->make({64, 64});
  rig->stream.synchronize();
  const auto before = rig->memory.bytes_in_use();
  {
    Tape tape(*rig);
    View x = a;
    for (int i = 0; i < 10; ++i) {  // no chains: each needs memory
      const View y = tape.temporary({64, 64});
      tape.run(Op::matmul, {x, transpose(x)}, {y});
      x = tape.run(Op::copy, {transpose(y)});
      const View row = tape.temporary({64, 1});
      tape.run(Op::sum, {x}, {row}, along(1));
      View everywhere = row;
      everywhere.shape = {64, 64};
      everywhere.strides = {1, 0};
      const View scaled = tape.temporary({64, 64});
      tape.run(Op::div, {x, everywhere}, {scaled});
      x = scaled;
    }
    tape.run(Op::copy, {x}, {out});
    const auto want = rig->get<std::uint32_t>(out);
    CHECK(rig->memory.bytes_in_use() - before >= 30 * tensor);
    x = {};
    const auto program = tape.compile();
    CHECK(rig->memory.bytes_in_use() - before <= 5 * tensor);
    for (int i = 0; i < 3; ++i) program->run();
    CHECK(rig->get<std::uint32_t>(out) == want);
  }
  CHECK(rig->memory.bytes_in_use() == before);
}

TEST_CASE("a replay reads what lies in the buffers now, and replays queue up without waiting") {
  const auto rig = make_rig();
  if (!rig) return;
  Tape tape(*rig);
  const View x = rig->make({1000});
  const View one = rig->make({1000});
  rig->put(x, std::vector<float>(1000, 0));
  rig->put(one, std::vector<float>(1000, 1));
  tape.run(Op::add, {x, one}, {x});
  const auto program = tape.compile();
  for (int i = 0; i < 199; ++i) program->run();
  CHECK(rig->get<float>(x) == std::vector<float>(1000, 200));
  rig->put(one, std::vector<float>(1000, -2));
  for (int i = 0; i < 50; ++i) program->run();
  CHECK(rig->get<float>(x) == std::vector<float>(1000, 100));
}

TEST_CASE("a program longer than one submission may be") {
  const auto rig = make_rig();
  if (!rig) return;
  Tape tape(*rig);
  const View x = noise(*rig, {8, 8});
  const View y = rig->make({8, 8});
  for (int i = 0; i < 2100; ++i) {
    tape.run(Op::copy, {transpose(x)}, {y});
    tape.run(Op::copy, {transpose(y)}, {x});
  }
  const auto before = rig->stream.counts().submissions;
  const auto values = rig->get<float>(x);
  const auto program = tape.compile();
  rig->stream.synchronize();
  const auto eager = rig->stream.counts().submissions;
  CHECK(eager > before);
  program->run();
  CHECK(rig->stream.counts().submissions - eager == 3);
  CHECK(rig->get<float>(x) == values);
}

TEST_CASE("commands without elements and empty recordings do nothing") {
  const auto rig = make_rig();
  if (!rig) return;
  Tape tape(*rig);
  tape.compile()->run();
  tape.run(Op::exp, {rig->make({0, 3})}, {rig->make({0, 3})});
  tape.compile()->run();
  rig->stream.synchronize();
}

TEST_CASE("an index out of range is reported after a replay, once") {
  const auto rig = make_rig();
  if (!rig) return;
  Tape tape(*rig);
  const View x = noise(*rig, {10, 3});
  const View index = rig->make({2, 3}, DType::i32);
  const View out = rig->make({2, 3});
  rig->put(index, std::vector<std::int32_t>(6, 9));
  tape.run(Op::gather, {x, index}, {out}, along(0));
  const auto program = tape.compile();
  program->run();
  rig->stream.synchronize();
  rig->put(index, std::vector<std::int32_t>{0, 1, 2, 3, 12, 4});
  program->run();
  program->run();
  const Error error = error_of([&] { rig->get<float>(out); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(std::string(error.what()) == "[gather] index 12 is outside of an axis of 10");
  rig->put(index, std::vector<std::int32_t>(6, -1));
  tape.run(Op::gather, {x, index}, {out}, along(0));
  CHECK(std::string(error_of([&] { rig->stream.synchronize(); }).what()) ==
        "[gather] index -1 is outside of an axis of 10");
  rig->put(index, std::vector<std::int32_t>(6, 0));
  program->run();
  rig->stream.synchronize();
}

TEST_CASE("a device that is lost in a replay says which step it was") {
  vulkan::Options options = vulkan::options_from_environment();
  options.lose_at = 4;
  const auto rig = make_rig(options);
  if (!rig) return;
  Tape tape(*rig);
  const View x = noise(*rig, {rows, cols});
  const View y = rig->make({rows, 1});
  tape.run(Op::sum, {x}, {y}, along(1));
  const auto program = tape.compile();
  const Error error = error_of([&] {
    for (int i = 0; i < 4; ++i) program->run();
  });
  CHECK(error.kind() == ErrorKind::device);
  const std::string text = error.what();
  CAPTURE(text);
  CHECK(text.find("a captured step of 1 dispatches that ends in sum (submission 4)") !=
        std::string::npos);
  CHECK(error_of([&] { program->run(); }).kind() == ErrorKind::device);
}
