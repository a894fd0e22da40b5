#include "tests/framework/train/support.h"

#include "framework/autograd/autograd.h"
#include "framework/io/checkpoint.h"

using namespace varve;
using namespace varve::test;

namespace {

/// A generator of numbers and a critic of them: each loss depends on the parameters of both.
class Duel : public Module {
 public:
  Duel() {
    child("maker", maker_);
    child("critic", critic_);
  }
  std::string describe() const override { return "Duel"; }

  Terms maker_loss(const Tensor& x) {
    const Tensor made = maker_(x + randn(x.shape(), x.dtype(), x.device()));
    const Tensor fooled = mean(critic_(made));
    return {{"loss", batch_mean(squared_error(made, x)) - fooled * 0.1}, {"fooled", fooled}};
  }
  Terms critic_loss(const Tensor& x) {
    const Tensor made = maker_(x + randn(x.shape(), x.dtype(), x.device()));
    return {{"critic", mean(square(critic_(made))) - mean(critic_(x)) + poison}};
  }

  Module& maker() { return maker_; }
  Module& critic() { return critic_; }
  Tensor poison = Tensor::scalar(0);

 private:
  Linear maker_{{.in = features, .out = features, .activation = Activation::tanh}};
  Linear critic_{{.in = features, .out = 1}};
};

struct Setup {
  explicit Setup(TrainerOptions options)
      : duel((manual_seed(11), std::make_unique<Duel>())),
        first(duel->maker().parameters()),
        second(duel->critic().parameters(), {.beta1 = 0.5}),
        train(waves(20), {.batch_size = 8, .seed = 5, .prefetch = 0}),
        trainer(
            *duel, [this](const auto& x, const auto&, const auto&) { return duel->maker_loss(x); },
            first, train, nullptr, completed(std::move(options))) {}

  TrainerOptions completed(TrainerOptions options) {
    options.seed = 3;
    options.learning_rate = 1e-2;
    options.second = {
        "critic", [this](const auto& x, const auto&, const auto&) { return duel->critic_loss(x); },
        &second, Schedule::parse("linear:0.01:0.001:8")};
    return options;
  }

  std::unique_ptr<Duel> duel;
  Adam first, second;
  Loader train;
  Trainer trainer;
};

}  // namespace

TEST_CASE("two objectives: eager, captured and resumed end with the same bits") {
  Setup eager({.epochs = 3, .clip_norm = 1, .capture = false});
  const auto result = eager.trainer.run();
  REQUIRE(result.train.size() == 5);
  CHECK(result.train[2].name == "gradient_norm");
  CHECK(result.train[3].name == "critic");
  CHECK(result.train[4].name == "critic_gradient_norm");

  Setup captured({.epochs = 3, .clip_norm = 1});
  captured.trainer.run();
  CHECK(same_bits(bits(captured.duel->state()), bits(eager.duel->state())));

  const platform::TemporaryDirectory folder;
  Setup({.epochs = 3, .max_steps = 4, .clip_norm = 1, .folder = folder.path()}).trainer.run();
  const auto saved = load_latest_checkpoint(folder.path() / "checkpoints").checkpoint;
  CHECK(saved.optimizer.size() == eager.first.state().size() + eager.second.state().size());
  Setup resumed({.epochs = 3, .clip_norm = 1, .folder = folder.path(), .resume = true});
  resumed.trainer.run();
  CHECK(same_bits(bits(resumed.duel->state()), bits(eager.duel->state())));
  CHECK(same_bits(bits(resumed.second.state()), bits(eager.second.state())));
}

TEST_CASE("both see the weights from before the step, and move their own alone") {
  Setup setup({.epochs = 1, .max_steps = 1, .capture = false});
  const State before = bits(setup.duel->state());
  setup.trainer.run();
  const State after = bits(setup.duel->state());

  // By hand, on the first batch: gradients of both losses, then both steps.
  Setup by_hand({.epochs = 1});
  CHECK(same_bits(bits(by_hand.duel->state()), before));
  by_hand.first.set_learning_rate(1e-2);
  by_hand.second.set_learning_rate(1e-2);
  by_hand.train.start(0);
  const Tensor x = Tensor::from(by_hand.train.next()->input);
  default_device().generator().seed(3);
  default_device().generator().set_step(0);
  const Terms first = by_hand.duel->maker_loss(x), second = by_hand.duel->critic_loss(x);
  const Tensors makers = by_hand.duel->maker().parameters();
  const Tensors critics = by_hand.duel->critic().parameters();
  const Tensors of_maker = grad(first[0].value, makers), of_critic = grad(second[0].value, critics);
  for (std::size_t i = 0; i < 2; ++i) {
    Tensor(makers[i]).set_grad(of_maker[i]);
    Tensor(critics[i]).set_grad(of_critic[i]);
  }
  by_hand.first.step();
  by_hand.second.step();
  CHECK(same_bits(bits(by_hand.duel->state()), after));
}

TEST_CASE("a second loss that is not finite leaves all weights as they were") {
  Setup setup({.epochs = 1});
  const State before = bits(setup.duel->state());
  const float bad = std::numeric_limits<float>::quiet_NaN();
  setup.duel->poison.upload(std::span<const float>(&bad, 1));
  const std::string message = error_of(ErrorKind::non_finite, [&] { setup.trainer.run(); });
  CHECK(contains(message, "critic = nan"));
  CHECK(same_bits(bits(setup.duel->state()), before));
}

TEST_CASE("a second objective must be complete") {
  Setup setup({.epochs = 1});
  TrainerOptions options;
  options.second.emplace().name = "critic";
  const std::string message = error_of(ErrorKind::usage, [&] {
    Trainer(
        *setup.duel, [](const auto&...) { return Terms(); }, setup.first, setup.train, nullptr,
        options);
  });
  CHECK(contains(message, "a loss and an optimizer"));
}
