#include <doctest/doctest.h>

#include "framework/autograd/autograd.h"
#include "framework/backend/decorators.h"
#include "framework/backend/registry.h"
#include "framework/core/error.h"
#include "framework/ops/table.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

/// Computes sin instead of exp, and forgets the last term of a sum.
class Wrong : public Decorator {
 public:
  using Decorator::Decorator;
  void execute(const Command& command) override {
    Command other = command;
    if (command.op == Op::exp) other.op = Op::sin;
    if (command.op == Op::sum && command.in[0].shape.size() == 1) --other.in[0].shape[0];
    inner().execute(other);
  }
};

/// Has a kernel for `square`: the product, or the double.
class WithSquare : public Decorator {
 public:
  WithSquare(Backend& inner, Op op) : Decorator(inner), op_(op) {}
  bool supports(Op op, const Signature& signature) const override {
    return op == Op::square || inner().supports(op, signature);
  }
  void execute(const Command& command) override {
    if (command.op != Op::square) return inner().execute(command);
    inner().execute({op_, {command.in[0], command.in[0]}, command.out, {}});
  }

 private:
  Op op_;
};

/// A verified device; `Faulty` sits below the verification.
template <class Faulty, class... Args>
std::pair<Device, Verify*> verified(Args... args) {
  const auto device = Device::open("reference");
  device.push(std::make_unique<Faulty>(device.backend(), args...));
  auto verify = std::make_unique<Verify>(device.backend(), open_backend("reference"));
  auto* raw = verify.get();
  device.push(std::move(verify));
  return {device, raw};
}

}  // namespace

TEST_CASE("verify: a backend that is right passes, and every command is compared") {
  const auto [device, verify] = verified<Decorator>();
  auto w = Tensor::from({1, 2, 3, 4, 5, 6}, device).reshape({2, 3}).clone().set_requires_grad();
  const auto x = Tensor::from({0.1F, -1, 2, 0.3F, 0.7F, -2}, device).reshape({2, 3});
  const auto before = verify->compared();
  const auto loss = sum(softmax(tanh(linear(x, w)).transpose()));
  CHECK_NOTHROW(backward(loss));
  CHECK(verify->compared() > before + 8);
  CHECK_NOTHROW(apply_into(Op::add, {x, x}, {x}));  // the inputs are read before they go
  CHECK_NOTHROW(rand({100}, DType::f32, device));
  CHECK_NOTHROW(randn({100}, DType::f32, device));
}

TEST_CASE("verify: casts, integers and f64 compare, too") {
  const auto [device, verify] = verified<Decorator>();
  const auto x = Tensor::from({0.1F, 2.7F, -3.9F}, device);
  CHECK_NOTHROW(cast(cast(x, DType::f64) / 3.0, DType::f32));
  CHECK_NOTHROW(sum(cast(x, DType::i32) + 5.0));
  CHECK_NOTHROW(Tensor::full({3}, 0.1, DType::f32, device));
  CHECK(verify->compared() > 3);
}

TEST_CASE("verify: a wrong op is named with the place, both values and the shapes") {
  const auto [device, verify] = verified<Wrong>();
  const auto x = Tensor::from({0, 0, 0, 1}, device).reshape({2, 2});
  CHECK_THROWS_WITH_AS(exp(x),
                       "[exp] output 0 at (0, 0): reference gives 0, reference gives 1: (2, 2) f32 "
                       "-> (2, 2) f32",
                       Error);
  try {
    exp(x);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::non_finite);
  }
  CHECK_NOTHROW(sin(x));
}

TEST_CASE("verify: a missing term is seen, rounding is not") {
  const auto [device, verify] = verified<Wrong>();
  const auto terms = Tensor::ones({1000}, DType::f32, device);
  CHECK_THROWS_WITH_AS(sum(terms), doctest::Contains("gives 999, reference gives 1000"), Error);
  // Large terms that cancel: the error of f32 is large beside the result, not beside the terms.
  const auto [right, counter] = verified<Decorator>();
  const auto x = Tensor::arange(4096, -1e4 / 3, 1.7, DType::f32, right);
  CHECK_NOTHROW(sum(x - mean(x)));
  CHECK(counter->compared() > 2);
}

TEST_CASE("verify: a fused kernel is compared with the decomposition") {
  {
    const auto [device, verify] = verified<WithSquare>(Op::mul);
    CHECK_NOTHROW(square(Tensor::from({1, 2, 3}, device)));
    CHECK(verify->compared() == 1);
  }
  const auto [device, verify] = verified<WithSquare>(Op::add);
  CHECK_THROWS_WITH_AS(square(Tensor::from({2, 3}, device)),
                       doctest::Contains("[square] output 0 at (1): reference gives 6"), Error);
}

}  // namespace varve
