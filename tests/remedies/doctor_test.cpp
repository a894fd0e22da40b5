#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "tests/remedies/remedies.h"

namespace varve::remedies {
namespace {

/// Trains, and throws the remedy if the doctor finds that.
Action diagnosed(std::string_view finding, std::string_view flags) {
  const std::string train = fmt::format(
      "train --data digits --limit 500 --hidden 32 --latent 4 --batch-size 32 --epochs 6 "
      "--progress none --out patient {}",
      flags);
  return [=, finding = std::string(finding)](const Place& place) {
    shell("rm -rf patient")(place);
    Action{train}(place);
    const auto looked = place.varve("doctor patient --json");
    const auto told = nlohmann::json::parse(looked.out);
    for (const auto& found : told["findings"])
      if (found["name"] == finding) throw std::runtime_error(found["remedy"].get<std::string>());
  };
}

Action collapsed(std::string_view flags) { return diagnosed("posterior-collapse", flags); }
Action sharp(std::string_view flags) { return diagnosed("tiny-sigma", flags); }
Action wide(std::string_view flags) { return diagnosed("exploding-means", flags); }
Action unused(std::string_view flags) { return diagnosed("dead-codes", flags); }

}  // namespace

Remedies of_doctor() {
  const std::string heavy = "--beta 10000", free = "--beta 0 --lr 0.03 --epochs 20";
  const std::string narrow = "--model capacity-beta-vae --gamma 10000 --capacity ";
  return {
      {"bring --sigma down to the residual (far-sigma)",
       collapsed("--likelihood gaussian --sigma 30"),
       {collapsed("--likelihood gaussian --sigma 0.3")}},
      {"raise the KL weight slowly (--beta linear:0:1:50%)",
       collapsed(heavy),
       {collapsed("--beta linear:0:1:50%")}},
      {"lower it (--beta 0.5)", collapsed(heavy), {collapsed("--beta 0.5")}},
      {"grant --free-bits 0.1", collapsed(heavy), {collapsed(heavy + " --free-bits 0.1")}},
      {"grant more --capacity", collapsed(narrow + "0.0001"), {collapsed(narrow + "10")}},
      {"take part of the KL term away (--alpha 0.5)",
       collapsed("--model info-vae --alpha=-10000 --lambda 10002"),
       {collapsed("--model info-vae --alpha 0.5")}},
      {"train longer (more --epochs)",
       collapsed("--beta 10 --epochs 1"),
       {collapsed("--beta 10 --epochs 40")}},
      {"raise --beta (0 leaves out what keeps sigma up)",
       sharp(free),
       {sharp("--beta 1 --lr 0.03 --epochs 20")}},
      {"take fewer --epochs, or a lower --lr",
       sharp(free),
       {sharp("--beta 0 --lr 0.03 --epochs 1"), sharp("--beta 0 --lr 0.001 --epochs 20")}},
      {"raise --beta (1 is a VAE), or ", wide(free), {wide("--beta 1 --lr 0.03 --epochs 20")}},
      {"raise --lambda, or ",
       wide("--model wae-mmd --lambda 0"),
       {wide("--model wae-mmd --lambda 100")}},
      {"{}train longer: what draws codes to the prior needs more --epochs",
       wide("--epochs 6"),
       {wide("--epochs 60")}},
      {"restart them sooner (--restart 0.1), take a smaller --codebook, or train longer",
       unused("--model vq-vae --restart 0 --epochs 40"),
       {unused("--model vq-vae --restart 0.1 --epochs 40"),
        unused("--model vq-vae --restart 0 --epochs 40 --codebook 8"),
        unused("--model vq-vae --epochs 100")}},
  };
}

}  // namespace varve::remedies

TEST_CASE("remedies of the doctor") {
  varve::remedies::check(varve::test::Place(), varve::remedies::of_doctor());
}
