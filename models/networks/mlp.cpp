#include "models/networks/mlp.h"

#include <utility>

#include "framework/nn/activations.h"
#include "framework/nn/batch_norm.h"
#include "framework/nn/dropout.h"
#include "framework/nn/layer_norm.h"
#include "framework/nn/linear.h"
#include "framework/nn/reshape.h"
#include "framework/nn/sequential.h"
#include "models/networks/initial.h"

namespace varve {
namespace {

void add_activation(Sequential& net, MlpActivation activation) {
  switch (activation) {
    case MlpActivation::relu:
      net.add<ReLU>();
      return;
    case MlpActivation::tanh:
      net.add<Tanh>();
      return;
    case MlpActivation::gated:
      net.add<GLU>();
      return;
    case MlpActivation::elu:
      net.add<ELU>();
      return;
    case MlpActivation::gelu:
      net.add<GELU>();
      return;
    case MlpActivation::silu:
      net.add<SiLU>();
      return;
  }
}

/// What Linear applies by itself, if nothing comes between; identity: nothing.
Activation built_in(const MlpConfig& config) {
  if (config.norm != MlpNorm::none) return Activation::identity;
  if (config.activation == MlpActivation::relu) return Activation::relu;
  if (config.activation == MlpActivation::tanh) return Activation::tanh;
  return Activation::identity;
}

void add_hidden(Sequential& net, const MlpConfig& config, std::int64_t in, std::int64_t out,
                DType dtype) {
  const std::int64_t width = config.activation == MlpActivation::gated ? 2 * out : out;
  const Activation activation = built_in(config);
  net.add<Linear>({.in = in, .out = width, .activation = activation, .dtype = dtype});
  if (config.norm == MlpNorm::batch) net.add<BatchNorm>({.features = width, .dtype = dtype});
  if (config.norm == MlpNorm::layer) net.add<LayerNorm>({.features = width, .dtype = dtype});
  if (activation == Activation::identity) add_activation(net, config.activation);
  if (config.dropout > 0) net.add<Dropout>({.p = config.dropout});
}

}  // namespace

std::unique_ptr<Module> Mlp::encoder(const NetworkSpec& spec, std::int64_t outputs) const {
  auto net = std::make_unique<Sequential>();
  net->add<Flatten>({});
  auto width = spec.example.numel();
  for (const auto size : config_.hidden) {
    add_hidden(*net, config_, width, size, spec.dtype);
    width = size;
  }
  net->add<Linear>({.in = width, .out = outputs, .dtype = spec.dtype});
  return initialized(std::move(net), init_of(spec));
}

std::unique_ptr<Module> Mlp::decoder(const NetworkSpec& spec, std::int64_t inputs) const {
  auto net = std::make_unique<Sequential>();
  auto width = inputs;
  for (auto size = config_.hidden.rbegin(); size != config_.hidden.rend(); ++size) {
    add_hidden(*net, config_, width, *size, spec.dtype);
    width = *size;
  }
  net->add<Linear>({.in = width, .out = spec.example.numel(), .dtype = spec.dtype});
  net->add<Reshape>({.shape = spec.example});
  return initialized(std::move(net), init_of(spec));
}

}  // namespace varve
