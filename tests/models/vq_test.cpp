#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "models/vq/vq_vae.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

namespace {

std::vector<float> buffer_of(const Module& module, std::string_view name) {
  for (const auto& [path, tensor] : module.named_buffers())
    if (path == name) return tensor.to_vector<float>();
  FAIL("no buffer " << name);
  return {};
}

void set_buffer(Module& module, std::string_view name, const std::vector<float>& values) {
  for (auto [path, tensor] : module.named_buffers())
    if (path == name) return tensor.upload(std::span<const float>(values));
  FAIL("no buffer " << name);
}

/// Four codes of two features at the corners of a square, each used as often as the others.
std::unique_ptr<VectorQuantizer> corners(QuantizerConfig config = {}) {
  config.codes = 4;
  config.features = 2;
  auto quantizer = std::make_unique<VectorQuantizer>(config);
  const std::vector<float> places{0, 0, 0, 1, 1, 0, 1, 1};
  set_buffer(*quantizer, "codebook", places);
  set_buffer(*quantizer, "sums", places);
  return quantizer;
}

const std::vector<float> near_corners{0.1F, -0.2F, 0.9F, 1.3F, 0.2F, 0.7F, 0.4F, 0.3F};

}  // namespace

TEST_CASE("every vector goes to the nearest code") {
  const auto quantizer = corners();
  const Tensor z = Tensor::from(std::span<const float>(near_corners), {4, 2});
  CHECK(quantizer->nearest(z).to_vector<std::int32_t>() == std::vector<std::int32_t>{0, 3, 1, 0});
  quantizer->eval();
  const auto [codes, distance, perplexity] = (*quantizer)(z);
  CHECK(codes.to_vector<float>() == std::vector<float>{0, 0, 1, 1, 0, 1, 0, 0});
  const std::vector<double> squares{0.05, 0.10, 0.13, 0.25};
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(distance.to_vector<float>()[i] == doctest::Approx(squares[i]));
  // Used 2, 1, 0 and 1 times of 4.
  CHECK(perplexity.item() == doctest::Approx(std::exp(0.5 * std::log(2.0) + 0.5 * std::log(4.0))));

  manual_seed(2);
  VectorQuantizer random({.codes = 20, .features = 5});
  const Tensor many = randn({50, 5}) * 0.05;
  const auto found = random.nearest(many).to_vector<std::int32_t>();
  const auto book = buffer_of(random, "codebook");
  const auto points = many.to_vector<float>();
  for (std::size_t i = 0; i < 50; ++i) {
    const auto to = [&](std::size_t k) {
      double square_of = 0;
      for (std::size_t j = 0; j < 5; ++j)
        square_of += std::pow(points[i * 5 + j] - book[k * 5 + j], 2);
      return square_of;
    };
    for (std::size_t k = 0; k < 20; ++k)
      CHECK(to(static_cast<std::size_t>(found[i])) <= to(k) + 1e-6);
  }
}

TEST_CASE("the gradient at a code goes to the vector unchanged, that of the distance too") {
  const auto quantizer = corners();
  Tensor z = Tensor::from(std::span<const float>(near_corners), {4, 2});
  z.set_requires_grad();
  const Tensor weights = Tensor::arange(8, 1).reshape({4, 2});
  const auto result = (*quantizer)(z);
  CHECK(grad(sum(result.codes * weights), {z})[0].to_vector<float>() == weights.to_vector<float>());
  const Tensor pull = grad(sum(result.distance), {z})[0];
  const Tensor code = Tensor::from({0, 0, 1, 1, 0, 1, 0, 0}).reshape({4, 2});
  CHECK(max(abs(pull - 2 * (z.detach() - code))).item() < 1e-6);
}

