#include "models/evaluation/published.h"

#include <algorithm>
#include <iterator>

namespace varve::evaluation {
namespace {

constexpr const char* infogan_cr = "Lin et al. 2020, InfoGAN-CR, table 1";
constexpr const char* best_reported = "dSprites, best of those reported";
constexpr const char* dsprites_30 = "dSprites, conv, 30 epochs, training images";
constexpr const char* disentangling_vae = "YannDubs/disentangling-vae, its training logs";
constexpr const char* one_layer = "784-200-200-50, tanh, k = 5000";
constexpr const char* xqding = "xqding/Importance_Weighted_Autoencoders";
constexpr const char* pythae = "clementchadebec/benchmark_VAE";
constexpr const char* classic = "784-400-20, batch 128, Adam 0.001, 10 epochs";
constexpr const char* pytorch = "the pytorch/examples VAE, a published log";

}  // namespace

const std::vector<Published>& published_figures() {
  static const std::vector<Published> table{
      {"loss", "vae", "mnist", "none", 105.589, classic, pytorch},

      {"nll", "vae", "mnist", "dynamic", 87.78, one_layer, xqding},
      {"nll", "vae", "mnist", "static", 89.78, "784-400-40, k = 200", pythae},
      {"nll", "vae", "mnist", "static", 89.9, "784-400-40, k = 200",
       "Rezende and Mohamed 2015, as cited there"},
      {"nll", "iwae", "mnist", "dynamic", 85.46, "784-200-200-50, trained with k = 5", xqding},
      {"nll", "iwae", "mnist", "dynamic", 84.59, "784-200-200-50, trained with k = 50", xqding},
      {"nll", "iwae", "mnist", "static", 87.85, "784-200-200-50, trained with k = 5", pythae},
      {"nll", "iwae", "mnist", "static", 86.82, "784-200-200-50, trained with k = 50", pythae},
      {"nll", "vamp-prior-vae", "mnist", "static", 85.79, "K = 500, k = 5000", pythae},
      {"nll", "vamp-prior-vae", "mnist", "static", 85.57, "K = 500, k = 5000",
       "Tomczak and Welling 2018, as cited there"},

      {"reconstruction", "vae", "sprites", "", 17.99, dsprites_30, disentangling_vae},
      {"reconstruction", "beta-vae", "sprites", "", 35.61, dsprites_30, disentangling_vae},
      {"reconstruction", "factor-vae", "sprites", "", 36.63, dsprites_30, disentangling_vae},
      {"kl", "vae", "sprites", "", 25.40, dsprites_30, disentangling_vae},
      {"kl", "beta-vae", "sprites", "", 15.35, dsprites_30, disentangling_vae},
      {"kl", "factor-vae", "sprites", "", 21.74, dsprites_30, disentangling_vae},
      {"kl", "capacity-beta-vae", "sprites", "", 25.00, dsprites_30, disentangling_vae},

      {"mig", "vae", "sprites", "", 0.10, best_reported, infogan_cr},
      {"mig", "beta-vae", "sprites", "", 0.21, best_reported, infogan_cr},
      {"mig", "beta-tcvae", "sprites", "", 0.45, best_reported, infogan_cr},
      {"mig", "factor-vae", "sprites", "", 0.43, "dSprites, gamma 40", infogan_cr},
      {"sap", "beta-vae", "sprites", "", 0.55, best_reported, infogan_cr},
      {"sap", "dip-vae", "sprites", "", 0.53, best_reported, infogan_cr},
      {"sap", "factor-vae", "sprites", "", 0.56, "dSprites, gamma 40", infogan_cr},
      {"dci", "vae", "sprites", "", 0.30, best_reported, infogan_cr},
      {"dci", "beta-vae", "sprites", "", 0.41, best_reported, infogan_cr},
      {"dci", "beta-tcvae", "sprites", "", 0.29, best_reported, infogan_cr},
      {"dci", "factor-vae", "sprites", "", 0.74, "dSprites, gamma 40", infogan_cr},
      {"beta-vae-score", "factor-vae", "sprites", "", 0.84, "dSprites, gamma 40", infogan_cr},
      {"factor-vae-score", "vae", "sprites", "", 0.63, best_reported, infogan_cr},
      {"factor-vae-score", "beta-vae", "sprites", "", 0.63, best_reported, infogan_cr},
      {"factor-vae-score", "beta-tcvae", "sprites", "", 0.62, best_reported, infogan_cr},
      {"factor-vae-score", "factor-vae", "sprites", "", 0.82, "dSprites, gamma 40", infogan_cr},
  };
  return table;
}

std::vector<Published> published(std::string_view metric, std::string_view model,
                                 std::string_view data, std::string_view binarize) {
  std::vector<Published> out;
  std::ranges::copy_if(published_figures(), std::back_inserter(out), [&](const Published& row) {
    return row.metric == metric && row.model == model && row.data == data &&
           (row.binarize.empty() || row.binarize == binarize);
  });
  return out;
}

}  // namespace varve::evaluation
