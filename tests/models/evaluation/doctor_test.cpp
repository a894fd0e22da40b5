#include "models/evaluation/doctor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "framework/tensor/random.h"
#include "models/evaluation/latent.h"
#include "models/registry.h"
#include "models/vq/vq_vae.h"
#include "tests/models/evaluation/toy.h"

using namespace varve;
using namespace varve::evaluation;

namespace {

Vitals healthy() {
  Vitals vitals;
  vitals.model = &find_model("vae");
  vitals.prior = PriorKind::standard_normal;
  vitals.sigma = {0.2, 0.1, 0.4};
  vitals.code_rms = {1, 0.95, 0.9};
  vitals.kl = {2, 3, 1};
  return vitals;
}

std::vector<std::string> names(const Vitals& vitals) {
  std::vector<std::string> out;
  for (const auto& finding : diagnose(vitals)) out.push_back(finding.name);
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a healthy model, and an autoencoder, are left in peace") {
  CHECK(diagnose(healthy()).empty());
  Vitals points;  // codes that are points may be anywhere
  points.code_rms = {100, 1e-3};
  CHECK(diagnose(points).empty());
}

TEST_CASE("posterior collapse, whole and in part") {
  Vitals vitals = healthy();
  vitals.kl = {0.001, 3, 1};
  vitals.sigma[0] = 1;
  auto findings = diagnose(vitals);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].name == "collapsed-dimensions");
  CHECK(findings[0].severity == Severity::note);
  CHECK(findings[0].measured == 1);
  CHECK(findings[0].what.find("1 of 3") != std::string::npos);
  CHECK(findings[0].remedy.find("--free-bits") != std::string::npos);
  vitals.kl = {0.001, 3, 0};
  CHECK(diagnose(vitals)[0].severity == Severity::warning);
  vitals.kl = {0.001, 0.002, 0};
  findings = diagnose(vitals);
  CHECK(findings[0].name == "posterior-collapse");
  CHECK(findings[0].measured == doctest::Approx(0.002));
  CHECK(findings[0].threshold == doctest::Approx(0.01));
  CHECK(findings[0].remedy.find("--beta") != std::string::npos);
}

TEST_CASE("a KL term of next to nothing is a collapse, whatever single dimensions look like") {
  Vitals vitals = healthy();
  vitals.prior = PriorKind::learned;
  vitals.kl = {0.02, 0, 0.001};
  vitals.kl_term = 0.001;
  const auto findings = diagnose(vitals);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].name == "posterior-collapse");
  CHECK(findings[0].measured == 0.001);
  vitals.kl_term = 4;
  CHECK(names(vitals) == Names{"collapsed-dimensions"});
}

TEST_CASE("with a trained prior a dimension is measured against all codes") {
  Matrix mean(4, 2), variance(4, 2, 1);
  for (std::size_t r = 0; r < 4; ++r) {
    mean(r, 0) = 7;  // the same for every example, far from 0: it says nothing
    mean(r, 1) = r < 2 ? -3 : 3;
    variance(r, 0) = 0.01;
  }
  const auto kl = kl_to_all_codes(mean, variance);
  CHECK(kl[0] == doctest::Approx(0));
  // N(+-3, 1) within N(0, 10): on average half of log 10.
  CHECK(kl[1] == doctest::Approx(0.5 * std::log(10)));
}

TEST_CASE("a sigma far from the residual") {
  Vitals vitals = healthy();
  vitals.scale = ScaleUse{0.2, 0.21};
  CHECK(diagnose(vitals).empty());
  vitals.scale = ScaleUse{1, 0.2};
  auto findings = diagnose(vitals);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].name == "far-sigma");
  CHECK(findings[0].what.find("25 times too much") != std::string::npos);
  CHECK(findings[0].remedy.starts_with("--sigma 0.2,"));
  vitals.scale = ScaleUse{0.01, 0.2};
  CHECK(diagnose(vitals)[0].what.find("400 times too little") != std::string::npos);
  // It is named first among the remedies of the collapse that it brings about.
  vitals.scale = ScaleUse{1, 0.2};
  vitals.kl = {0, 0, 0};
  findings = diagnose(vitals);
  CHECK(findings[0].name == "posterior-collapse");
  CHECK(findings[0].remedy.starts_with("bring --sigma down"));
}

TEST_CASE("remedies name flags that the model takes") {
  // Flags of every model, and of training.
  const std::vector<std::string> common{"epochs", "lr",         "clip",      "sigma",
                                        "latent", "likelihood", "batch-size"};
  Vitals collapsed = healthy(), partly = healthy(), sharp = healthy(), wide = healthy(),
         noisy = healthy();
  collapsed.kl = {0, 0, 0};
  partly.kl = {0, 0, 3};
  sharp.sigma = {1e-4, 1e-4, 1e-4};
  wide.code_rms[0] = 50;
  noisy.total_correlation = -9;
  for (const auto& info : model_registry())
    for (Vitals vitals : {collapsed, partly, sharp, wide, noisy}) {
      vitals.model = &info;
      for (const auto& finding : diagnose(vitals)) {
        CAPTURE(info.name);
        CAPTURE(finding.remedy);
        const std::string& text = finding.remedy;
        for (auto at = text.find("--"); at != std::string::npos; at = text.find("--", at + 2)) {
          const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at + 2);
          const std::string flag =
              text.substr(at + 2, end == std::string::npos ? end : end - at - 2);
          CAPTURE(flag);
          CHECK((info.find(flag) != nullptr ||
                 std::find(common.begin(), common.end(), flag) != common.end()));
        }
      }
    }
  // What weighs the total correlation is no remedy of a collapse.
  collapsed.model = &find_model("beta-tcvae");
  CHECK(diagnose(collapsed)[0].remedy.find("--beta") == std::string::npos);
}

