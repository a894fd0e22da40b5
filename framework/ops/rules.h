#pragma once

#include "framework/ops/table.h"

/// The columns of the op table: shape rules, view rules, decompositions and gradient rules, a
/// function an op, named after it. table.cpp puts them together.
namespace varve {

namespace shapes {
Specs created(const Specs&, Attributes&);
Specs copy(const Specs&, Attributes&);
Specs elementwise(const Specs&, Attributes&);
Specs comparison(const Specs&, Attributes&);
Specs where(const Specs&, Attributes&);
Specs reduce(const Specs&, Attributes&);
Specs argmax(const Specs&, Attributes&);
Specs matmul(const Specs&, Attributes&);
Specs gather(const Specs&, Attributes&);
Specs scatter_add(const Specs&, Attributes&);
Specs unfold(const Specs&, Attributes&);
Specs fold(const Specs&, Attributes&);
Specs concat(const Specs&, Attributes&);
Specs slice_scatter(const Specs&, Attributes&);
Specs diagonal_embed(const Specs&, Attributes&);
Specs any_along_axis(const Specs&, Attributes&);
Specs argsort(const Specs&, Attributes&);
Specs along_axis(const Specs&, Attributes&);
Specs linear(const Specs&, Attributes&);
Specs layer_norm(const Specs&, Attributes&);
Specs batch_norm(const Specs&, Attributes&);
Specs conv2d(const Specs&, Attributes&);
Specs conv_transpose2d(const Specs&, Attributes&);
Specs conv2d_weight_gradient(const Specs&, Attributes&);
Specs solve_triangular(const Specs&, Attributes&);
Specs adam_step(const Specs&, Attributes&);
Specs global_norm(const Specs&, Attributes&);
Specs reshape(const Specs&, Attributes&);
Specs permute(const Specs&, Attributes&);
Specs expand(const Specs&, Attributes&);
Specs slice(const Specs&, Attributes&);
Specs diagonal(const Specs&, Attributes&);
}  // namespace shapes

/// How many positions lie in [start, stop) in steps; a negative step runs down. `step` is not 0.
std::int64_t slice_count(std::int64_t start, std::int64_t stop, std::int64_t step);

namespace views {
View reshape(const View&, const Attributes&);
View permute(const View&, const Attributes&);
View expand(const View&, const Attributes&);
View slice(const View&, const Attributes&);
View diagonal(const View&, const Attributes&);
/// Whether `reshape` to this shape needs no copy.
bool can_reshape(const View&, const Shape&);
}  // namespace views

namespace decompositions {
Tensors sigmoid(const Tensors&, const Attributes&);
Tensors softplus(const Tensors&, const Attributes&);
Tensors square(const Tensors&, const Attributes&);
Tensors reciprocal(const Tensors&, const Attributes&);
Tensors floor(const Tensors&, const Attributes&);
Tensors ceil(const Tensors&, const Attributes&);
Tensors round(const Tensors&, const Attributes&);
Tensors trunc(const Tensors&, const Attributes&);
Tensors sign(const Tensors&, const Attributes&);
Tensors atan2(const Tensors&, const Attributes&);
Tensors lgamma(const Tensors&, const Attributes&);
Tensors digamma(const Tensors&, const Attributes&);
Tensors erfinv(const Tensors&, const Attributes&);
Tensors activation_gradient(const Tensors&, const Attributes&);
Tensors concat(const Tensors&, const Attributes&);
Tensors slice_scatter(const Tensors&, const Attributes&);
Tensors diagonal_embed(const Tensors&, const Attributes&);
Tensors cumsum(const Tensors&, const Attributes&);
Tensors argsort(const Tensors&, const Attributes&);
Tensors softmax(const Tensors&, const Attributes&);
Tensors log_softmax(const Tensors&, const Attributes&);
Tensors linear(const Tensors&, const Attributes&);
Tensors layer_norm(const Tensors&, const Attributes&);
Tensors batch_norm(const Tensors&, const Attributes&);
Tensors conv2d(const Tensors&, const Attributes&);
Tensors conv_transpose2d(const Tensors&, const Attributes&);
Tensors conv2d_weight_gradient(const Tensors&, const Attributes&);
Tensors dropout(const Tensors&, const Attributes&);
Tensors reparameterize(const Tensors&, const Attributes&);
Tensors bce_with_logits(const Tensors&, const Attributes&);
Tensors bce_with_logits_gradient(const Tensors&, const Attributes&);
Tensors gaussian_kl(const Tensors&, const Attributes&);
Tensors solve_triangular(const Tensors&, const Attributes&);
Tensors adam_step(const Tensors&, const Attributes&);
Tensors global_norm(const Tensors&, const Attributes&);
}  // namespace decompositions

namespace gradients {
Tensors copy(const GradientContext&);
Tensors neg(const GradientContext&);
Tensors abs(const GradientContext&);
Tensors exp(const GradientContext&);
Tensors expm1(const GradientContext&);
Tensors log(const GradientContext&);
Tensors log1p(const GradientContext&);
Tensors sqrt(const GradientContext&);
Tensors sin(const GradientContext&);
Tensors cos(const GradientContext&);
Tensors tanh(const GradientContext&);
Tensors erf(const GradientContext&);
Tensors add(const GradientContext&);
Tensors sub(const GradientContext&);
Tensors mul(const GradientContext&);
Tensors div(const GradientContext&);
Tensors pow(const GradientContext&);
Tensors maximum(const GradientContext&);
Tensors minimum(const GradientContext&);
Tensors where(const GradientContext&);
Tensors sum(const GradientContext&);
Tensors extremum(const GradientContext&);
Tensors matmul(const GradientContext&);
Tensors gather(const GradientContext&);
Tensors scatter_add(const GradientContext&);
Tensors unfold(const GradientContext&);
Tensors fold(const GradientContext&);
Tensors sigmoid(const GradientContext&);
Tensors softplus(const GradientContext&);
Tensors square(const GradientContext&);
Tensors reciprocal(const GradientContext&);
Tensors step(const GradientContext&);  // of functions that are constant in steps: 0
Tensors atan2(const GradientContext&);
Tensors lgamma(const GradientContext&);
Tensors erfinv(const GradientContext&);
Tensors concat(const GradientContext&);
Tensors slice_scatter(const GradientContext&);
Tensors diagonal_embed(const GradientContext&);
Tensors cumsum(const GradientContext&);
Tensors softmax(const GradientContext&);
Tensors log_softmax(const GradientContext&);
Tensors linear(const GradientContext&);
Tensors conv2d(const GradientContext&);
Tensors conv_transpose2d(const GradientContext&);
Tensors conv2d_weight_gradient(const GradientContext&);
Tensors dropout(const GradientContext&);
Tensors reparameterize(const GradientContext&);
Tensors bce_with_logits(const GradientContext&);
Tensors gaussian_kl(const GradientContext&);
Tensors solve_triangular(const GradientContext&);
Tensors global_norm(const GradientContext&);
Tensors reshape(const GradientContext&);
Tensors permute(const GradientContext&);
Tensors expand(const GradientContext&);
Tensors slice(const GradientContext&);
Tensors diagonal(const GradientContext&);
}  // namespace gradients

}  // namespace varve
