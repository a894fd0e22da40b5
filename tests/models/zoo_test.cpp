#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/nn/init.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

namespace {

std::vector<float> first_weights(Model& model) { return model.parameters()[0].to_vector<float>(); }

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
        const auto model = make_model(info.name, small_for(info, image, arch));
        const auto x = pictures(2, image);
        const auto y = labels_of(2);
        const Shape code{2, model->latent_size()};
        CHECK(model->example_shape() == image);
        CHECK(model->encode(x, y).shape() == code);
        CHECK(model->sample_posterior(x, y).shape() == code);
        CHECK(model->corrupt(x).shape() == x.shape());
        const auto z = model->reconstruct(x, y);
        CHECK(z.shape() == x.shape());
        CHECK(min(z).item() >= 0);
        CHECK(max(z).item() <= 1);
        const auto terms = model->loss(x, x, y);
        CHECK(terms[0].name == "loss");
        for (const auto& [name, value] : terms) {
          CAPTURE(name);
          CHECK(std::isfinite(value.item()));
        }
      }
}

TEST_CASE("what a model says of its codes fits together") {
  for (const auto& info : model_registry()) {
    CAPTURE(info.name);
    const auto model = make_model(info.name, small_for(info));
    const auto x = pictures(4);
    const auto y = labels_of(4);
    const Shape code{4, model->latent_size()};
    const auto [mean_code, variance_of] = model->posterior_moments(x, y);
    CHECK(mean_code.defined() == variance_of.defined());
    if (mean_code.defined()) {
      CHECK(mean_code.to_vector<float>() == model->encode(x, y).to_vector<float>());
      CHECK(variance_of.shape() == code);
      CHECK(min(variance_of).item() > 0);
    }
    if (model->prior() == PriorKind::none) {
      CHECK_THROWS_AS(model->sample_prior(4), Error);
    } else {
      const auto z = model->sample_prior(4);
      CHECK(z.shape() == code);
      CHECK(model->decode(z, y).shape() == x.shape());
      const auto log_p = model->log_prior(z);
      if (log_p.defined()) CHECK(log_p.shape() == Shape{4});
      if (model->prior() == PriorKind::standard_normal)
        CHECK(sum(log_p).item() ==
              doctest::Approx(-0.5 * sum(square(z)).item() -
                              0.5 * static_cast<double>(z.numel()) * std::log(2 * M_PI)));
    }
    const auto weights = model->log_importance_weights(x, 3, y);
    CHECK(weights.defined() == variance_of.defined());
    if (weights.defined()) CHECK(weights.shape() == Shape{4, 3});
    const auto kl = model->kl_per_dimension(x, y);
    CHECK(kl.defined() == (variance_of.defined() && model->prior() == PriorKind::standard_normal));
    if (kl.defined()) CHECK(kl.shape() == Shape{model->latent_size()});
  }
}

TEST_CASE("training lowers the loss under every likelihood") {
  for (const std::string name : {"autoencoder", "vae", "vq-vae"})
    for (const auto& likelihood : likelihood_names()) {
      CAPTURE(name);
      CAPTURE(likelihood);
      manual_seed(3);
      auto options = small_for(find_model(name));
      options.likelihood = likelihood;
      const auto model = make_model(name, options);
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
  for (const auto& info : model_registry()) {
    CAPTURE(info.name);
    const auto made = [&](std::uint64_t seed) {
      manual_seed(seed);
      return make_model(info.name, small_for(info));
    };
    CHECK(difference(bits(*made(9)), bits(*made(9))).empty());
    CHECK(first_weights(*made(9)) != first_weights(*made(10)));
  }
}

TEST_CASE("every model can be looked up, and says what it is and takes") {
  for (const auto& info : model_registry()) {
    CAPTURE(info.name);
    CHECK(&find_model(info.name) == &info);
    CHECK_FALSE(info.description.empty());
    CHECK(info.paper.find("20") != std::string::npos);
    for (const auto& option : info.options) {
      CAPTURE(option.name);
      CHECK_FALSE(option.help.empty());
      CHECK(info.find(option.name) == &option);
      CHECK(option.checked(option.fallback) == option.fallback);
    }
    for (const auto& value : make_model(info.name, small_for(info))->scheduled_values()) {
      REQUIRE(info.find(value.name) != nullptr);
      CHECK(info.find(value.name)->kind == Option::Kind::schedule);
      CHECK(value.schedule.str() == text_of(info.find(value.name)->fallback));
    }
  }
}

TEST_CASE("bad choices are answered with the way out") {
  CHECK_THROWS_WITH_AS(make_model("vea", small()), doctest::Contains("did you mean 'vae'"), Error);
  CHECK_THROWS_WITH_AS(make_model("vae", small({7, 8, 1}, "conv")), doctest::Contains("at least 8"),
                       Error);
  CHECK_THROWS_WITH_AS(make_model("vae", small({8, 8, 1}, "convv")), doctest::Contains("'conv'"),
                       Error);
  auto options = small();
  options.latent = -1;
  CHECK_THROWS_WITH_AS(make_model("vae", options), doctest::Contains("latent"), Error);
}

TEST_CASE("first weights: He's or Glorot and Bengio's, with biases of 0, by the activation") {
  for (const auto* name : {"autoencoder", "vae", "vq-vae"})
    for (const std::string arch : {"mlp", "conv"})
      for (const std::string init : {"xavier", "he", ""}) {
        CAPTURE(name);
        CAPTURE(arch);
        CAPTURE(init);
        auto options = small_for(find_model(name), {8, 8, 1}, arch);
        options.init = init;
        const auto model = make_model(name, options);
        std::map<std::string, std::string> last;  // weight of each network
        for (const auto& [path, weight] : model->named_parameters())
          if (weight.shape().size() > 1) last[path.substr(0, path.find('.'))] = path;
        for (const auto& [path, weight] : model->named_parameters()) {
          CAPTURE(path);
          if (weight.shape().size() == 1) {
            CHECK(max(abs(weight)).item() == 0);
            continue;
          }
          // The greatest of many even draws lies just below their bound.
          const auto [in, out] = varve::init::fan(weight.shape());
          const bool rectified = init != "xavier" && last[path.substr(0, path.find('.'))] != path;
          const double bound = std::sqrt(6.0 / static_cast<double>(rectified ? in : in + out));
          const double greatest = max(abs(weight)).item();
          CHECK(greatest <= bound * 1.000001);
          CHECK(greatest > 0.8 * bound);
        }
      }
  auto options = small();
  options.init = "glorot";
  CHECK_THROWS_WITH_AS(make_model("vae", options), doctest::Contains("one of he, xavier, fan-in"),
                       Error);
}
