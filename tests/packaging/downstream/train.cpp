#include <cmath>
#include <cstdio>

#include "backends/backends.h"
#include "framework/varve.h"
#include "models/registry.h"

int main() {
  using namespace varve;
  register_backends();
  set_default_device(Device::open("cpu"));

  const auto model = make_model("vae", {.image = {28, 28, 1}, .hidden = {32}});
  Adam adam(model->parameters());
  Loader loader(digits(Split::train), {.batch_size = 8, .prefetch = 0});
  loader.start(0);
  const Tensor images = Tensor::from(loader.next()->input);
  const Tensor loss = model->loss(images, images).front().value;
  backward(loss);
  adam.step();
  std::printf("loss %.1f\n", loss.item());
  return std::isfinite(loss.item()) ? 0 : 1;
}
