#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "framework/ops/op.h"
#include "framework/tensor/tensor.h"

namespace varve {

// Every function takes and returns concrete tensors, is differentiable where calculus says so, and
// throws ErrorKind::usage with the shapes when they do not fit. Mixed dtypes promote (bool < u8 <
// i32 < i64 < f32 < f64; docs/pages/dtypes.md has the whole rule); operands must be on one device.
//
// At infinities, NaN, zeros and of nothing they give what PyTorch gives, unless a comment says
// otherwise, and so do their gradients but where an operand is NaN: tests/corners has rows for
// every function here.

/// x as `dtype`: floats are cut to whole numbers and to the integer's range, NaN to 0; integers
/// keep their low bits; bool is whether x is not 0.
Tensor cast(const Tensor& x, DType dtype);

// Unary.
Tensor neg(const Tensor& x);
Tensor abs(const Tensor& x);
Tensor exp(const Tensor& x);
/// exp(x) - 1, with all digits near 0.
Tensor expm1(const Tensor& x);
Tensor log(const Tensor& x);
Tensor log1p(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor erf(const Tensor& x);
Tensor square(const Tensor& x);
Tensor reciprocal(const Tensor& x);
Tensor sigmoid(const Tensor& x);
/// log(1 + exp(x)), without overflow.
Tensor softplus(const Tensor& x);
Tensor relu(const Tensor& x);
/// 1 / sqrt(x).
Tensor rsqrt(const Tensor& x);
// Constant in steps, with the gradient 0; integers stay as they are.
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
/// Half to even: 0.5 and -0.5 become 0, 1.5 and 2.5 become 2.
Tensor round(const Tensor& x);
Tensor trunc(const Tensor& x);
/// -1, 0 or 1; 0 of NaN. The gradient is 0.
Tensor sign(const Tensor& x);
/// ln |Gamma(x)|, infinite at 0, -1, -2, ...
Tensor lgamma(const Tensor& x);
/// The derivative of lgamma; NaN at -1, -2, ..., and its gradient, too.
Tensor digamma(const Tensor& x);
/// y with erf(y) = x; NaN beyond -1 and 1.
Tensor erfinv(const Tensor& x);
Tensor leaky_relu(const Tensor& x, double slope = 0.01);
Tensor elu(const Tensor& x, double alpha = 1.0);
/// x sigmoid(x); NaN at -infinity, as PyTorch, though the limit is 0.
Tensor silu(const Tensor& x);
/// x Phi(x), exact (by erf); NaN at -infinity, as PyTorch, though the limit is 0.
Tensor gelu(const Tensor& x);
/// min(max(x, low), high): NaN stays; `high` everywhere if low > high; the limits pass the
/// gradient. An integer tensor keeps its dtype if the limits are whole or infinite.
Tensor clamp(const Tensor& x, double low, double high);
Tensor activate(const Tensor& x, Activation activation);

// Binary, broadcasting.
Tensor add(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, const Tensor& b);
/// The true quotient: f32 of integers.
Tensor div(const Tensor& a, const Tensor& b);
/// a^b, f32 of integers; 0^0 is 1. The gradient of a^0 is 0, everywhere.
Tensor pow(const Tensor& a, const Tensor& b);
Tensor pow(const Tensor& a, double exponent);
/// NaN if either is; the gradient of a tie goes to `a`. Of zeros of both signs either may come.
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, const Tensor& b);
/// The angle in radians of the point (x, y), from -pi to pi; f32 of integers. Signs of zeros count
/// as in C. The gradient at the origin is 0.
Tensor atan2(const Tensor& y, const Tensor& x);
// Comparisons give bool; with NaN all but not_equal are false. ==, !=, <, <=, >, >= are the same.
Tensor less(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, const Tensor& b);
Tensor equal(const Tensor& a, const Tensor& b);
Tensor not_equal(const Tensor& a, const Tensor& b);
// Of any dtype: what is not 0 counts as true, NaN too. They give bool.
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_not(const Tensor& x);
/// condition ? a : b, elementwise.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);

// Reductions: over `axes` (all when empty), in a fixed order.
/// i64 of integers and bool.
Tensor sum(const Tensor& x, Axes axes = {}, bool keep_dims = false);
/// NaN of nothing; f32 of integers and bool.
Tensor mean(const Tensor& x, Axes axes = {}, bool keep_dims = false);
/// NaN if any is; ties share the gradient. Throws for no elements.
Tensor max(const Tensor& x, Axes axes = {}, bool keep_dims = false);
Tensor min(const Tensor& x, Axes axes = {}, bool keep_dims = false);
/// Divided by n - correction: biased as it stands; with a correction of 1 unbiased, which is
/// PyTorch's default. NaN of no more elements than the correction.
Tensor variance(const Tensor& x, Axes axes = {}, bool keep_dims = false, int correction = 0);
/// Its root; where it is 0, the gradient is 0.
Tensor standard_deviation(const Tensor& x, Axes axes = {}, bool keep_dims = false,
                          int correction = 0);
/// 1 of nothing; i64 of integers and bool.
Tensor prod(const Tensor& x, Axes axes = {}, bool keep_dims = false);
/// Whether any element is not 0: bool, false of nothing. NaN is not 0.
Tensor any(const Tensor& x, Axes axes = {}, bool keep_dims = false);
/// Whether no element is 0: bool, true of nothing.
Tensor all(const Tensor& x, Axes axes = {}, bool keep_dims = false);
/// (sum |x|^p)^(1/p) for p = 1, 2 (scaled, so that no square overflows) or infinity: max |x|, where
/// ties share the gradient. The gradient at 0 is 0. Throws for another p, and for infinity of
/// nothing.
Tensor norm(const Tensor& x, double p = 2, Axes axes = {}, bool keep_dims = false);
/// log(sum(exp(x))) without overflow; -infinity of nothing.
Tensor logsumexp(const Tensor& x, Axes axes = {}, bool keep_dims = false);
/// Index of the first maximum along `axis`, or of the first NaN: i64.
Tensor argmax(const Tensor& x, std::int64_t axis = -1, bool keep_dims = false);
/// Sums of all elements up to each along `axis`; i64 of integers and bool.
Tensor cumsum(const Tensor& x, std::int64_t axis);
/// sqrt(sum of squares) over all tensors: a scalar. The gradient at 0 is 0.
Tensor global_norm(const Tensors& xs);

// Order along an axis. It is stable: of equal ones the first comes first. NaN counts as the
// largest.
struct Sorted {
  Tensor values;
  Tensor indices;  ///< i64: where each came from
};
/// The gradient goes to where the values came from.
Sorted sort(const Tensor& x, std::int64_t axis = -1, bool descending = false);
/// The indices alone.
Tensor argsort(const Tensor& x, std::int64_t axis = -1, bool descending = false);
/// The `count` largest (or smallest) along `axis`, the first of them first. Throws unless the axis
/// has as many.
Sorted topk(const Tensor& x, std::int64_t count, std::int64_t axis = -1, bool largest = true);

// Linear algebra.
/// [..., m, k] x [..., k, n] -> [..., m, n]; leading axes broadcast. Rank 2 or more.
Tensor matmul(const Tensor& a, const Tensor& b);
/// x [..., in], weight [out, in], bias [out] or undefined -> activation(x weight^T + bias).
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              Activation activation = Activation::identity);
/// Sums of products by Einstein's convention, as torch.einsum: "bij,bjk->bik" names the axes of
/// each operand and of the result; what the result does not name is summed. Without "->": the names
/// that occur once, in alphabetic order. A name twice in one operand is its diagonal; "..." are
/// further axes, which broadcast. Throws for an equation that does not fit the operands.
Tensor einsum(std::string_view equation, const Tensors& operands);
/// Solves T y = b for y, T [..., n, n] lower (or upper) triangular, b [..., n, m].
Tensor solve_triangular(const Tensor& t, const Tensor& b, bool lower = true);