TEST_CASE("the codebook follows by moving averages; smoothed counts are used and not kept") {
  const auto quantizer = corners({.decay = 0.8, .restart = 0});
  const Tensor z = Tensor::from(std::span<const float>(near_corners), {4, 2});
  double counts[4] = {1, 1, 1, 1};
  double sums[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  for (int step = 0; step < 3; ++step) {
    const auto chosen = quantizer->nearest(z).to_vector<std::int32_t>();
    (*quantizer)(z);
    for (std::size_t k = 0; k < 4; ++k) {
      double n = 0, of[2] = {0, 0};
      for (std::size_t i = 0; i < 4; ++i)
        if (chosen[i] == static_cast<std::int32_t>(k)) {
          ++n;
          of[0] += near_corners[2 * i];
          of[1] += near_corners[2 * i + 1];
        }
      counts[k] = 0.8 * counts[k] + 0.2 * n;
      for (std::size_t j = 0; j < 2; ++j) sums[k][j] = 0.8 * sums[k][j] + 0.2 * of[j];
    }
    const double total = counts[0] + counts[1] + counts[2] + counts[3];
    const auto stored = buffer_of(*quantizer, "counts");
    const auto book = buffer_of(*quantizer, "codebook");
    for (std::size_t k = 0; k < 4; ++k) {
      CHECK(stored[k] == doctest::Approx(counts[k]).epsilon(1e-5));
      const double smoothed = (counts[k] + 1e-5) / (total + 4e-5) * total;
      for (std::size_t j = 0; j < 2; ++j)
        CHECK(book[2 * k + j] == doctest::Approx(sums[k][j] / smoothed).epsilon(1e-5).scale(1));
    }
  }
  // The empirical frequencies are those counts.
  CHECK(sum(exp(quantizer->log_frequencies())).item() == doctest::Approx(1));
}

TEST_CASE("evaluation leaves the codebook alone") {
  const auto quantizer = corners();
  quantizer->eval();
  const auto before = buffer_of(*quantizer, "codebook");
  (*quantizer)(Tensor::ones({3, 2}));
  CHECK(buffer_of(*quantizer, "codebook") == before);
}

TEST_CASE("a dead code restarts at a vector of the batch, unless it may not") {
  for (const double restart : {0.0, 0.1}) {
    CAPTURE(restart);
    manual_seed(7);
    const auto quantizer = corners({.decay = 0.9, .restart = restart});
    set_buffer(*quantizer, "counts", {1, 1, 0.001F, 1});
    set_buffer(*quantizer, "sums", {0, 0, 0, 1, 0.001F, 0, 1, 1});
    const Tensor z = Tensor::from({0.1F, 0.1F, 0.1F, 0.9F}).reshape({2, 2});  // codes 0 and 1
    (*quantizer)(z);
    const auto book = buffer_of(*quantizer, "codebook");
    const auto counts = buffer_of(*quantizer, "counts");
    const bool moved =
        book[4] == doctest::Approx(0.1) && (book[5] == doctest::Approx(0.1).epsilon(1e-3) ||
                                            book[5] == doctest::Approx(0.9).epsilon(1e-3));
    CHECK(moved == (restart > 0));
    CHECK((counts[2] > 0.5) == (restart > 0));
  }
}

TEST_CASE("a collapsed codebook comes back to life in training") {
  const auto& info = find_model("vq-vae");
  std::vector<double> perplexities;
  for (const double restart : {0.0, 0.2}) {
    auto options = small_for(info);
    options.own["codebook"] = std::int64_t{16};
    options.own["decay"] = 0.9;
    options.own["restart"] = restart;
    Training training(info, options, {.epochs = 20});
    // All codes but one are out of reach.
    std::vector<float> book(48, 50);
    for (std::size_t j = 0; j < 3; ++j) book[j] = 0;
    set(*training.model, "quantizer.codebook", book);
    set(*training.model, "quantizer.sums", book);
    perplexities.push_back(training.run().train.back().value);
  }
  CHECK(perplexities[0] == doctest::Approx(1));
  CHECK(perplexities[1] > 2);
}

TEST_CASE("the model's terms, codes and samples") {
  for (const std::string arch : {"mlp", "conv"}) {
    CAPTURE(arch);
    manual_seed(6);
    VqVae model({.codebook = 8, .positions = 4},
                {.example = {9, 8, 1},
                 .latent = 3,
                 .networks = network_registry().at(arch).make({})});
    model.eval();
    const auto x = pictures(5, {9, 8, 1});
    const auto terms = model.loss(x, x, {});
    CHECK(terms[0].value.item() == doctest::Approx(term(terms, "reconstruction").item() +
                                                   0.25 * term(terms, "commitment").item()));
    const double perplexity = term(terms, "perplexity").item();
    CHECK(perplexity >= 0.999);
    CHECK(perplexity <= 8.001);
    // Four codes an image: a conv has one for 4 x 4 pixels, rounded down.
    CHECK(model.code_numbers(x).shape() == Shape{5, 4});
    CHECK(model.latent_size() == 12);
    const Tensor codes = model.encode(x, {});
    CHECK(codes.to_vector<float>() ==
          model.quantizer().lookup(model.code_numbers(x)).to_vector<float>());

    // Samples consist of codes; one that was never used of late does not come.
    set(model, "quantizer.counts", {1, 0, 3, 0, 0, 0, 0, 0});
    const Tensor drawn = model.sample_prior(500).reshape({2000, 3});
    const auto numbers = model.quantizer().nearest(drawn).to_vector<std::int32_t>();
    const auto of_two = std::count(numbers.begin(), numbers.end(), 2);
    CHECK(std::count(numbers.begin(), numbers.end(), 0) + of_two == 2000);
    CHECK(static_cast<double>(of_two) / 2000 == doctest::Approx(0.75).epsilon(0.05));
  }
  CHECK_THROWS_AS(VectorQuantizer({.codes = 1}), Error);
}
