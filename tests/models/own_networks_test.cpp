#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/nn/activations.h"
#include "framework/nn/batch_norm.h"
#include "framework/nn/linear.h"
#include "framework/nn/reshape.h"
#include "framework/nn/sequential.h"
#include "models/autoencoder/denoising.h"
#include "models/autoencoder/inpainting.h"
#include "models/networks/conv.h"
#include "models/networks/mlp.h"
#include "models/networks/resnet.h"
#include "models/vae/capacity_vae.h"
#include "models/vae/conditional_vae.h"
#include "models/vae/vae.h"
#include "models/vq/vq_vae.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

namespace {

/// [N, features] -> [N, outputs].
std::unique_ptr<Module> plain(std::int64_t in, std::int64_t out) {
  return std::make_unique<Sequential>(layer<Flatten>({}), layer<Linear>({.in = in, .out = 16}),
                                      layer<Tanh>(), layer<Linear>({.in = 16, .out = out}));
}

double train_some(Model& model, const Tensor& x, const Tensor& labels = {}) {
  Adam adam(model.main_parameters(), {.learning_rate = 5e-3});
  const double before = model.loss(x, x, labels)[0].value.item();
  for (int step = 0; step < 40; ++step) {
    adam.zero_grad();
    backward(model.loss(x, x, labels)[0].value);
    adam.step();
  }
  return before - model.loss(x, x, labels)[0].value.item();
}

}  // namespace

TEST_CASE("a model is built directly, with the bits that make_model gives") {
  const auto same = [](const Model& direct, const char* name, OptionValues own) {
    manual_seed(7);
    auto options = small();
    options.own = std::move(own);
    CHECK(difference(bits(direct), bits(*make_model(name, options))) == "");
  };
  const auto parts = [] {
    manual_seed(7);
    return ModelParts{.example = {8, 8, 1},
                      .latent = 3,
                      .networks = std::make_shared<Mlp>(MlpConfig{.hidden = {16}}),
                      .classes = classes};
  };
  same(Vae({.beta = 4}, parts()), "beta-vae", {});
  same(Vae({.posterior = Covariance::full}, parts()), "vae", {{"posterior", "full"}});
  same(CapacityVae({}, parts()), "capacity-beta-vae", {});
  same(ConditionalVae({}, parts()), "conditional-vae", {});
  same(VqVae({.codebook = 8}, parts()), "vq-vae", {{"codebook", std::int64_t{8}}});
  CHECK(Vae({}, {.example = {28, 28, 1}}).parameter_count() == 652824);
}

TEST_CASE("networks of one's own tell the sizes by the first batch") {
  for (const auto posterior : {Covariance::diagonal, Covariance::isotropic, Covariance::full}) {
    CAPTURE(static_cast<int>(posterior));
    manual_seed(1);
    Vae vae({.beta = 0.5, .posterior = posterior},
            {.encoder = plain(6, posterior_parameters(posterior, 3)), .decoder = plain(3, 6)});
    CHECK_THROWS_WITH_AS(vae.latent_size(), doctest::Contains(".latent"), Error);
    CHECK_THROWS_WITH_AS(vae.sample_prior(2), doctest::Contains("first batch"), Error);
    CHECK_THROWS_WITH_AS(vae.example_shape(), doctest::Contains(".example"), Error);
    const Tensor x = rand({32, 6});
    CHECK(train_some(vae, x) > 0.1);
    CHECK(vae.latent_size() == 3);
    CHECK(vae.example_shape() == Shape{6});
    CHECK(vae.decode(vae.sample_prior(4)).shape() == Shape{4, 6});
  }
}

TEST_CASE("networks that do not fit are refused with the numbers") {
  Vae vae({}, {.latent = 4, .encoder = plain(6, 7), .decoder = plain(4, 6)});
  CHECK_THROWS_WITH_AS(vae.encode(rand({2, 6})), doctest::Contains("(2, 7)"), Error);
  CHECK_THROWS_WITH_AS(Vae({}, {}), doctest::Contains(".example"), Error);
  CHECK_THROWS_WITH_AS(Vae({}, {.encoder = plain(6, 6)}), doctest::Contains("decoder"), Error);
  CHECK_THROWS_WITH_AS(Vae({.beta = -1}, {.example = {6}}), doctest::Contains("--beta"), Error);
  CHECK_THROWS_WITH_AS(Vae({.samples = 0}, {.example = {6}}), doctest::Contains("--samples"),
                       Error);
  CHECK_THROWS_WITH_AS(Vae({}, {.example = {6}, .networks = std::make_shared<Conv>()}),
                       doctest::Contains("[conv]"), Error);
  CHECK_THROWS_WITH_AS(VqVae({}, {.encoder = plain(6, 64)}), doctest::Contains("both"), Error);
}