TEST_CASE("tiny sigma, of the dimensions in use") {
  Vitals vitals = healthy();
  vitals.sigma = {1e-3, 5e-3, 0.4};
  CHECK(names(vitals) == Names{"tiny-sigma"});
  CHECK(diagnose(vitals)[0].measured == doctest::Approx(5e-3));
  vitals.sigma = {1, 1, 1e-3};  // two are not in use
  vitals.kl = {0, 0, 6};
  CHECK(names(vitals) == Names{"collapsed-dimensions", "tiny-sigma"});
  vitals = healthy();
  vitals.sigma[0] = 1e-3;  // one sharp dimension among three is no collapse
  CHECK(diagnose(vitals).empty());
}

TEST_CASE("exploding means, where there is a standard normal prior") {
  Vitals vitals = healthy();
  vitals.code_rms[1] = 12;
  const auto findings = diagnose(vitals);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].name == "exploding-means");
  CHECK(findings[0].what.find("dimension 1") != std::string::npos);
  CHECK(findings[0].measured == 12);
  vitals.prior = PriorKind::learned;
  CHECK(diagnose(vitals).empty());
}

TEST_CASE("dead codes and negative total correlation") {
  Vitals vitals = healthy();
  vitals.codebook = CodebookUse{512, 500, 300};
  CHECK(diagnose(vitals).empty());
  vitals.codebook = CodebookUse{512, 128, 40};
  auto findings = diagnose(vitals);
  CHECK(findings[0].name == "dead-codes");
  CHECK(findings[0].measured == doctest::Approx(0.75));
  CHECK(findings[0].what.find("384 of 512") != std::string::npos);

  vitals = healthy();
  vitals.total_correlation = -0.2;
  CHECK(diagnose(vitals).empty());
  vitals.total_correlation = -31;
  CHECK(names(vitals) == Names{"negative-total-correlation"});
  CHECK(diagnose(vitals)[0].remedy.find("--batch-size") != std::string::npos);
}

TEST_CASE("what is not finite comes alone, and thresholds move") {
  Vitals vitals = healthy();
  vitals.kl[1] = NAN;
  vitals.code_rms[0] = 1e9;
  CHECK(names(vitals) == Names{"not-finite"});
  CHECK(diagnose(healthy(), {.tiny_sigma = 0.3})[0].name == "tiny-sigma");
}

TEST_CASE("vitals are measured from codes and terms") {
  varve::test::Toy model(2, 2);
  model.prior_draw = [](std::int64_t count) { return randn({count, 2}); };
  Codes codes;
  codes.mean = Matrix(2, 2);
  codes.mean.values = {1, 0, 3, 0};
  codes.variance = Matrix(2, 2, 1);
  codes.variance(0, 0) = 0.03;
  codes.variance(1, 0) = 0.05;
  const Vitals vitals = take_vitals(model, codes, {{"loss", 3}, {"total_correlation", -2}});
  CHECK(vitals.prior == PriorKind::standard_normal);
  CHECK(vitals.sigma[0] == doctest::Approx(0.2));
  CHECK(vitals.sigma[1] == doctest::Approx(1));
  CHECK(vitals.code_rms[0] == doctest::Approx(std::sqrt(5)));
  CHECK(vitals.kl[1] == doctest::Approx(0));
  CHECK(*vitals.total_correlation == -2);
}

TEST_CASE("the use of a codebook is counted over examples") {
  manual_seed(1);
  const auto model = make_model(
      "vq-vae", {.image = {8, 8, 1},
                 .latent = 2,
                 .hidden = {8},
                 .own = {{"codebook", std::int64_t{16}}, {"positions", std::int64_t{3}}}});
  const auto data = varve::test::normal_images(40, 64, 1);
  const auto flat = array_dataset({.values = [&] {
    Array values = Array::zeros({40, 8, 8, 1}, DType::f32);
    for (std::int64_t i = 0; i < 40; ++i) {
      auto row = values.as<float>().subspan(static_cast<std::size_t>(64 * i), 64);
      data->read(i, row);
    }
    return values;
  }()});
  auto loader = varve::test::in_order(flat, 16);
  const auto use = codebook_use(*model, loader);
  REQUIRE(use);
  CHECK(use->size == 16);
  CHECK(use->used >= 1);
  CHECK(use->used <= 16);
  CHECK(use->perplexity >= 1);
  CHECK(use->perplexity <= use->used + 1e-9);
  // Counted by hand from the model's own numbers.
  std::vector<int> seen(16, 0);
  loader.start(0);
  while (const Batch* batch = loader.next())
    for (const auto number : dynamic_cast<VqVae&>(*model)
                                 .code_numbers(Tensor::from(batch->input))
                                 .to_vector<std::int32_t>())
      seen[static_cast<std::size_t>(number)] = 1;
  CHECK(use->used == std::count(seen.begin(), seen.end(), 1));
  CHECK(examine(*model, loader, {}).codebook->used == use->used);
  varve::test::Toy plain(2, 64);
  auto toys = varve::test::in_order(data);
  CHECK_FALSE(codebook_use(plain, toys));
}
