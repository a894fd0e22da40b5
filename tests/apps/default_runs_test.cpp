#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "models/registry.h"
#include "tests/apps/command.h"

// What every model does with nothing chosen but the data: a thousand steps, as in a run of ten
// epochs, on few examples and in small batches. The bars stand a few nats above what was reached.

using nlohmann::json;
using varve::test::Outcome;
using varve::test::Place;

namespace {

struct Bar {
  const char* model;
  double reconstruction;  ///< at most, nats an image
  double least_kl = 0;    ///< at least; 0: the codes are points
  const char* more = "";  ///< what keeps the test quick
};

constexpr Bar bars[]{
    {"autoencoder", 84},
    {"denoising-autoencoder", 94},
    {"inpainting-autoencoder", 122},
    {"vae", 99, 18},
    {"beta-vae", 134, 5},
    {"conditional-vae", 99, 17},
    {"capacity-beta-vae", 107, 20},
    {"beta-tcvae", 134, 6},
    {"factor-vae", 108, 15, "--discriminator-width 128"},
    {"dip-vae", 114, 18},
    {"info-vae", 93, 24},
    {"wae-mmd", 84},
    {"iwae", 104, 15},
    {"mixture-prior-vae", 99, 17},
    {"vamp-prior-vae", 99, 15, "--pseudo-inputs 100"},
    {"vq-vae", 97, 0, "--codebook 128"},
};

json trained(const Place& place, std::string_view model, std::string_view more) {
  const Outcome done = place.varve(
      fmt::format("train --model {} --data digits --limit 3200 --batch-size 32 --progress none "
                  "--json --out {} {}",
                  model, model, more));
  REQUIRE_MESSAGE(done.code == 0, done.err);
  return json::parse(done.out);
}

void check(std::size_t first, std::size_t last) {
  const Place place;
  for (std::size_t i = first; i < last; ++i) {
    const Bar& bar = bars[i];
    CAPTURE(bar.model);
    const json result = trained(place, bar.model, bar.more);
    CHECK(result["reconstruction"].get<double>() < bar.reconstruction);
    if (bar.least_kl == 0) continue;
    CHECK(result["kl"].get<double>() > bar.least_kl);
    const Outcome measured =
        place.varve(fmt::format("eval {} --metrics active-units --limit 500 --json", bar.model));
    REQUIRE_MESSAGE(measured.code == 0, measured.err);
    const json figures = json::parse(measured.out)["metrics"]["active-units"]["figures"];
    CHECK(figures["active_units"].get<int>() >= 15);
    CHECK(measured.out.find("collapse") == std::string::npos);
  }
}

}  // namespace

TEST_CASE("default runs learn: every model has a bar") {
  CHECK(std::size(bars) == varve::model_registry().size());
  for (const auto& bar : bars) CHECK_NOTHROW(varve::find_model(bar.model));
}

TEST_CASE("default runs learn: the first half of the zoo") { check(0, std::size(bars) / 2); }
TEST_CASE("default runs learn: the second half") { check(std::size(bars) / 2, std::size(bars)); }

TEST_CASE("default runs learn: a capacity is reached and kept, in runs of any length") {
  const Place place;
  const json result = trained(place, "capacity-beta-vae", "--epochs 5");
  CHECK(result["capacity"] == 25);
  CHECK(std::abs(result["kl"].get<double>() - 25) < 4);
  CHECK(json::parse(place.read("capacity-beta-vae/config.json"))["capacity"] == "linear:0:25:165");
}

TEST_CASE("default runs learn: a Gaussian of pictures has codes that say something") {
  const Place place;
  for (const auto* likelihood : {"gaussian", "laplace", "learned-sigma", "optimal-sigma"}) {
    CAPTURE(likelihood);
    const json result =
        trained(place, "vae", fmt::format("--likelihood {0} --epochs 3 --out {0}", likelihood));
    CHECK(result["kl"].get<double>() > 10);
    CHECK(json::parse(place.read(fmt::format("{}/config.json", likelihood)))["link"] == "sigmoid");
  }
}

TEST_CASE("default runs learn: deep networks, by weights that fit their activation") {
  const Place place;
  const std::string deep = "--epochs 3 --hidden 400,400,400 --out ";
  const double fitting = trained(place, "vae", deep + "fitting")["loss"].get<double>();
  const double shrinking =
      trained(place, "vae", deep + "shrinking --init fan-in")["loss"].get<double>();
  CHECK(fitting < shrinking - 20);
  CHECK(json::parse(place.read("fitting/config.json"))["init"] == "he");
  CHECK(trained(place, "vae", "--epochs 1 --activation tanh --out tanh").contains("loss"));
  CHECK(json::parse(place.read("tanh/config.json"))["init"] == "xavier");
}

TEST_CASE("default runs learn: the VampPrior is below the VAE") {
  const Place place;
  const double vae = trained(place, "vae", "--epochs 6")["loss"].get<double>();
  const double vamp =
      trained(place, "vamp-prior-vae", "--epochs 6 --pseudo-inputs 100")["loss"].get<double>();
  CHECK(vamp < vae);
}
