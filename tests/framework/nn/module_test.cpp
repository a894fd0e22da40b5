#include "framework/nn/module.h"

#include <doctest/doctest.h>

#include "framework/autograd/autograd.h"
#include "framework/nn/batch_norm.h"
#include "framework/nn/dropout.h"
#include "framework/nn/linear.h"
#include "framework/nn/sequential.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

namespace {

using namespace varve;
using test::contains;
using test::error_of;

/// A model with a parameter of its own, a member and a Sequential.
class Model : public Module {
 public:
  Model()
      : scale_(parameter("scale", Tensor::full({1}, 2))),
        head_({.in = 3, .out = 2}),
        body_(layer<Linear>({.in = 4, .out = 3}), layer<BatchNorm>({.features = 3})) {
    child("body", body_);
    child("head", head_);
  }
  Tensor forward(const Tensor& x) override { return scale_ * head_(body_(x)); }
  std::string describe() const override { return "Model"; }

  Tensor scale_;
  Linear head_;
  Sequential body_;
};

std::vector<std::string> paths(const NamedTensors& tensors) {
  std::vector<std::string> out;
  for (const auto& entry : tensors) out.push_back(entry.path);
  return out;
}

}  // namespace

TEST_CASE("module: parameters are named by their path, in the order of registration") {
  const Model model;
  CHECK(paths(model.named_parameters()) ==
        std::vector<std::string>{"scale", "body.0.weight", "body.0.bias", "body.1.weight",
                                 "body.1.bias", "head.weight", "head.bias"});
  CHECK(paths(model.named_buffers()) ==
        std::vector<std::string>{"body.1.running_mean", "body.1.running_var"});
  CHECK(model.state().size() == 9);
  CHECK(model.parameter_count() == 1 + 12 + 3 + 3 + 3 + 6 + 2);
  for (const auto& parameter : model.parameters()) CHECK(parameter.requires_grad());
  for (const auto& buffer : model.named_buffers()) CHECK_FALSE(buffer.tensor.requires_grad());
}

TEST_CASE("module: state goes from one model to another") {
  Model from, to;
  const auto x = test::f32({1, 2, 3, 4, -1, 0, 2, 5}, {2, 4});
  from(x);  // moves the running statistics
  from.eval();
  to.eval();
  CHECK(from(x).to_vector<float>() != to(x).to_vector<float>());
  to.load_state(test::saved(from.state()));
  CHECK(from(x).to_vector<float>() == to(x).to_vector<float>());
}

TEST_CASE("module: a state that does not fit is named and changes nothing") {
  Model model;
  const auto before = model.scale_.to_vector<float>();
  auto state = test::saved(model.state());
  state.erase("head.bias");
  state["foot.weight"] = Array::zeros({2}, DType::f32);
  state["scale"] = Array::zeros({2}, DType::f32);
  const auto message = error_of(ErrorKind::input, [&] { model.load_state(state); });
  CHECK(contains(message, "missing: head.bias"));
  CHECK(contains(message, "unexpected: foot.weight"));
  CHECK(contains(message, "scale ((2) f32 saved, (1) f32 needed)"));
  CHECK(model.scale_.to_vector<float>() == before);
  state = test::saved(model.state());
  state["scale"] = Array::zeros({1}, DType::f64);
  CHECK(contains(error_of(ErrorKind::input, [&] { model.load_state(state); }), "(1) f64 saved"));
  CHECK(contains(error_of(ErrorKind::input, [&] { model.load_state({}); }), "and 4 more"));
}

TEST_CASE("module: train, eval and set_trainable reach all below") {
  Model model;
  model.eval();
  CHECK_FALSE(model.head_.is_training());
  CHECK_FALSE(model.body_[1].is_training());
  model.train();
  CHECK(model.body_[1].is_training());

  model.body_.set_trainable(false);
  backward(sum(model(test::f32({1, 2, 3, 4, -1, 0, 2, 5}, {2, 4}))));
  CHECK(model.scale_.grad().defined());
  for (const auto& frozen : model.body_.parameters()) CHECK_FALSE(frozen.grad().defined());
}

TEST_CASE("module: parameters of an inferred layer exist after the first call") {
  Sequential net(layer<Linear>({.out = 5}), layer<BatchNorm>());
  CHECK(contains(error_of(ErrorKind::usage, [&] { net.named_parameters(); }),
                 "the size of '0.weight' is inferred"));
  CHECK(contains(net.summary(), "weight ?, bias ?"));
  CHECK(contains(net.summary(), "inferred at the first call"));
  net.set_trainable(false);
  net(Tensor::ones({2, 7}));
  CHECK(net.parameter_count() == 7 * 5 + 5 + 5 + 5);
  CHECK_FALSE(net.parameters()[0].requires_grad());
}

TEST_CASE("module: the summary is a table with a total") {
  const auto text = Model().summary();
  CHECK(contains(text, "body.0"));
  CHECK(contains(text, "Linear(4 -> 3)"));
  CHECK(contains(text, "weight (3, 4), bias (3)"));
  CHECK(contains(text, "30 parameters"));
}

TEST_CASE("module: wrong use is told") {
  class Wrong : public Module {
   public:
    explicit Wrong(const std::string& name) {
      parameter("taken", Tensor::ones({1}));
      child("a", inner_);
      if (name == "child")
        child("a", inner_);
      else
        parameter(name, Tensor::ones({1}));
    }
    std::string describe() const override { return "Wrong"; }
    Dropout inner_;
  };
  CHECK(contains(error_of(ErrorKind::usage, [] { Wrong("taken"); }), "registered already"));
  CHECK(contains(error_of(ErrorKind::usage, [] { Wrong("a.b"); }), "hold a dot"));
  CHECK(contains(error_of(ErrorKind::usage, [] { Wrong(""); }), "no name"));
  CHECK(contains(error_of(ErrorKind::usage, [] { Wrong("child"); }), "taken"));
  CHECK(contains(error_of(ErrorKind::usage, [] { Wrong("fine")(Tensor::ones({1})); }),
                 "[Wrong] has no forward()"));
}

TEST_CASE("module: a shared parameter is saved under both names and counted once") {
  class Tied : public Module {
   public:
    Tied() {
      const Tensor shared = Tensor::ones({3});
      parameter("a", shared);
      parameter("b", shared);
    }
    std::string describe() const override { return "Tied"; }
  };
  const Tied tied;
  CHECK(tied.named_parameters().size() == 2);
  CHECK(tied.parameters().size() == 1);
  CHECK(tied.parameter_count() == 3);
}
