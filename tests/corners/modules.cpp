#include "framework/nn/module.h"

#include <cmath>

#include "framework/core/error.h"
#include "framework/nn/activations.h"
#include "framework/nn/batch_norm.h"
#include "framework/nn/dropout.h"
#include "framework/nn/init.h"
#include "framework/nn/linear.h"
#include "framework/nn/sequential.h"
#include "framework/tensor/functional.h"
#include "tests/corners/objects.h"

namespace varve::corners {
namespace {

/// A module that has functions of its own.
struct Named : Module {
  std::string describe() const override { return "Named"; }
};

/// A module with a number that follows a schedule.
struct Pulled : Module {
  explicit Pulled(const Schedule& schedule) { scheduled("pull", schedule, 0); }
  std::string describe() const override { return "Pulled"; }
};
/// One with another below.
struct Holder : Module {
  explicit Holder(Module& inner) { child("inner", inner); }
  std::string describe() const override { return "Holder"; }
};

bool is_error(ErrorKind kind, const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind() == kind;
  }
  return false;
}

Rows state_rows() {
  return {
      fact("load_tensors", "of nothing",
           [](const Tensor&) {
             load_tensors({}, {}, "place");
             return true;
           }),
      fact("load_tensors", "another dtype changes nothing",
           [](const Tensor& x) {
             return is_error(ErrorKind::input, [&] {
               load_tensors({{"a", x}}, {{"a", Array::zeros({1}, DType::i32)}}, "place");
             });
           }),
      fact("Module::load_state", "a missing tensor",
           [](const Tensor&) {
             return is_error(ErrorKind::input, [] { Linear({.in = 1}).load_state({}); });
           }),
      fact("Module::named_parameters", "none",
           [](const Tensor&) { return ReLU().named_parameters().empty(); }),
      refused(
          "Module::named_parameters", "a size that is not inferred yet",
          [](const Tensor&) { Linear({}).named_parameters(); }, "inferred from its first input"),
      fact("Module::named_buffers", "none",
           [](const Tensor&) { return Linear({.in = 1}).named_buffers().empty(); }),
      refused(
          "Module::parameters", "a size that is not inferred yet",
          [](const Tensor&) { Linear({}).parameters(); }, "inferred from its first input"),
      fact("Module::state", "parameters, then buffers",
           [](const Tensor&) { return BatchNorm({.features = 1}).state().size() == 4; }),
      fact("Module::parameter_count", "none",
           [](const Tensor&) { return Sequential().parameter_count() == 0; }),
      fact("Module::summary", "a size that is not inferred yet",
           [](const Tensor&) {
             return Linear({}).summary().find("inferred at the first call") != std::string::npos;
           }),
      fact("Module::describe", "of the derived class",
           [](const Tensor&) { return Named().describe() == "Named"; }),
  };
}

Rows mode_rows() {
  return {
      refused(
          "Module::forward", "a module without one", [](const Tensor& x) { Named().forward(x); },
          "[Named] has no forward()"),
      {"Module::operator()",
       "is forward()",
       {f({-1, 2})},
       [](const Tensors& x) { return ReLU()(x[0]); },
       f({0, 2})},
      {"Module::eval",
       "reaches what is inside, switched midway",
       {f({1, -2})},
       [](const Tensors& x) {
         Sequential net(layer<Dropout>({.p = 1 - 1e-12}));
         const Tensor dropped = net(x[0]);
         net.eval();
         return dropped + net(x[0]);
       },
       f({1, -2})},
      {"Module::train",
       "and back",
       {f({1, -2})},
       [](const Tensors& x) {
         Sequential net(layer<Dropout>({.p = 1 - 1e-12}));
         net.eval();
         net.train();
         return net(x[0]);
       },
       f({0, 0})},
      fact("Module::is_training", "at first", [](const Tensor&) { return ReLU().is_training(); }),
      fact("Module::set_trainable", "also of parameters that come later",
           [](const Tensor& x) {
             Linear linear({.dtype = x.dtype()});
             linear.set_trainable(false);
             linear(x);
             return !linear.weight().requires_grad();
           }),
      fact("Module::scheduled_values", "none of a layer; of children by their paths",
           [](const Tensor&) {
             Pulled inner(Schedule::linear(2, 4, 2));
             Holder outer(inner);
             return Named().scheduled_values().empty() &&
                    outer.scheduled_values().at(0).name == "inner.pull" &&
                    outer.scheduled_values().at(0).target.item() == 2;
           }),
      fact("Module::set_schedule", "takes the start of a schedule with shares",
           [](const Tensor&) {
             Pulled inner(0);
             Holder outer(inner);
             outer.set_schedule("inner.pull", Schedule::parse("linear:5:1:50%"));
             return inner.scheduled_values().at(0).target.item() == 5;
           }),
      refused(
          "Module::set_schedule", "of nothing",
          [](const Tensor&) { Named().set_schedule("pull", 1); },
          "[module] no value 'pull' follows a schedule"),
      refused(
          "Module::set_schedule", "a start out of bounds",
          [](const Tensor&) { Pulled(0).set_schedule("pull", -1); }, "[module] pull is -1"),
      fact("Module::move_schedules", "by the step and the length of the run",
           [](const Tensor&) {
             Pulled inner(Schedule::parse("linear:0:8:50%"));
             Holder outer(inner);
             outer.move_schedules(2, 8);
             return inner.scheduled_values().at(0).target.item() == 4;
           }),
      refused(
          "Module::move_schedules", "out of bounds",
          [](const Tensor&) { Pulled(Schedule::linear(1, -1, 2)).move_schedules(2, 4); },
          "[module] pull is -1"),
  };
}

Rows sequential_rows() {
  return {
      {"Sequential::forward",
       "no layers",
       {f({1, nan})},
       [](const Tensors& x) { return Sequential()(x[0]); },
       f({1, nan})},
      refused(
          "Sequential::append", "a null layer", [](const Tensor&) { Sequential().append(nullptr); },
          "[Sequential] layer 0 is null"),
      refused(
          "Sequential::operator[]", "past the end", [](const Tensor&) { Sequential()[0]; },
          "[Sequential] has 0 layers and no layer 0"),
      fact("Sequential::Sequential", "of layers",
           [](const Tensor&) { return Sequential(layer<ReLU>(), layer<Tanh>()).size() == 2; }),
      fact("Sequential::add", "returns the layer",
           [](const Tensor&) {
             Sequential net;
             return &net.add<ReLU>() == &net[0];
           }),
      fact("Sequential::size", "none", [](const Tensor&) { return Sequential().size() == 0; }),
      fact("Sequential::describe", "none",
           [](const Tensor&) { return Sequential().describe() == "Sequential"; }),
      refused(
          "layer", "a configuration that is refused",
          [](const Tensor&) { layer<Dropout>({.p = 2}); }, "[Dropout] p = 2"),
  };
}

}  // namespace

