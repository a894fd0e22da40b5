#include <doctest/doctest.h>

#include <string>

#include "tests/backends/vulkan/kernels.h"

using namespace varve;
using namespace varve::testing;

namespace {

Operand data(const Shape& shape, DType dtype, std::uint64_t stream = 1) {
  if (dtype == DType::f32) return noise(shape, stream);
  return integers(shape, 0, dtype == DType::boolean ? 2 : 100, dtype, stream);
}

Problem gather(const Operand& x, const Operand& index, std::int64_t axis) {
  return along(Op::gather, {x, index}, {axis});
}

Problem scatter(const Operand& x, const Operand& index, std::int64_t axis) {
  return along(Op::scatter_add, {x, index, data(index.shape, x.dtype, 5)}, {axis});
}

/// The dtypes of an index.
constexpr DType index_dtypes[] = {DType::i32, DType::i64};

}  // namespace

TEST_SUITE("vulkan: index") {
  TEST_CASE("gather and scatter_add of every size") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const std::int64_t n : awkward_sizes)
      for (const DType dtype : index_dtypes) {
        check(*rig, gather(noise({n}), integers({50}, 0, n, dtype), 0));
        check(*rig, gather(noise({9}), integers({n}, 0, 9, dtype), 0));
        check(*rig, gather(noise({n, 4}), integers({7, 4}, 0, n, dtype), 0));
        check(*rig, gather(noise({4, 5}), integers({4, n}, 0, 5, dtype), 1));
        check(*rig, scatter(noise({n}), integers({50}, 0, n, dtype), 0));
        check(*rig, scatter(noise({9}), integers({n}, 0, 9, dtype), 0));
        check(*rig, scatter(noise({n, 4}), integers({7, 4}, 0, n, dtype), 0));
        check(*rig, scatter(noise({4, 5}), integers({4, n}, 0, 5, dtype), 1));
        check(*rig, scatter(noise({2, 300, 3}), integers({2, n, 3}, 0, 300, dtype), 1));
      }
    check(*rig, gather(noise({70000, 3}), integers({70000, 3}, 0, 70000, DType::i64), 0));
    check(*rig, scatter(noise({700, 3}), integers({7000, 3}, 0, 700, DType::i64), 0));
    check(*rig, scatter(noise({10}), integers({70000}, 0, 10, DType::i64), 0));
    // More entries than are compared with each other at once.
    check(*rig, scatter(noise({5000}), integers({70000}, 0, 5000, DType::i32), 0));
  }

  TEST_CASE("nothing to add") {
    const auto rig = make_rig();
    if (!rig) return;
    check(*rig, scatter(noise({4, 6}), integers({0, 6}, 0, 4, DType::i64), 0));
  }

  TEST_CASE("every dtype") {
    for (const auto& rig : make_rigs()) {
      INFO(describe(*rig));
      for (const DType dtype : {DType::f32, DType::i32, DType::i64, DType::u8, DType::boolean})
        for (const DType index : index_dtypes) {
          check(*rig, gather(data({33, 9}, dtype), integers({70, 9}, 0, 33, index), 0));
          check(*rig, gather(flipped(data({33, 9}, dtype), 1), integers({33, 70}, 0, 9, index), 1));
          if (dtype == DType::boolean) continue;
          check(*rig, scatter(data({33, 9}, dtype), integers({130, 9}, 0, 33, index), 0));
          check(*rig, scatter(data({1000, 9}, dtype), integers({130, 9}, 0, 1000, index), 0));
        }
    }
  }

  TEST_CASE("one index for all columns, as rows of a table are named") {
    const auto rig = make_rig();
    if (!rig) return;
    for (const DType dtype : index_dtypes) {
      const Operand rows = repeated(integers({500, 1}, 0, 6000, dtype), 1, 70);
      check(*rig, gather(noise({6000, 70}), rows, 0));
      check(*rig, scatter(noise({6000, 70}), rows, 0));
      const Operand few = repeated(integers({500, 1}, 0, 300, dtype), 1, 70);
      check(*rig, scatter(noise({300, 70}), few, 0));
      const Operand inner = repeated(repeated(integers({1, 90, 1}, 0, 300, dtype), 0, 3), 2, 4);
      check(*rig, scatter(noise({3, 300, 4}), inner, 1));
    }
  }

  TEST_CASE("any strides") {
    const auto rig = make_rig();
    if (!rig) return;
    const Operand x = noise({300, 8, 6});
    const Operand index = integers({90, 8, 6}, 0, 300, DType::i64);
    const auto both = [&](const Operand& a, const Operand& b, std::int64_t axis) {
      check(*rig, gather(a, b, axis));
      check(*rig, scatter(a, b, axis));
    };
    both(flipped(x, 0), flipped(index, 2), 0);
    both(permuted(x, {1, 0, 2}), permuted(index, {1, 0, 2}), 1);
    both(permuted(x, {2, 1, 0}), permuted(index, {2, 1, 0}), 2);
    both(stepped(x, 1), stepped(index, 1), 0);
    both(repeated(x, 1, 5), repeated(index, 1, 5), 0);
    Operand deep = noise({3, 4, 3, 4, 3, 90});
    Operand places = integers({3, 4, 3, 4, 3, 70}, 0, 90, DType::i32);
    for (std::size_t d = 0; d < 5; ++d) {
      deep = stepped(deep, d);
      places = stepped(places, d);
    }
    both(deep, places, 5);
    deep = noise({600, 3, 4, 3, 4, 3});
    places = integers({130, 3, 4, 3, 4, 3}, 0, 300, DType::i32);
    for (std::size_t d = 0; d < 6; ++d) deep = stepped(deep, d);
    for (std::size_t d = 1; d < 6; ++d) places = stepped(places, d);
    both(deep, places, 0);
  }

  TEST_CASE("tensors that no binding reaches") {
    const auto rig = make_rig();
    if (!rig) return;
    auto traits = rig->context.traits();
    traits.max_range = 8'000;
    for (const bool software : {true, false}) {
      traits.software = software;
      for (const std::int64_t axis : {0, 1}) {
        const Operand x = noise({500, 50});
        const Shape shape = axis == 0 ? Shape{200, 50} : Shape{500, 90};
        const Operand index =
            integers(shape, 0, x.shape[static_cast<std::size_t>(axis)], DType::i64);
        check_with(*rig, traits, gather(x, index, axis));
        check_with(*rig, traits, scatter(x, index, axis));
      }
    }
  }

  TEST_CASE("the same bits every time") {
    const auto rig = make_rig();
    if (!rig) return;
    check_repeats(*rig, scatter(noise({40, 9}), integers({3000, 9}, 0, 40, DType::i64), 0));
    check_repeats(*rig, scatter(noise({4000, 9}), integers({3000, 9}, 0, 4000, DType::i64), 0));
  }

  TEST_CASE("an index outside is reported at the next download, and reads and writes nothing") {
    const auto rig = make_rig();
    if (!rig) return;
    auto traits = rig->context.traits();
    for (const bool software : {true, false})
      for (const DType dtype : index_dtypes)
        for (const std::int64_t size : {300, 3000})
          for (const double bad : {-1.0, static_cast<double>(size), -2147483648.0}) {
            traits.software = software;
            Operand index = integers({100}, 0, size, dtype);
            index.memory[77] = bad;
            CAPTURE(bad);
            const std::string where = "index " + std::to_string(static_cast<std::int64_t>(bad)) +
                                      " is outside of an axis of " + std::to_string(size);
            for (const Problem& problem :
                 {gather(noise({size}), index, 0), scatter(noise({size}), index, 0)}) {
              const Error error = error_of([&] { run(*rig, traits, problem); });
              CHECK(error.kind() == ErrorKind::usage);
              CHECK(std::string(error.what()) ==
                    "[" + std::string(name(problem.op)) + "] " + where);
            }
            // It is told once, and what is right is done.
            index.memory[77] = 5;
            check_with(*rig, traits, gather(noise({size}), index, 0));
          }
    const Problem nowhere = gather(noise({0, 3}), packed({1, 3}, {0, 0, 0}, DType::i32), 0);
    CHECK(error_of([&] { run(*rig, traits, nowhere); }).kind() == ErrorKind::usage);
    Operand far = integers({3}, 0, 9, DType::i64);
    far.memory[1] = 4294967296.0 * 8 + 2;  // its low word is a place
    CHECK(error_of([&] { run(*rig, traits, gather(noise({9}), far, 0)); }).kind() ==
          ErrorKind::usage);
  }
}
