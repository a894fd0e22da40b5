#include <doctest/doctest.h>
#include "framework/core/registry.h"
#include "framework/core/schedule.h"
#include "framework/distributions/discrete.h"
#include "framework/distributions/normal.h"
#include "framework/losses/likelihood.h"
#include "framework/losses/losses.h"
#include "framework/nn/batch_norm.h"
#include "framework/nn/conv2d.h"
#include "framework/nn/conv_transpose2d.h"
#include "framework/nn/linear.h"
#include "framework/ops/table.h"
#include "framework/optim/adam.h"
#include "framework/optim/arena.h"
#include "framework/optim/sgd.h"
#include "framework/tensor/functional.h"
#include "framework/train/progress.h"
#include "tests/framework/train/support.h"
#include "tests/remedies/remedies.h"

namespace varve::remedies {
namespace {

using test::Run;

Tensor ones(Shape shape) { return Tensor::full(shape, 1); }

Tensor parameter() {
  Tensor x = ones({2});
  x.set_requires_grad();
  return x;
}

/// A module with two of everything, under names to be given.
class Pair : public Module {
 public:
  Pair(std::string_view first, std::string_view second, bool children) {
    for (const auto name : {first, second})
      if (children)
        child(name, name == first ? left_ : right_);
      else
        parameter(name, ones({1}));
  }
  std::string describe() const override { return "Pair"; }
  void work() const {}