Rows module_rows() {
  Rows rows = state_rows();
  for (const auto& more : {mode_rows(), sequential_rows()})
    rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

Rows init_rows() {
  const auto filled = [](const std::function<void(Tensor)>& fill) {
    return [fill](const Tensors& x) {
      const Tensor tensor = x[0].clone();
      fill(tensor);
      return tensor;
    };
  };
  const auto one = f({1, 1}, {5});
  const auto zero = f({1, 1}, {0});
  return {
      fact("fan", "by layout",
           [](const Tensor&) {
             const auto [in, out] = init::fan({2, 3, 3, 4});
             return in == 36 && out == 18;
           }),
      refused(
          "fan", "one dimension", [](const Tensor&) { init::fan({3}); },
          "[init] a weight of (3) has no fan"),
      refused(
          "fan", "no elements",
          [](const Tensor&) {
            init::fan({0, 3});
          },
          "has no fan"),
      {"constant",
       "infinity",
       {one},
       filled([](Tensor t) { init::constant(t, -inf); }),
       f({1, 1}, {-inf})},
      {"uniform",
       "one value",
       {one},
       filled([](Tensor t) { init::uniform(t, 2, 2); }),
       f({1, 1}, {2})},
      {"uniform",
       "none",
       {f({0, 2}, {})},
       filled([](Tensor t) { init::uniform(t, 0, 1); }),
       f({0, 2}, {})},
      {"uniform",
       "bounds in the wrong order",
       {one},
       filled([](Tensor t) { init::uniform(t, 1, 0); }),
       Refused{"[init] uniform from 1 to 0"}},
      {"uniform",
       "a bound of NaN",
       {one},
       filled([](Tensor t) { init::uniform(t, 0, nan); }),
       Refused{"[init] uniform from 0 to nan"}},
      {"normal",
       "no deviation",
       {one},
       filled([](Tensor t) { init::normal(t, 3, 0); }),
       f({1, 1}, {3})},
      {"normal",
       "a negative deviation",
       {one},
       filled([](Tensor t) { init::normal(t, 0, -1); }),
       Refused{"[init] normal with mean 0 and standard deviation -1"}},
      {"normal",
       "integers",
       {i32({1})},
       filled([](Tensor t) { init::normal(t); }),
       Refused{"[init] weights are f32 or f64, got i32"}},
      {"kaiming_uniform",
       "a gain of 0",
       {one},
       filled([](Tensor t) { init::kaiming_uniform(t, 0); }),
       zero},
      {"kaiming_uniform",
       "a gain of NaN",
       {one},
       filled([](Tensor t) { init::kaiming_uniform(t, nan); }),
       Refused{"[init] gain = nan"}},
      {"kaiming_uniform",
       "no fan",
       {f({0, 2}, {})},
       filled([](Tensor t) { init::kaiming_uniform(t); }),
       Refused{"has no fan"}},
      {"xavier_uniform",
       "a gain of 0",
       {one},
       filled([](Tensor t) { init::xavier_uniform(t, 0); }),
       zero},
      {"xavier_uniform",
       "an infinite gain",
       {one},
       filled([](Tensor t) { init::xavier_uniform(t, inf); }),
       Refused{"[init] gain = inf"}},
      {"xavier_normal",
       "a gain of 0",
       {one},
       filled([](Tensor t) { init::xavier_normal(t, 0); }),
       zero},
      {"xavier_normal",
       "a negative gain",
       {one},
       filled([](Tensor t) { init::xavier_normal(t, -1); }),
       Refused{"[init] gain = -1"}},
      {"fan_in_uniform",
       "a fan of 0",
       {one},
       filled([](Tensor t) { init::fan_in_uniform(t, 0); }),
       Refused{"[init] fan_in = 0"}},
  };
}

}  // namespace varve::corners
