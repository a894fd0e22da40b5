#include "framework/nn/spectral_norm.h"

#include "framework/autograd/autograd.h"
#include "framework/nn/init.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

constexpr int first_steps = 15;
constexpr double least_length = 1e-12;

/// Columns of length 1.
Tensor unit(const Tensor& x) {
  const auto length = norm(x);
  const auto least = Tensor::full({}, least_length, x.dtype(), x.device());
  return x / maximum(length, least);
}

struct Vectors {
  Tensor u, v;
};

Vectors iterated(const Tensor& matrix, const Tensor& u) {
  const auto v = unit(matmul(matrix.transpose(), u));
  return {unit(matmul(matrix, v)), v};
}

}  // namespace

SpectralNorm::SpectralNorm(Tensor u, Tensor v, std::size_t out_axis)
    : u_(std::move(u)), v_(std::move(v)), out_axis_(out_axis) {}

SpectralNorm SpectralNorm::make(const Tensor& weight, std::size_t out_axis) {
  const NoGrad guard;
  const auto outputs = weight.shape()[out_axis];
  SpectralNorm out(Tensor::empty({outputs}, weight.dtype(), weight.device()),
                   Tensor::zeros({weight.numel() / outputs}, weight.dtype(), weight.device()),
                   out_axis);
  init::normal(out.u_);
  const auto matrix = out.matrix(weight);
  Vectors at{unit(out.u_.unsqueeze(1)), {}};
  for (int i = 0; i < first_steps; ++i) at = iterated(matrix, at.u);
  out.u_.assign(at.u.squeeze(1));
  out.v_.assign(at.v.squeeze(1));
  return out;
}

Tensor SpectralNorm::matrix(const Tensor& weight) const {
  const auto axis = static_cast<std::int64_t>(out_axis_);
  Axes order{axis};
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(weight.rank()); ++i)
    if (i != axis) order.push_back(i);
  const auto outputs = weight.size(axis);
  return weight.permute(order).reshape({outputs, weight.numel() / outputs});
}

Tensor SpectralNorm::operator()(const Tensor& weight, bool step) const {
  // In a training step of their own memory: a graph that has used them survives the next step.
  Vectors at{u_.unsqueeze(1), v_.unsqueeze(1)};
  if (step) {
    const NoGrad guard;
    at = iterated(matrix(weight), at.u);
    Tensor u = u_, v = v_;
    u.assign(at.u.squeeze(1));
    v.assign(at.v.squeeze(1));
  }
  const auto largest = sum(at.u * matmul(matrix(weight), at.v));
  return weight / largest;
}

}  // namespace varve
