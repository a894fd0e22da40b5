#include "framework/varve.h"

int main() {
  varve::set_default_device(varve::Device::open("null"));
  varve::Sequential net(varve::layer<varve::Linear>({.out = 3}));
  return net(varve::Tensor::zeros({2, 5})).shape() == varve::Shape{2, 3} ? 0 : 1;
}