// Indexing.
// An index below 0 or beyond the axis is an error; on a device that runs behind, when the result is
// read.
/// Rows of x [rows, ...] named by integer indices [...]: the result is indices.shape + x.shape[1:].
Tensor take(const Tensor& x, const Tensor& indices);
/// out[..., i, ...] = x[..., index[..., i, ...], ...] along `axis`; same rank, as torch.gather.
Tensor gather(const Tensor& x, const Tensor& index, std::int64_t axis);
/// x with `source` added at the places that gather would read.
Tensor scatter_add(const Tensor& x, const Tensor& index, const Tensor& source, std::int64_t axis);
/// 1 at the index, else 0: integers [...] -> [..., classes].
Tensor one_hot(const Tensor& indices, std::int64_t classes, DType dtype = DType::f32);
/// x [...] on the diagonal of [..., n, n].
Tensor diagonal_embed(const Tensor& x);
Tensor concat(const Tensors& parts, std::int64_t axis);
Tensor stack(const Tensors& parts, std::int64_t axis);
/// Zeros (or `value`, which x's dtype must hold) around: before/after, an entry an axis.
Tensor pad(const Tensor& x, Dims before, Dims after, double value = 0);
/// What lies around instead of a value: the inside mirrored at the outermost elements (which come
/// once), the outermost elements again, or the other end.
enum class PadMode : std::uint8_t { reflect, replicate, circular };
/// Throws if an axis is too short: reflect needs more elements than it pads, circular as many,
/// replicate one.
Tensor pad(const Tensor& x, Dims before, Dims after, PadMode mode);