 private:
  Linear left_{{.in = 1}}, right_{{.in = 1}};
};

/// A module with two numbers that follow a schedule.
struct Moving : Module {
  Moving(std::string_view first, std::string_view second) {
    scheduled(first, 1);
    scheduled(second, 1);
  }
  std::string describe() const override { return "Moving"; }
};

struct Named {
  std::string name;
};

void register_both(const char* first, const char* second) {
  Registry<Named> registry("thing");
  registry.add({first});
  registry.add({second});
}

State state_of(const Module& module, const Axes& order = {}) {
  State state;
  for (const auto& [path, tensor] : module.state())
    state[path] = (order.empty() || tensor.rank() != order.size() ? tensor : tensor.permute(order))
                      .to_array();
  return state;
}

/// Loads the weights of a convolution, in PyTorch's order or Varve's.
void load(Extent kernel, bool torch, WeightOrder order) {
  Conv2d layer({.in = 2, .out = 3, .kernel = kernel});
  layer.load_state(state_of(layer, torch ? Axes{0, 3, 1, 2} : Axes{}), order);
}

void train(TrainerOptions options, std::string_view folder, const Place& place) {
  options.folder = place / folder;
  options.epochs += 1;
  Run(std::move(options)).trainer.run();
}

/// Of one step, with a term of two numbers or of one.
void train_term(bool reduced) {
  test::Net net;
  Adam optimizer(net.parameters());
  Loader loader(test::waves(8), {.batch_size = 8, .prefetch = 0});
  Trainer(net,
          [&](const Tensor& input, const Tensor& target, const Tensor&) {
            Terms terms = net.loss(input, target);
            terms.push_back({"both", reduced ? sum(ones({2})) : ones({2})});
            return terms;
          },
          optimizer, loader, nullptr, {.epochs = 1})
      .run();
}

void check_gradient(GradientRule rule) {
  OpRow exponential = row(Op::exp);
  exponential.gradient = rule;
  check_row(exponential);
}

Array values(std::vector<float> v) {
  return Array::of<float>({static_cast<std::int64_t>(v.size())}, std::span<const float>(v));
}

}  // namespace

Remedies of_networks() {
  const auto deconvolve = [](std::int64_t padding) {
    ConvTranspose2d({.in = 1, .padding = padding})(ones({1, 1, 1, 1}));
  };
  const auto normalise = [](std::int64_t count, bool training) {
    BatchNorm layer({.features = 3});
    layer.train(training);
    layer(ones({count, 3}));
  };
  const auto optimize = [](const ParameterGroups& groups, AdamConfig config = {}) {
    Adam optimizer(groups, config);
  };
  const auto lay_out_twice = [](auto use) {
    const Tensor a = parameter(), b = parameter();
    const ParameterArena first({a});
    use(ParameterArena({a, b}));
  };
  return {
      {"[{}] has no draw that is differentiable in its parameters; use sample()",
       [] { Bernoulli(ones({2})).rsample(); },
       {[] { Bernoulli(ones({2})).sample(); }}},
      {"[{}] {} holds {}: remove what is not a number from the data",
       [] {
         BernoulliLikelihood().check(values({0, NAN}), "data");
       },
       {[] { BernoulliLikelihood().check(values({0}), "data"); }}},
      {"[{}] {} holds {}, and this likelihood needs values in [{}, {}]: scale the data, or take "
       "the "
       "likelihood 'gaussian'",
       [] {
         BernoulliLikelihood().check(values({0, 255}), "data");
       },
       {[] {
          BernoulliLikelihood().check(values({0, 1}), "data");
        },
        [] {
          make_likelihood("gaussian")->check(values({0, 255}), "data");
        }}},
      {"a number in [{}, {}] (or the likelihood 'gaussian')",
       [] {
         BernoulliLikelihood().negative_log_likelihood(ones({1, 2}), ones({1, 2}) * 3.0);
       },
       {[] {
          BernoulliLikelihood().negative_log_likelihood(ones({1, 2}), ones({1, 2}));
        },
        [] {
          make_likelihood("gaussian")->negative_log_likelihood(ones({1, 2}), ones({1, 2}) * 3.0);
        }}},
      {"[batch_mean] needs one number an example, got {}; see sum_per_example()",
       [] {
         batch_mean(ones({2, 3}));
       },
       {[] {
         batch_mean(sum_per_example(ones({2, 3})));
       }}},
      {"[batch_mean] a batch of no examples has no mean: leave it out",
       [] { batch_mean(ones({0})); },
       {[] { batch_mean(ones({1})); }}},
      {"[{}] a weight of {} has a size that is not positive; give each size, `in` may be 0 "
       "(inferred)",
       [] { Linear({.in = 2, .out = 0}); },
       {[] { Linear({.in = 2, .out = 1}); },
        [] {
          Linear({.in = 0, .out = 1})(ones({1, 2}));
        }}},
      {"[BatchNorm] a batch of {} has {} a feature, and no variance: give it two or more, or call "
       "eval()",
       [=] { normalise(1, true); },
       {[=] { normalise(2, true); }, [=] { normalise(1, false); }}},
      {"[ConvTranspose2d] an image of {} would become {} x {} pixels: take less padding than {}",
       [=] { deconvolve(2); },
       {[=] { deconvolve(1); }}},
      {"[module] '{}' is registered already; take another name",
       [] { Pair("a", "a", false); },
       {[] { Pair("a", "b", false); }}},
      {"[{}] the saved state does not fit: {}; load it with the configuration it was saved with",
       [] { Linear({.in = 2, .out = 3}).load_state(state_of(Linear({.in = 2, .out = 4}))); },
       {[] { Linear({.in = 2, .out = 4}).load_state(state_of(Linear({.in = 2, .out = 4}))); }}},
      {"[{}] has no forward(); call its own functions",
       [] { Pair("a", "b", false)(ones({1})); },
       {[] { Pair("a", "b", false).work(); }}},
      {"[module] '{}' is {} for a child; take another", [] { Pair("a", "a", true); }, {[] {
         Pair("a", "b", true);
       }}},
      {"[module] the size of '{}' is inferred from its first input: call the model once before its "
       "tensors are used",
       [] { Linear({.in = 0, .out = 1}).parameters(); },
       {[] {
         Linear layer({.in = 0, .out = 1});
         layer(ones({1, 2}));
         layer.parameters();
       }}},
      {"[model] {}: in PyTorch's order (out, in, kh, kw) where Varve has (out, kh, kw, in); load "
       "it "
       "with WeightOrder::torch",
       [] {
         load({3, 3}, true, WeightOrder::unknown);
       },
       {[] {
         load({3, 3}, true, WeightOrder::torch);
       }}},
      {"[model] {}: may be in Varve's order (out, kh, kw, in) or in PyTorch's (out, in, kh, kw); "
       "say "
       "which: load it with WeightOrder::varve or WeightOrder::torch",
       [] {
         load({2, 2}, false, WeightOrder::unknown);
       },
       {[] {
          load({2, 2}, false, WeightOrder::varve);
        },
        [] {
          load({2, 2}, true, WeightOrder::torch);
        }}},
      {"[op table] '{}' has no gradient rule: name one, or no_gradient to say that there is none",
       [] { check_gradient(nullptr); },
       {[] { check_gradient(row(Op::exp).gradient); }, [] { check_gradient(no_gradient); }}},
      {"[optimizer] parameters must share dtype and device: {} on {} and {} on {}; use one "
       "optimizer for each",
       [=] {
         optimize({parameter(), Tensor::zeros({2}, DType::f64)});
       },
       {[=] {
         optimize({parameter()});
         optimize({Tensor::zeros({2}, DType::f64)});
       }}},
      {"[optimizer] a tensor of {} is a result of other tensors, not a parameter; give the leaves",
       [=] { optimize({parameter() * 2.0}); },
       {[=] { optimize({parameter()}); }}},
      {"[optimizer] a parameter of {} is a part of other memory; make it a tensor of its own with "
       "clone()",
       [=] { optimize({ones({4}).slice(0, 0, 2)}); },
       {[=] { optimize({ones({4}).slice(0, 0, 2).clone()}); }}},
      {"[optimizer] its parameters lie in {} places, since an earlier optimizer has laid some out "
       "with others; use runs()",
       [=] { lay_out_twice([](const ParameterArena& arena) { arena.values(); }); },
       {[=] { lay_out_twice([](const ParameterArena& arena) { arena.runs(); }); }}},
      {"[optimizer] a group has the learning rate {} and the optimizer 0: they move in proportion, "
       "give the optimizer a positive one",
       [=] {
         optimize({{.parameters = {parameter()}, .learning_rate = 0.1}}, {.learning_rate = 0});
       },
       {[=] {
         optimize({{.parameters = {parameter()}, .learning_rate = 0.1}}, {.learning_rate = 1});
       }}},
      {"[optimizer] a parameter is in two groups; leave it in one",
       [=] {
         const Tensor x = parameter();
         optimize({{.parameters = {x}}, {.parameters = {x}}});
       },
       {[=] {
         optimize({{.parameters = {parameter()}}, {.parameters = {parameter()}}});
       }}},
      {"[Sgd] Nesterov's form needs a momentum: set one, or leave nesterov",
       [] { Sgd({parameter()}, {.nesterov = true}); },
       {[] { Sgd({parameter()}, {.momentum = 0.9, .nesterov = true}); },
        [] { Sgd({parameter()}); }}},
      {"[train] the loss term '{}' is {}; reduce it to one number", [] { train_term(false); }, {[] {
         train_term(true);
       }}},
      {"[progress] '{}' is no style; choose auto, bar, plain or none",
       [] { parse_progress_style("loud"); },
       {[] {
         for (const char* style : {"auto", "bar", "plain", "none"}) parse_progress_style(style);
       }}},
      {"[train] {}: holds the checkpoints of another run; resume it or choose another folder",
       [](const Place& place) {
         train({.epochs = 0}, "first", place);
         train({.epochs = 0}, "first", place);
       },
       {[](const Place& place) { train({.epochs = 1, .resume = true}, "first", place); },
        [](const Place& place) { train({.epochs = 0}, "second", place); }}},
      {"[train] {}: was made with another {}; resume with the configuration that the run was "
       "started "
       "with",
       [](const Place& place) {
         train({.epochs = 0, .configuration = "one"}, "third", place);
         train({.epochs = 1, .configuration = "two", .resume = true}, "third", place);
       },
       {[](const Place& place) {
         train({.epochs = 1, .configuration = "one", .resume = true}, "third", place);
       }}},
      {"[schedule] '{}' holds a share of a run: say of how many steps, by over()",
       [] { Schedule::parse("linear:0:1:50%")(1); },
       {[] { Schedule::parse("linear:0:1:50%").over(10)(1); }}},
      {"[schedule] {} takes a schedule in steps, and '{}' holds a share of a run: give it by "
       "over(), or all of it as one text",
       [] { Schedule::warm_up(3, Schedule::parse("linear:0:1:50%")); },
       {[] { Schedule::warm_up(3, Schedule::parse("linear:0:1:50%").over(10)); },
        [] { Schedule::parse("warmup:3:linear:0:1:50%"); }}},
      {"[module] '{}' is {} for a scheduled value; take another",
       [] { Moving("pull", "pull"); },
       {[] { Moving("pull", "push"); }}},
      {"[{}] there is a {} '{}' already; take another name",
       [] { register_both("one", "one"); },
       {[] { register_both("one", "two"); }}},
  };
}

}  // namespace varve::remedies

TEST_CASE("remedies of networks and training") {
  varve::remedies::check(varve::test::Place(), varve::remedies::of_networks());
}
