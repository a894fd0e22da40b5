// Links varve::framework and nothing else: a training step on the null backend, which has shapes
// but no data, proves that the framework needs no backend and no model.

#include <cstdio>
#include <exception>

#include "framework/varve.h"

namespace {

using namespace varve;

void require(bool condition, const char* what) {
  if (!condition) fail(ErrorKind::usage, "[framework_alone] expected {}", what);
}

void train_one_step() {
  Sequential net(layer<Conv2d>({.out = 8, .kernel = 3, .stride = 2, .padding = 1}), layer<ReLU>(),
                 layer<Flatten>(), layer<Linear>({.out = 10}));
  const Tensor images = Tensor::zeros({4, 28, 28, 1});
  require(net(images).shape() == Shape{4, 10}, "the network to infer its shapes");

  Adam adam(net.parameters());
  const Tensor loss = batch_mean(squared_error(net(images), Tensor::ones({4, 10})));
  require(loss.shape().empty(), "a scalar loss");
  adam.zero_grad();
  backward(loss);
  adam.step();
  for (const Tensor& parameter : net.parameters()) {
    require(parameter.grad().defined(), "a gradient for every parameter");
  }
}

}  // namespace

int main() try {
  require(registered_backends().size() == 1, "\"null\" to be the only backend");
  set_default_device(Device::open("null"));
  train_one_step();
  std::puts("the framework stands alone");
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
