#include "models/networks/mlp.h"

#include <utility>

#include "framework/core/error.h"
#include "framework/nn/activations.h"
#include "framework/nn/linear.h"
#include "framework/nn/reshape.h"
#include "framework/nn/sequential.h"
#include "models/networks/initial.h"

namespace varve {
namespace {

/// A hidden layer: "relu" or "tanh" of a Linear one, or "gated", (W x + b) sigmoid(V x + c).
void add_hidden(Sequential& net, const ModelOptions& options, std::int64_t in, std::int64_t out) {
  LinearConfig config{.in = in, .out = out, .dtype = options.dtype};
  if (options.activation == "relu")
    config.activation = Activation::relu;
  else if (options.activation == "tanh")
    config.activation = Activation::tanh;
  else if (options.activation == "gated")
    config.out = 2 * out;
  else
    fail(ErrorKind::usage, "[model] activation '{}' is not one of relu, tanh, gated",
         options.activation);
  net.add<Linear>(config);
  if (options.activation == "gated") net.add<GLU>();
}

}  // namespace

std::unique_ptr<Module> make_mlp_encoder(const ModelOptions& options, std::int64_t outputs) {
  auto net = std::make_unique<Sequential>();
  net->add<Flatten>({});
  auto width = options.image.numel();
  for (const auto size : options.hidden) {
    add_hidden(*net, options, width, size);
    width = size;
  }
  net->add<Linear>({.in = width, .out = outputs, .dtype = options.dtype});
  return initialized(std::move(net), options);
}

std::unique_ptr<Module> make_mlp_decoder(const ModelOptions& options, std::int64_t inputs,
                                         std::int64_t channels) {
  const Shape image{options.image[0], options.image[1], channels};
  auto net = std::make_unique<Sequential>();
  auto width = inputs;
  for (auto size = options.hidden.rbegin(); size != options.hidden.rend(); ++size) {
    add_hidden(*net, options, width, *size);
    width = *size;
  }
  net->add<Linear>({.in = width, .out = image.numel(), .dtype = options.dtype});
  net->add<Reshape>({.shape = image});
  return initialized(std::move(net), options);
}

}  // namespace varve