// Rows of softmax and norms. Of a row that is all -infinity softmax is NaN.
Tensor softmax(const Tensor& x, std::int64_t axis = -1);
Tensor log_softmax(const Tensor& x, std::int64_t axis = -1);
/// Normalises the last axis; weight and bias [features] or undefined. Ba et al. 2016.
Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon = 1e-5);
/// x / sqrt(mean(x^2) + epsilon) over the last axis, times weight [features] or undefined. Without
/// an epsilon: that of the dtype, as in PyTorch. Zhang and Sennrich 2019.
Tensor rms_norm(const Tensor& x, const Tensor& weight = {}, std::optional<double> epsilon = {});
/// Zero mean, unit variance over each of `groups` groups of neighbouring channels (last axis) and
/// all axes between the first and the last: x [N, ..., C], weight and bias [C] or undefined. Wu and
/// He 2018. With as many groups as channels it is instance normalisation, Ulyanov et al. 2016.
Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight = {},
                  const Tensor& bias = {}, double epsilon = 1e-5);
/// Normalises every feature (last axis) over all other axes with the batch's statistics.
struct BatchNormResult {
  Tensor y, mean, variance;  ///< variance is the biased one
};
BatchNormResult batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias,
                           double epsilon = 1e-5);

struct AttentionOptions {
  /// Broadcast to [..., queries, keys]: bool, true where a query may look, or numbers that are
  /// added to the scores.
  Tensor mask = {};
  /// Query i looks at keys up to i only.
  bool causal = false;
  std::optional<double> scale = {};  ///< of the scores; 1 / sqrt(features) by default
  double dropout = 0;                ///< probability of a zero among the weights
};
/// softmax(query key^T scale + mask) value: query [..., queries, features], key [..., keys,
/// features], value [..., keys, out] -> [..., queries, out]; leading axes broadcast. A query that
/// may look nowhere gets zeros. Vaswani et al. 2017, section 3.2.1.
Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const AttentionOptions& options = {});

// Convolution and windows; images are [N, H, W, C].
struct ConvOptions {
  std::int64_t dilation[2] = {1, 1};  ///< from one element of the kernel to the next
  /// Channels by parts: of each part of the input a part of the result. As many groups as channels
  /// are a depthwise convolution.
  std::int64_t groups = 1;
};
/// weight [out, kh, kw, in / groups]; result [N, (H + 2p - d (k - 1) - 1) / s + 1, ..., out].
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Window& window,
              Activation activation = Activation::identity, const ConvOptions& options = {});
/// weight [in, kh, kw, out / groups]; result height (H - 1) s - 2p + d (k - 1) + 1 +
/// output_padding.
Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const Window& window, Activation activation = Activation::identity,
                        std::int64_t output_padding = 0, const ConvOptions& options = {});
struct Conv1dOptions {
  std::int64_t stride = 1, padding = 0, dilation = 1, groups = 1;
  Activation activation = Activation::identity;
};
/// Of sequences: x [N, L, in], weight [out, k, in / groups] -> [N, (L + 2p - d (k - 1) - 1) / s +
/// 1, out].
Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv1dOptions& options = {});
/// All windows: [N, oh, ow, kh, kw, C]; outside the image lies `value`.
Tensor unfold(const Tensor& x, const Window& window, double value = 0);
/// The transpose of unfold: sums windows back into [N, height, width, C].
Tensor fold(const Tensor& windows, const Window& window, std::int64_t height, std::int64_t width);
/// Ties in a window share the gradient.
Tensor max_pool2d(const Tensor& x, const Window& window);
/// Padding counts as zeros.
Tensor avg_pool2d(const Tensor& x, const Window& window);
/// Repeats every pixel factor x factor times.
Tensor upsample_nearest(const Tensor& x, std::int64_t factor);
/// factor x factor pixels for each, on straight lines between the pixels' centres, as PyTorch with
/// align_corners = false.
Tensor upsample_bilinear(const Tensor& x, std::int64_t factor);
/// [N, H, W, C f f] -> [N, H f, W f, C]: channel (c, i, j) goes to row i and column j of its pixel.
/// Shi et al. 2016.
Tensor pixel_shuffle(const Tensor& x, std::int64_t factor);
/// Its inverse: [N, H f, W f, C] -> [N, H, W, C f f].
Tensor pixel_unshuffle(const Tensor& x, std::int64_t factor);

// Randomness: drawn from x.device().generator() or the given device's.
Tensor rand(Shape shape, DType dtype = DType::f32, const Device& device = default_device());
Tensor randn(Shape shape, DType dtype = DType::f32, const Device& device = default_device());
/// Zero with probability p, else x / (1 - p).
Tensor dropout(const Tensor& x, double p);

// Pieces of variational models, as rows of their own since every step runs them.
/// mu + exp(logvar / 2) eps. Kingma and Welling 2014, section 2.4.
Tensor reparameterize(const Tensor& mu, const Tensor& logvar, const Tensor& eps);
/// softplus(logits) - x logits, elementwise: -log Bernoulli(x | sigmoid(logits)), x in [0, 1]. 0
/// for an infinite logit that x agrees with.
Tensor bce_with_logits(const Tensor& logits, const Tensor& x);
/// 1/2 (mu^2 + exp(logvar) - 1 - logvar), elementwise: KL(N(mu, exp(logvar)) || N(0, 1)).
/// Kingma and Welling 2014, appendix B.
Tensor gaussian_kl(const Tensor& mu, const Tensor& logvar);

}  // namespace varve
