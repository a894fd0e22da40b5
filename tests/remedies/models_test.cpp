#include <doctest/doctest.h>

#include "framework/nn/linear.h"
#include "models/networks/mlp.h"
#include "models/networks/resnet.h"
#include "models/vae/vae.h"
#include "tests/remedies/remedies.h"

namespace varve::remedies {
namespace {

std::unique_ptr<Module> linear(std::int64_t in, std::int64_t out) {
  return std::make_unique<Linear>(LinearConfig{.in = in, .out = out});
}

}  // namespace

Remedies of_models() {
  return {
      {"[model] to make the {}, say what an example is (.example = {{28, 28, 1}}), or give one",
       [] { Vae(); },
       {[] {
          Vae({}, {.example = {28, 28, 1}});
        },
        [] { Vae({}, {.encoder = linear(6, 4), .decoder = linear(2, 6)}); }}},
      {"[model] to make the decoder, say how large a code is (.latent = 10), or give one",
       [] { Vae({}, {.example = {6}, .encoder = linear(6, 20)}); },
       {[] { Vae({}, {.example = {6}, .latent = 10, .encoder = linear(6, 20)}); },
        [] { Vae({}, {.example = {6}, .encoder = linear(6, 20), .decoder = linear(10, 6)}); }}},
      {"[model] {} is not known before the first batch has passed: say it by .{} where the model "
       "is "
       "made",
       [] { Vae({}, {.encoder = linear(6, 4), .decoder = linear(2, 6)}).latent_size(); },
       {[] {
          Vae({}, {.latent = 2, .encoder = linear(6, 4), .decoder = linear(2, 6)}).latent_size();
        },
        [] {
          Vae vae({}, {.encoder = linear(6, 4), .decoder = linear(2, 6)});
          vae.encode(Tensor::zeros({3, 6}));
          vae.latent_size();
        }}},
      {"[networks] these networks have no map of codes: take --arch conv or resnet",
       [] {
         Mlp().map_encoder({.example = {8, 8, 1}}, 4);
       },
       {[] {
         for (const auto* arch : {"conv", "resnet"})
           network_registry().at(arch).make({})->map_encoder({.example = {8, 8, 1}}, 4);
       }}},
      {"[resnet] --attention {}: --filters has {} levels",
       [] { Resnet({.channels = {8}, .attention = {2}}); },
       {[] {
         Resnet({.channels = {8, 8}, .attention = {2}});
       }}},
  };
}

}  // namespace varve::remedies

TEST_CASE("remedies of models") {
  varve::remedies::check(varve::test::Place(), varve::remedies::of_models());
}
