#include "models/parts.h"

#include <utility>

#include "models/networks/mlp.h"

namespace varve {
namespace {

void require_positive(std::int64_t size, std::string_view what) {
  if (size < 1) fail(ErrorKind::usage, "[model] {} must be at least 1, got {}", what, size);
}

/// What networks can be made for.
void require_example(const Shape& example, std::string_view network) {
  if (example.empty())
    fail(ErrorKind::usage,
         "[model] to make the {}, say what an example is (.example = {{28, 28, 1}}), or give one",
         network);
  for (const auto size : example) require_positive(size, "each side of an example");
}

}  // namespace

ModelParts ModelParts::completed() && {
  if (likelihood == nullptr) likelihood = make_likelihood("bernoulli");
  if (networks == nullptr) networks = std::make_shared<Mlp>();
  if (latent == 0 && encoder == nullptr) latent = networks->latent();
  if (latent != 0 || encoder == nullptr) require_positive(latent, "the latent size");
  return std::move(*this);
}

NetworkSpec ModelParts::input(const Shape& shape) const {
  require_example(shape, "encoder");
  return {shape, dtype, init};
}

NetworkSpec ModelParts::output() const {
  require_example(example, "decoder");
  Shape shape = example;
  shape[shape.size() - 1] *= likelihood->parameters_per_pixel();
  return {shape, dtype, init};
}

std::unique_ptr<Module> ModelParts::take_encoder(const Shape& shape, std::int64_t outputs) {
  if (encoder != nullptr) return std::move(encoder);
  return networks->encoder(input(shape), outputs);
}

std::unique_ptr<Module> ModelParts::take_decoder(std::int64_t inputs) {
  if (decoder != nullptr) return std::move(decoder);
  if (inputs < 1)
    fail(ErrorKind::usage,
         "[model] to make the decoder, say how large a code is (.latent = 10), or give one");
  return networks->decoder(output(), inputs);
}

}  // namespace varve
