#include <doctest/doctest.h>

#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/optim/adam.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"
#include "models/registry.h"

using namespace varve;

namespace {

Tensor pictures(std::int64_t count, const Shape& image) {
  manual_seed(11);
  return rand({count, image[0], image[1], image[2]});
}

std::vector<float> first_weights(Model& model) { return model.parameters()[0].to_vector<float>(); }

ModelOptions small(Shape image, std::string arch = "mlp") {
  return {.image = image, .arch = std::move(arch), .latent = 3, .hidden = {16}};
}

}  // namespace

TEST_CASE("the classic network and Burgess' have the published sizes") {
  CHECK(make_model("vae", {.image = {28, 28, 1}})->parameter_count() == 652824);
  CHECK(make_model("vae", {.image = {64, 64, 1}, .arch = "conv"})->parameter_count() == 502005);
}

TEST_CASE("every model takes any image from 8 x 8 with any channels") {
  for (const auto& info : model_registry())
    for (const std::string arch : {"mlp", "conv"})
      for (const auto& image :
           {Shape{8, 8, 1}, Shape{9, 13, 3}, Shape{28, 28, 1}, Shape{33, 20, 2}}) {
        CAPTURE(info.name);
        CAPTURE(arch);
        CAPTURE(image.str());
        const auto model = make_model(info.name, small(image, arch));
        const auto x = pictures(2, image);
        CHECK(model->encode(x).shape() == Shape{2, 3});
        const auto y = model->reconstruct(x);
        CHECK(y.shape() == x.shape());
        CHECK(min(y).item() >= 0);
        CHECK(max(y).item() <= 1);
        const auto terms = model->loss(x, x);
        CHECK(terms[0].name == "loss");
        CHECK(std::isfinite(terms[0].value.item()));
      }
}

TEST_CASE("the loss is reconstruction plus beta KL, by the closed forms") {
  auto options = small({8, 8, 1});
  options.beta = 2.5;
  const auto model = make_model("vae", options);
  const auto x = pictures(4, options.image);
  const auto terms = model->loss(x, x);
  REQUIRE(terms.size() == 3);
  CHECK(terms[0].value.item() ==
        doctest::Approx(terms[1].value.item() + 2.5 * terms[2].value.item()).epsilon(1e-5));
  // KL per dimension sums to the KL term.
  CHECK(sum(model->kl_per_dimension(x)).item() ==
        doctest::Approx(terms[2].value.item()).epsilon(1e-5));
}

TEST_CASE("beta = 1 is the VAE bit for bit, and the gradient by beta is the KL") {
  auto options = small({8, 8, 1});
  const auto x = pictures(4, options.image);
  std::vector<float> weights[2];
  for (const int run : {0, 1}) {
    manual_seed(5);
    options.beta = run == 0 ? -1 : 1;
    const auto model = make_model(run == 0 ? "vae" : "beta-vae", options);
    Adam adam(model->parameters(), {});
    for (int step = 0; step < 3; ++step) {
      adam.zero_grad();
      backward(model->loss(x, x)[0].value);
      adam.step();
    }
    weights[run] = first_weights(*model);
  }
  CHECK(weights[0] == weights[1]);

  const auto model = make_model("beta-vae", small({8, 8, 1}));
  auto beta = model->tunable()[0].value;
  CHECK(beta.item() == 4);
  beta.set_requires_grad();
  const auto terms = model->loss(x, x);
  CHECK(grad(terms[0].value, {beta})[0].item() == doctest::Approx(terms[2].value.item()));
}

TEST_CASE("training lowers the loss under every likelihood") {
  for (const auto& info : model_registry())
    for (const auto& likelihood : likelihood_names()) {
      CAPTURE(info.name);
      CAPTURE(likelihood);
      manual_seed(3);
      auto options = small({8, 8, 1});
      options.likelihood = likelihood;
      const auto model = make_model(info.name, options);
      Adam adam(model->parameters(), {.learning_rate = 3e-3});
      const auto x = pictures(8, options.image);
      double first = 0;
      double last = 0;
      for (int step = 0; step < 25; ++step) {
        adam.zero_grad();
        const auto loss = model->loss(x, x)[0].value;
        backward(loss);
        adam.step();
        last = loss.item();
        if (step == 0) first = last;
      }
      CHECK(last < first);
    }
}

TEST_CASE("the same seed gives the same model") {
  manual_seed(9);
  const auto a = make_model("vae", small({8, 8, 1}));
  manual_seed(9);
  const auto b = make_model("vae", small({8, 8, 1}));
  manual_seed(10);
  const auto c = make_model("vae", small({8, 8, 1}));
  CHECK(first_weights(*a) == first_weights(*b));
  CHECK(first_weights(*a) != first_weights(*c));
}

TEST_CASE("samples come from the prior; an autoencoder has none") {
  const auto vae = make_model("vae", small({8, 8, 1}));
  CHECK(vae->decode(vae->sample_prior(5)).shape() == Shape{5, 8, 8, 1});
  const auto autoencoder = make_model("autoencoder", small({8, 8, 1}));
  CHECK_THROWS_AS(autoencoder->sample_prior(5), Error);
  CHECK_FALSE(autoencoder->kl_per_dimension(pictures(2, {8, 8, 1})).defined());
}

TEST_CASE("bad choices are answered with the way out") {
  CHECK_THROWS_WITH_AS(make_model("vea", small({8, 8, 1})), doctest::Contains("did you mean 'vae'"),
                       Error);
  CHECK_THROWS_WITH_AS(make_model("vae", small({7, 8, 1})), doctest::Contains("at least 8"), Error);
  CHECK_THROWS_WITH_AS(make_model("vae", small({8, 8, 1}, "convv")), doctest::Contains("'conv'"),
                       Error);
  auto options = small({8, 8, 1});
  options.latent = -1;
  CHECK_THROWS_WITH_AS(make_model("vae", options), doctest::Contains("latent"), Error);
}
