#pragma once

#include <cstdint>

#include "framework/tensor/tensor.h"

/// Initial weights. Every value comes from a new host stream of the tensor's device's generator, so
/// that one seed gives the same bits on every backend. The tensor, f32 or f64, is overwritten in
/// place. ErrorKind::usage for numbers that are no bounds, deviation, gain or fan.
namespace varve::init {

/// Inputs and outputs of one unit. By layout: [out, in], [out, kh, kw, in]. For the transposed
/// convolution's [in, kh, kw, out] the same rule gives PyTorch's numbers.
struct Fan {
  std::int64_t in, out;
};
/// ErrorKind::usage for fewer than two dimensions or no elements.
Fan fan(const Shape& weight);

void constant(Tensor tensor, double value);
void uniform(Tensor tensor, double low, double high);
void normal(Tensor tensor, double mean = 0, double standard_deviation = 1);
/// U(+-gain sqrt(3 / fan_in)); gain sqrt(2) is for ReLU. He et al. 2015.
void kaiming_uniform(Tensor tensor, double gain = 1.4142135623730951);
/// U(+-gain sqrt(6 / (fan_in + fan_out))). Glorot and Bengio 2010.
void xavier_uniform(Tensor tensor, double gain = 1);
/// N(0, gain^2 2 / (fan_in + fan_out)).
void xavier_normal(Tensor tensor, double gain = 1);
/// U(+-1 / sqrt(fan_in)): PyTorch's default for weight and bias of dense and convolution layers.
void fan_in_uniform(Tensor tensor, std::int64_t fan_in);

}  // namespace varve::init
