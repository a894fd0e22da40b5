#include <doctest/doctest.h>

#include <limits>

#include "framework/autograd/autograd.h"
#include "framework/backend/decorators.h"
#include "framework/core/error.h"
#include "framework/ops/table.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

/// Says that it works, and leaves everything as it was.
class Idle : public Decorator {
 public:
  using Decorator::Decorator;
  void execute(const Command&) override {}
};

Device checked() {
  const auto device = Device::open("reference");
  device.push(std::make_unique<Check>(device.backend()));
  return device;
}

/// A device whose ops run unchecked by an idle backend, below the check.
Device checked_idle() {
  const auto device = Device::open("reference");
  device.push(std::make_unique<Idle>(device.backend()));
  device.push(std::make_unique<Check>(device.backend()));
  return device;
}

View vector_view(const Device& device, std::int64_t count, std::int64_t elements) {
  return {device.backend().allocate(static_cast<std::size_t>(elements) * 4),
          {count},
          {1},
          0,
          DType::f32};
}

ErrorKind kind_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.kind();
  }
  FAIL("nothing was thrown");
  return ErrorKind::usage;
}

}  // namespace

TEST_CASE("check: what is right passes, forward and backward") {
  const auto device = checked();
  auto w = Tensor::from({1, 2, 3, 4}, device).reshape({2, 2}).clone().set_requires_grad();
  const auto x = Tensor::from({1, -1, 2, 0.5F}, device).reshape({2, 2});
  const auto loss = sum(softplus(linear(x, w).transpose()));
  CHECK_NOTHROW(backward(loss));
  CHECK(w.grad().shape() == Shape{2, 2});
}

TEST_CASE("check: a NaN or infinity out of finite inputs is named with its place") {
  const auto device = checked();
  const auto x = Tensor::from({1, 2, -1, 4}, device).reshape({2, 2});
  CHECK_THROWS_WITH_AS(log(x),
                       "[log] output 0 (2, 2) f32 is NaN at (1, 0), from finite inputs: "
                       "(2, 2) f32 -> (2, 2) f32",
                       Error);
  CHECK(kind_of([&] { log(x); }) == ErrorKind::non_finite);
  CHECK_THROWS_WITH_AS(exp(x * 100), doctest::Contains("is infinite at (0, 0)"), Error);
}

TEST_CASE("check: what was not finite before may stay so") {
  const auto device = checked();
  const auto x = Tensor::from({1, std::numeric_limits<float>::infinity()}, device);
  CHECK_NOTHROW(exp(x));
  CHECK_NOTHROW(Tensor::full({3}, -std::numeric_limits<double>::infinity(), DType::f32, device));
}

TEST_CASE("check: a view outside of its buffer") {
  const auto device = checked();
  const auto in = Tensor::ones({6}, DType::f32, device).view();
  Command command{Op::neg, {in}, {vector_view(device, 6, 4)}, {}};
  CHECK_THROWS_WITH_AS(device.backend().execute(command),
                       "[neg] output 0 (6) f32 with strides (1) and offset 0 spans elements 0 to 5 "
                       "of a buffer of 4",
                       Error);
  command.out = {vector_view(device, 6, 6)};
  command.in[0].offset = 1;
  CHECK_THROWS_WITH_AS(device.backend().execute(command), doctest::Contains("[neg] input 0"),
                       Error);
  command.in[0].offset = 4;
  command.in[0].strides = {-1};
  CHECK_THROWS_WITH_AS(device.backend().execute(command), doctest::Contains("elements -1 to 4"),
                       Error);
  CHECK(kind_of([&] { device.backend().execute(command); }) == ErrorKind::usage);
}

TEST_CASE("check: an output that overlaps itself or what is read") {
  const auto device = checked();
  const auto x = Tensor::ones({6}, DType::f32, device);
  const auto part = x.slice(0, 0, 4).view();
  auto shifted = x.slice(0, 1, 5).view();
  CHECK_THROWS_WITH_AS(
      device.backend().execute({Op::neg, {part}, {shifted}, {}}),
      "[neg] output 0 (4) f32 overlaps input 0 in memory; give it memory of its own", Error);
  shifted.strides = {0};
  CHECK_THROWS_WITH_AS(device.backend().execute({Op::neg, {part}, {shifted}, {}}),
                       doctest::Contains("writes an element twice"), Error);
  CHECK_NOTHROW(device.backend().execute({Op::neg, {part}, {part}, {}}));  // in place
  const auto square = Tensor::ones({2, 2}, DType::f32, device).view();
  CHECK_THROWS_WITH_AS(device.backend().execute({Op::matmul, {square, square}, {square}, {}}),
                       doctest::Contains("[matmul] output 0 (2, 2) f32 overlaps input 0"), Error);
  const auto even = x.slice(0, Slice{0, 6, 2}).view();
  const auto odd = x.slice(0, Slice{1, 6, 2}).view();
  CHECK_NOTHROW(device.backend().execute({Op::neg, {even}, {odd}, {}}));  // beside each other
}

TEST_CASE("check: memory that nobody has written") {
  const auto device = checked();
  const auto empty = Tensor::empty({2, 3}, DType::f32, device);
  CHECK_THROWS_WITH_AS(neg(empty),
                       doctest::Contains("[neg] input 0 (2, 3) f32 was never written at"
                                         " (0, 0)"),
                       Error);
  const auto half = Tensor::empty({2, 3}, DType::f32, device);
  half.select(0, 0).assign(Tensor::ones({3}, DType::f32, device));
  CHECK_THROWS_WITH_AS(neg(half), doctest::Contains("never written at (1, 0)"), Error);
}

TEST_CASE("check: an output that the backend forgot") {
  const auto device = checked_idle();
  const auto x = Tensor::from({1, 2, 3}, device);
  CHECK_THROWS_WITH_AS(neg(x), doctest::Contains("[neg] output 0 (3) f32 was never written at (0)"),
                       Error);
  CHECK_THROWS_WITH_AS(less(x, x), doctest::Contains("[less] output 0 (3) bool was never written"),
                       Error);
  // Memory that held numbers is no excuse.
  const auto used = Tensor::from({7, 7, 7}, device);
  CHECK_THROWS_WITH_AS(apply_into(Op::neg, {x}, {used}), doctest::Contains("never written"), Error);
}

TEST_CASE("check: replayed commands are checked as well") {
  const auto device = checked();
  const auto x = Tensor::from({1, 2}, device);
  const auto y = Tensor::from({0, 0}, device);
  Recording recording;
  recording.commands = {{Op::log, {x.view()}, {y.view()}, {}}};
  const auto program = device.backend().compile(std::move(recording));
  CHECK_NOTHROW(program->run());
  Tensor(x.view(), device).assign(Tensor::from({-1, 2}, device));
  CHECK_THROWS_WITH_AS(program->run(), doctest::Contains("[log] output 0 (2) f32 is NaN at (0)"),
                       Error);
}

}  // namespace varve
