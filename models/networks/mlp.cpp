#include "models/networks/mlp.h"

#include "framework/core/error.h"
#include "framework/nn/linear.h"
#include "framework/nn/reshape.h"
#include "framework/nn/sequential.h"

namespace varve {
namespace {

Activation activation_of(const ModelOptions& options) {
  if (options.activation == "relu") return Activation::relu;
  if (options.activation == "tanh") return Activation::tanh;
  fail(ErrorKind::usage, "[model] activation '{}' is not one of relu, tanh", options.activation);
}

}  // namespace

std::unique_ptr<Module> make_mlp_encoder(const ModelOptions& options, std::int64_t outputs) {
  auto net = std::make_unique<Sequential>();
  net->add<Flatten>({});
  auto width = options.image.numel();
  for (const auto size : options.hidden) {
    net->add<Linear>(
        {.in = width, .out = size, .activation = activation_of(options), .dtype = options.dtype});
    width = size;
  }
  net->add<Linear>({.in = width, .out = outputs, .dtype = options.dtype});
  return net;
}

std::unique_ptr<Module> make_mlp_decoder(const ModelOptions& options, std::int64_t inputs,
                                         std::int64_t channels) {
  const Shape image{options.image[0], options.image[1], channels};
  auto net = std::make_unique<Sequential>();
  auto width = inputs;
  for (auto size = options.hidden.rbegin(); size != options.hidden.rend(); ++size) {
    net->add<Linear>(
        {.in = width, .out = *size, .activation = activation_of(options), .dtype = options.dtype});
    width = *size;
  }
  net->add<Linear>({.in = width, .out = image.numel(), .dtype = options.dtype});
  net->add<Reshape>({.shape = image});
  return net;
}

}  // namespace varve