TEST_CASE("labels go to networks of one's own") {
  manual_seed(2);
  // Flat examples: behind the values; images: as planes behind the channels.
  ConditionalVae flat({}, {.latent = 2,
                           .encoder = plain(6 + classes, 4),
                           .decoder = plain(2 + classes, 6),
                           .classes = classes});
  CHECK(train_some(flat, rand({12, 6}), labels_of(12)) > 0);
  auto decoder = std::make_unique<Sequential>(layer<Linear>({.in = 2 + classes, .out = 32}),
                                              layer<Reshape>({.shape = {4, 4, 2}}));
  ConditionalVae planes({}, {.latent = 2,
                             .encoder = plain(4 * 4 * (2 + classes), 4),
                             .decoder = std::move(decoder),
                             .classes = classes});
  CHECK(planes.encode(rand({3, 4, 4, 2}), labels_of(3)).shape() == Shape{3, 2});
}

TEST_CASE("a codebook takes any encoder that gives vectors") {
  manual_seed(3);
  VqVae model({.codebook = 8}, {.example = {6},
                                .latent = 4,
                                .encoder = std::make_unique<Sequential>(
                                    layer<Linear>({.in = 6, .out = 12}), layer<BatchNorm>({})),
                                .decoder = plain(12, 6)});
  CHECK(model.latent_size() == 12);
  CHECK(model.code_numbers(rand({5, 6})).shape() == Shape{5, 3});
  CHECK(train_some(model, rand({32, 6})) > 0);
}

TEST_CASE("every model of the zoo takes examples that are no images, or says why not") {
  for (const auto& info : model_registry()) {
    CAPTURE(info.name);
    const auto model = make_model(info.name, small_for(info, {6}));
    manual_seed(11);
    const Tensor x = rand({8, 6});
    const Tensor y = labels_of(8);
    CHECK(model->reconstruct(x, y).shape() == x.shape());
    if (info.name == "inpainting-autoencoder") {
      CHECK_THROWS_WITH_AS(model->loss(x, x, y), doctest::Contains("denoising"), Error);
      continue;
    }
    CHECK(std::isfinite(model->loss(x, x, y)[0].value.item()));
    if (model->prior() != PriorKind::none)
      CHECK(model->decode(model->sample_prior(4), labels_of(4)).shape() == Shape{4, 6});
  }
}

TEST_CASE("options of networks are options of every model") {
  auto options = small();
  options.own = {{"norm", "batch"}, {"dropout", 0.25}, {"activation", "gelu"}};
  const auto model = make_model("vae", options);
  CHECK(model->summary().find("BatchNorm") != std::string::npos);
  CHECK(model->summary().find("Dropout") != std::string::npos);
  CHECK(train_some(*model, pictures(16)) > 0);
  auto conv = small({16, 16, 1}, "conv");
  conv.own = {{"filters", std::vector<std::int64_t>{8, 24}}, {"norm", "batch"}};
  const auto deep = make_model("vae", conv);
  CHECK(deep->summary().find("8 -> 24") != std::string::npos);
  CHECK(train_some(*deep, pictures(16, {16, 16, 1})) > 0);
  conv.own = {{"dropout", 0.5}};
  CHECK_THROWS_WITH_AS(make_model("vae", conv), doctest::Contains("(conv)"), Error);
  conv.own = {{"filters", std::vector<std::int64_t>{}}};
  CHECK_THROWS_WITH_AS(make_model("vae", conv), doctest::Contains("--filters"), Error);
  options.own = {{"dropout", 1.0}};
  CHECK_THROWS_WITH_AS(make_model("vae", options), doctest::Contains("--dropout"), Error);
}

namespace {

struct DoublingConfig {
  double weight = 2;
  Schedule pull = Schedule::parse("linear:0:1:50%");
  template <class V>
  void visit(V& v) {
    v("weight", weight, "of the reconstruction", {.least = 0});
    v("pull", pull, "of codes to 0", {.least = 0});
  }
};

/// A model of a stranger.
class Doubling : public GaussianVae {
 public:
  using Config = DoublingConfig;
  explicit Doubling(DoublingConfig config = {}, ModelParts parts = {})
      : GaussianVae(std::move(parts)),
        weight_(checked(config).weight),
        pull_(scheduled("pull", config.pull, 0)) {}
  Terms loss(const Tensor& input, const Tensor& target, const Tensor&) override {
    const Posterior q = posterior(input);
    const Tensor reconstruction = mean(negative_log_likelihood(q.sample(), target));
    const Tensor size = mean(square(q.mean()));
    return {{"loss", weight_ * reconstruction + pull_ * size}, {"pull", pull_}};
  }
  std::string describe() const override { return "Doubling"; }

 private:
  double weight_;
  Tensor pull_;
};

}  // namespace

