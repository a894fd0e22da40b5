#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/backends/vulkan/kernels.h"

using namespace varve;
using namespace varve::testing;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

void check_all(Rig& rig, const Operand& x, const Axes& axes) {
  check(rig, along(Op::sum, {x}, axes));
  check(rig, along(Op::max, {x}, axes));
  if (axes.size() == 1) check(rig, along(Op::argmax, {x}, axes));
}

}  // namespace

TEST_SUITE("vulkan: reduce") {
  TEST_CASE("lines of every size, along the rows and across") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const std::int64_t n : awkward_sizes) {
      check_all(*rig, noise({n}), {0});
      check_all(*rig, noise({n, 5}), {0});
      check_all(*rig, noise({n, 40}), {0});
      check_all(*rig, noise({5, n}), {1});
      check_all(*rig, noise({40, n}), {1});
      check_all(*rig, noise({3, n, 2}), {0, 2});
    }
  }

  TEST_CASE("nothing: a sum of 0, a maximum of the lowest value") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const auto& shape : {Shape{0}, Shape{0, 3}})
      for (const Op op : {Op::sum, Op::max, Op::min}) check(*rig, along(op, {noise(shape)}, {0}));
    check(*rig, along(Op::max, {packed({0, 3}, {}, DType::i32)}, {0}));
    check(*rig, along(Op::sum, {noise({3, 0})}, {0}));
  }

  TEST_CASE("many rows and many columns") {
    const auto rig = make_rig();
    if (!rig) return;
    check_all(*rig, noise({70000, 3}), {0});
    check_all(*rig, noise({70000, 3}), {1});
    check_all(*rig, noise({3, 70000}), {0});
    check_all(*rig, noise({3, 70000}), {1});
    check_all(*rig, noise({20, 70000}), {1});
    check_all(*rig, integers({8'000'000}, 0, 3, DType::i32), {0});
    check(*rig, along(Op::sum, {noise({70000, 64})}, {0}));
  }

  TEST_CASE("more work groups than one axis of a dispatch holds") {
    const auto rig = make_rig();
    if (!rig) return;
    auto traits = rig->context.traits();
    traits.max_groups = 100;
    check_with(*rig, traits, along(Op::sum, {noise({70000, 2})}, {1}));
    check_with(*rig, traits, along(Op::argmax, {noise({70000, 2})}, {1}));
  }

  TEST_CASE("any strides") {
    const auto rig = make_rig();
    if (!rig) return;
    const Operand x = noise({6, 35, 9});
    for (const Axes& axes : {Axes{0}, Axes{1}, Axes{2}, Axes{0, 1}, Axes{0, 2}, Axes{0, 1, 2}}) {
      check_all(*rig, permuted(x, {2, 1, 0}), axes);
      check_all(*rig, permuted(x, {1, 0, 2}), axes);
      check_all(*rig, flipped(flipped(x, 0), 2), axes);
      check_all(*rig, flipped(x, 1), axes);
      check_all(*rig, stepped(stepped(x, 1), 2), axes);
      check_all(*rig, repeated(x, 0, 70), axes);
      check_all(*rig, repeated(x, 2, 70), axes);
    }
  }

  TEST_CASE("more dimensions than a shader walks") {
    const auto rig = make_rig();
    if (!rig) return;
    Operand x = noise({3, 4, 3, 4, 3, 4, 3});
    for (std::size_t d = 0; d < 7; ++d) x = stepped(x, d);
    for (const Axes& axes : {Axes{0}, Axes{6}, Axes{1, 3, 5}, Axes{0, 2, 4, 6}, Axes{0, 1, 2, 4, 6},
                             Axes{0, 1, 2, 3, 4, 5, 6}})
      check_all(*rig, x, axes);
  }

  TEST_CASE("integers, which wrap around") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const DType dtype : {DType::i32, DType::i64, DType::u8}) {
      const auto low = dtype == DType::u8 ? 0 : -100;
      for (const std::int64_t n : {1, 33, 1000, 5000}) {
        check_all(*rig, integers({n}, low, 200, dtype), {0});
        check_all(*rig, integers({n, 5}, low, 200, dtype), {0});
        check_all(*rig, flipped(integers({40, n}, low, 200, dtype), 1), {1});
      }
    }
    const double large = 1ULL << 31;
    check_all(*rig, packed({3}, {large - 1, large - 1, 5}, DType::i32), {0});
    check_all(*rig, packed({4}, {-large * large, 3, large * large, -1}, DType::i64), {0});
    check_all(*rig, packed({3}, {-5, large * 4, large * 4 + 1}, DType::i64), {0});
  }

  TEST_CASE("NaN and infinities, wherever they are") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const std::size_t at : {0, 1, 40, 299})
      for (const double special : {not_a_number, inf, -inf}) {
        Operand x = noise({300});
        x.memory[at] = special;
        check_all(*rig, x, {0});
        x.memory[150] = special;
        check_all(*rig, x, {0});
        x.shape = {100, 3};
        x.strides = {3, 1};
        check_all(*rig, x, {0});
        check_all(*rig, x, {1});
      }
    check_all(*rig, packed({70}, std::vector<double>(70, -inf)), {0});
    check_all(*rig, packed({70}, std::vector<double>(70, 3)), {0});
  }

  TEST_CASE("a long sum keeps its digits") {
    const auto rig = make_rig();
    if (!rig) return;
    const std::int64_t n = 1'000'000;
    auto traits = rig->context.traits();
    const double tenth = double{0.1F};
    for (const bool software : {true, false}) {
      traits.software = software;
      for (const bool column : {false, true}) {
        Operand x = packed({n}, std::vector<double>(n, tenth));
        if (column) x = {x.memory, {n, 1}, {1, 1}, 0, DType::f32};
        const auto got = doubles_of<float>(run(*rig, traits, along(Op::sum, {x}, {0}))[0]);
        CHECK(std::abs(got[0] / (tenth * static_cast<double>(n)) - 1) < 1e-6);
      }
      const auto wide = run(*rig, traits, along(Op::sum, {noise({n})}, {}));
      const double want = expected(along(Op::sum, {noise({n})}, {}))[0][0];
      CHECK(std::abs(doubles_of<float>(wide[0])[0] - want) < 1e-2);  // of 1e6 numbers up to 1
    }
  }

  TEST_CASE("the same bits every time") {
    const auto rig = make_rig();
    if (!rig) return;
    check_repeats(*rig, along(Op::sum, {noise({300'000})}, {}));
    check_repeats(*rig, along(Op::sum, {noise({128, 400})}, {0}));
    check_repeats(*rig, along(Op::sum, {noise({128, 784})}, {1}));
    check_repeats(*rig, {Op::global_norm, {noise({300, 70}), noise({5000})}});
  }

  TEST_CASE("tensors that no binding reaches") {
    const auto rig = make_rig();
    if (!rig) return;
    const Operand x = noise({40, 5, 300});
    for (const Axes& axes : {Axes{0}, Axes{1}, Axes{2}, Axes{0, 2}, Axes{0, 1, 2}})
      for (const Op op : {Op::sum, Op::max, Op::min}) {
        check_in_parts(*rig, 40'000, along(op, {x}, axes));
        check_in_parts(*rig, 40'000, along(op, {permuted(x, {2, 0, 1})}, axes));
      }
    check_in_parts(*rig, 40'000, along(Op::argmax, {x}, {2}));
    CHECK(error_of([&] { check_in_parts(*rig, 4'000, along(Op::argmax, {x}, {0})); }).kind() ==
          ErrorKind::memory);
    check_in_parts(*rig, 40'000, {Op::global_norm, {x, noise({20'000})}});
  }

  TEST_CASE("the norm of any number of tensors") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const std::size_t count : {1, 2, 6, 7, 8, 14, 20}) {
      std::vector<Operand> tensors;
      for (std::size_t i = 0; i < count; ++i)
        tensors.push_back(
            noise({static_cast<std::int64_t>(i % 5 == 3 ? 0 : 977 * i * i / 3 + 1)}, i));
      check(*rig, {Op::global_norm, tensors});
    }
    check(*rig, {Op::global_norm, {permuted(noise({30, 50}), {1, 0}), noise({})}});
    check(*rig, {Op::global_norm, {noise({0})}});
    check(*rig, {Op::global_norm, {flipped(stepped(noise({5000}), 0), 0), noise({400'000})}});
  }
}