TEST_CASE("a program adds a model and networks of its own, and has them by name") {
  static bool added = false;
  if (!added) {
    model_registry().add(model_info<Doubling>("doubling", "twice the loss", "A stranger 2026"));
    network_registry().add(
        networks_info<Mlp>("deep", "three hidden layers", {.hidden = {9, 8, 7}}));
    added = true;
  }
  auto options = small();
  options.arch = "deep";
  options.hidden = {9, 8, 7};
  options.own = {{"weight", 3.0}};
  const auto model = make_model("doubling", options);
  CHECK(model->summary().find("9 -> 8") != std::string::npos);
  CHECK_THROWS_WITH_AS(find_model("doublng"), doctest::Contains("doubling"), Error);
  REQUIRE(model->scheduled_values().size() == 1);
  CHECK(model->scheduled_values()[0].schedule.str() == "linear:0:1:50%");
}

TEST_CASE("a schedule belongs to the model, and whoever steps moves it") {
  Vae vae({.beta = Schedule::linear(0, 8, 8)}, {.example = {8, 8, 1}, .latent = 2});
  const Tensor beta = vae.scheduled_values()[0].target;
  CHECK(beta.item() == 0);
  vae.move_schedules(4, 100);
  CHECK(beta.item() == 4);
  vae.set_schedule("beta", Schedule::parse("linear:2:6:50%"));
  CHECK(beta.item() == 2);
  vae.move_schedules(10, 40);
  CHECK(beta.item() == 4);
  CHECK_THROWS_WITH_AS(vae.set_schedule("bet", 1), doctest::Contains("did you mean 'beta'"), Error);
  CHECK_THROWS_WITH_AS(vae.set_schedule("beta", -1), doctest::Contains("beta is -1"), Error);
  CHECK(beta.item() == 4);
  vae.set_schedule("beta", Schedule::linear(1, -1, 4));
  CHECK_THROWS_WITH_AS(vae.move_schedules(4, 10), doctest::Contains("beta is -1"), Error);
}

TEST_CASE("a trainer moves the values of whatever it trains") {
  // A capacity that rises over a third of the run, said nowhere but in the model's defaults.
  const auto info = find_model("capacity-beta-vae");
  auto options = small_for(info);
  manual_seed(5);
  const auto model = make_model(info.name, options);
  Loader loader(squares(36), {.batch_size = 9, .seed = 2, .prefetch = 0});
  Objectives objectives(*model);
  Trainer trainer(*model, loss_of(*model), objectives.optimizer(), loader, nullptr, {.epochs = 3});
  trainer.run();
  CHECK(model->scheduled_values()[0].target.item() == doctest::Approx(25));
}

TEST_CASE("a resnet takes images and sequences of any size, with attention where it is asked") {
  const auto resnet = [](ResnetConfig config) { return std::make_shared<Resnet>(config); };
  for (const auto& example : {Shape{8, 8, 1}, Shape{9, 13, 3}, Shape{17, 2}, Shape{32, 1}}) {
    CAPTURE(example.str());
    manual_seed(4);
    Vae vae({}, {.example = example,
                 .latent = 3,
                 .networks = resnet({.channels = {8, 12, 16}, .blocks = 1, .attention = {2, 3}})});
    Shape batch = example;
    batch.insert(0, 12);
    const Tensor x = rand(batch);
    CHECK(vae.reconstruct(x).shape() == x.shape());
    CHECK(train_some(vae, x) > 0);
  }
  // A codebook has a vector for each place of the last level.
  manual_seed(4);
  VqVae quantized({.codebook = 8}, {.example = {9, 13, 3},
                                    .latent = 4,
                                    .networks = resnet({.channels = {8, 8, 8}, .blocks = 1})});
  CHECK(quantized.code_numbers(rand({2, 9, 13, 3})).shape() == Shape{2, 3 * 4});
  CHECK(train_some(quantized, rand({8, 9, 13, 3})) > 0);
  // The labels are planes behind the channels of both.
  for (const auto& example : {Shape{8, 8, 2}, Shape{16, 2}}) {
    ConditionalVae told({}, {.example = example,
                             .latent = 3,
                             .networks = resnet({.channels = {8}, .blocks = 1}),
                             .classes = classes});
    Shape batch = example;
    batch.insert(0, 3);
    CHECK(told.reconstruct(rand(batch), labels_of(3)).shape() == batch);
  }
}

TEST_CASE("a resnet of one level, and what it refuses") {
  CHECK_THROWS_WITH_AS(Resnet({.channels = {}}), doctest::Contains("--filters"), Error);
  CHECK_THROWS_WITH_AS(Resnet({.channels = {8}, .attention = {2}}),
                       doctest::Contains("--attention 2"), Error);
  CHECK_THROWS_WITH_AS(Resnet().encoder({.example = {7, 9, 1}}, 2), doctest::Contains("[resnet]"),
                       Error);
  CHECK_THROWS_WITH_AS(Resnet().encoder({.example = {30}}, 2), doctest::Contains("(30)"), Error);
  // 5 groups do not divide 8 channels: as many as divide both.
  const auto module =
      Resnet({.channels = {8}, .blocks = 1, .groups = 5}).encoder({.example = {8, 8, 1}}, 2);
  CHECK((*module)(rand({2, 8, 8, 1})).shape() == Shape{2, 2});
}
