#include <algorithm>
#include <limits>

#include "framework/core/error.h"
#include "framework/ops/rules.h"

namespace varve {

std::int64_t slice_count(std::int64_t start, std::int64_t stop, std::int64_t step) {
  if (step > 0 ? start >= stop : start <= stop) return 0;
  // Unsigned, as the lowest number has no negative and the span may not fit.
  const auto low = static_cast<std::uint64_t>(std::min(start, stop));
  const auto high = static_cast<std::uint64_t>(std::max(start, stop));
  const auto width = static_cast<std::uint64_t>(step);
  const std::uint64_t steps = (high - low - 1) / (step > 0 ? width : 0 - width);
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(steps, most - 1) + 1);
}

namespace shapes {
namespace {

/// Rules do not know which op they serve; `what` names it for the message.
void require_rank(const Spec& spec, std::size_t rank, const char* what) {
  if (spec.shape.size() != rank)
    fail(ErrorKind::usage, "[{}] needs {} dimensions, got {}", what, rank, spec.shape.str());
}

void require_floating(const Specs& in, const char* what) {
  for (const auto& spec : in)
    if (!is_floating(spec.dtype) || spec.dtype != in[0].dtype)
      fail(ErrorKind::usage, "[{}] needs f32 or f64 throughout, got {} and {}", what,
           name(in[0].dtype), name(spec.dtype));
}

void require_index(const Spec& spec, const char* what) {
  if (spec.dtype != DType::i32 && spec.dtype != DType::i64)
    fail(ErrorKind::usage, "[{}] the index must be i32 or i64, got {}", what, name(spec.dtype));
}

std::int64_t window_count(std::int64_t size, const Window& window, int axis, const char* what) {
  if (window.kernel[axis] < 1 || window.stride[axis] < 1 || window.padding[axis] < 0)
    fail(ErrorKind::usage, "[{}] kernel and stride must be at least 1, padding at least 0", what);
  const auto padded = checked_add(size, checked_mul(2, window.padding[axis], what), what);
  const auto room = padded - window.kernel[axis];
  if (size < 0 || room < 0)
    fail(ErrorKind::usage, "[{}] a kernel of {} does not fit into {} pixels with padding {}", what,
         window.kernel[axis], size, window.padding[axis]);
  return room / window.stride[axis] + 1;
}

void require_bias(const Specs& in, std::int64_t channels, const char* what) {
  if (in.size() > 2 && in[2].shape != Shape{channels})
    fail(ErrorKind::usage, "[{}] the bias must be ({}), got {}", what, channels, in[2].shape.str());
}

}  // namespace

Specs created(const Specs&, Attributes& attributes) {
  return {{attributes.shape, attributes.dtype}};
}

Specs copy(const Specs& in, Attributes& attributes) { return {{in[0].shape, attributes.dtype}}; }

Specs elementwise(const Specs& in, Attributes&) {
  for (const auto& spec : in)
    if (!(spec == in[0]))
      fail(ErrorKind::usage, "[elementwise] operands differ: {} {} and {} {}", in[0].shape.str(),
           name(in[0].dtype), spec.shape.str(), name(spec.dtype));
  return {in[0]};
}

Specs comparison(const Specs& in, Attributes& attributes) {
  return {{elementwise(in, attributes)[0].shape, DType::boolean}};
}

Specs where(const Specs& in, Attributes&) {
  if (in[0].dtype != DType::boolean)
    fail(ErrorKind::usage, "[where] the condition must be bool, got {}", name(in[0].dtype));
  if (!(in[1] == in[2]) || in[0].shape != in[1].shape)
    fail(ErrorKind::usage, "[where] operands differ: {}, {} {} and {} {}", in[0].shape.str(),
         in[1].shape.str(), name(in[1].dtype), in[2].shape.str(), name(in[2].dtype));
  return {in[1]};
}

Specs reduce(const Specs& in, Attributes& attributes) {
  const auto rank = in[0].shape.size();
  Axes axes;
  if (attributes.axes.empty())
    for (std::size_t i = 0; i < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
  for (const auto axis : attributes.axes)
    axes.push_back(static_cast<std::int64_t>(normalize_axis(axis, rank, "reduce")));
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
    fail(ErrorKind::usage, "[reduce] an axis is named twice in {}", attributes.axes.str());
  attributes.axes = axes;
  Shape shape = in[0].shape;
  for (const auto axis : axes) shape[static_cast<std::size_t>(axis)] = 1;
  return {{shape, in[0].dtype}};
}

Specs argmax(const Specs& in, Attributes& attributes) {
  if (attributes.axes.size() != 1)
    fail(ErrorKind::usage, "[argmax] needs one axis, got {}", attributes.axes.str());
  const auto shape = reduce(in, attributes)[0].shape;
  if (in[0].shape[static_cast<std::size_t>(attributes.axes[0])] == 0)
    fail(ErrorKind::usage, "[argmax] of no elements: {}", in[0].shape.str());
  return {{shape, DType::i64}};
}

Specs matmul(const Specs& in, Attributes&) {
  require_floating(in, "matmul");
  const auto& a = in[0].shape;
  const auto& b = in[1].shape;
  const auto rank = a.size();
  if (rank < 2 || b.size() < 2)
    fail(ErrorKind::usage, "[matmul] needs matrices, got {} x {}", a.str(), b.str());
  if (a[rank - 1] != b[b.size() - 2])
    fail(ErrorKind::usage, "[matmul] inner sizes differ: {} x {}", a.str(), b.str());
  if (b.size() != rank || !std::equal(a.begin(), a.end() - 2, b.begin()))
    fail(ErrorKind::usage, "[matmul] leading sizes differ: {} x {}", a.str(), b.str());
  Shape shape = a;
  shape[rank - 1] = b[rank - 1];
  return {{shape, in[0].dtype}};
}

Specs gather(const Specs& in, Attributes& attributes) {
  require_index(in[1], "gather");
  const auto& x = in[0].shape;
  const auto& index = in[1].shape;
  const auto axis =
      normalize_axis(attributes.axes.empty() ? 0 : attributes.axes[0], x.size(), "gather");
  attributes.axes = {static_cast<std::int64_t>(axis)};
  bool fits = index.size() == x.size();
  for (std::size_t i = 0; fits && i < x.size(); ++i) fits = i == axis || index[i] == x[i];
  if (!fits)
    fail(ErrorKind::usage, "[gather] an index of {} does not fit {} along axis {}", index.str(),
         x.str(), axis);
  return {{index, in[0].dtype}};
}

Specs scatter_add(const Specs& in, Attributes& attributes) {
  const auto gathered = gather({in[0], in[1]}, attributes)[0];
  if (!(gathered == in[2]))
    fail(ErrorKind::usage, "[scatter_add] the source must be {} {}, got {} {}",
         gathered.shape.str(), name(gathered.dtype), in[2].shape.str(), name(in[2].dtype));
  return {in[0]};
}

Specs unfold(const Specs& in, Attributes& attributes) {
  require_rank(in[0], 4, "unfold");
  const auto& x = in[0].shape;
  const auto& w = attributes.window;
  attributes.shape = {x[1], x[2]};
  return {{{x[0], window_count(x[1], w, 0, "unfold"), window_count(x[2], w, 1, "unfold"),
            w.kernel[0], w.kernel[1], x[3]},
           in[0].dtype}};
}

Specs fold(const Specs& in, Attributes& attributes) {
  require_rank(in[0], 6, "fold");
  const auto& x = in[0].shape;
  const auto& w = attributes.window;
  const auto& size = attributes.shape;
  if (size.size() != 2 || x[1] != window_count(size[0], w, 0, "fold") ||
      x[2] != window_count(size[1], w, 1, "fold") || x[3] != w.kernel[0] || x[4] != w.kernel[1])
    fail(ErrorKind::usage, "[fold] windows {} do not belong to an image of {}", x.str(),
         size.str());
  return {{{x[0], size[0], size[1], x[5]}, in[0].dtype}};
}

Specs concat(const Specs& in, Attributes& attributes) {
  Shape shape = in[0].shape;
  const auto axis =
      normalize_axis(attributes.axes.empty() ? 0 : attributes.axes[0], shape.size(), "concat");
  attributes.axes = {static_cast<std::int64_t>(axis)};
  shape[axis] = 0;
  for (const auto& spec : in) {
    bool fits = spec.shape.size() == shape.size() && spec.dtype == in[0].dtype;
    for (std::size_t i = 0; fits && i < shape.size(); ++i)
      fits = i == axis || spec.shape[i] == shape[i];
    if (!fits)
      fail(ErrorKind::usage, "[concat] {} {} and {} {} do not join along axis {}",
           in[0].shape.str(), name(in[0].dtype), spec.shape.str(), name(spec.dtype), axis);
    shape[axis] = checked_add(shape[axis], spec.shape[axis], "concat");
  }
  return {{shape, in[0].dtype}};
}

Specs slice_scatter(const Specs& in, Attributes& attributes) {
  const Spec whole{attributes.shape, in[0].dtype};
  if (slice({whole}, attributes)[0].shape != in[0].shape)
    fail(ErrorKind::usage, "[slice_scatter] {} does not fill that slice of {}", in[0].shape.str(),
         attributes.shape.str());
  return {whole};
}

Specs diagonal_embed(const Specs& in, Attributes&) {
  Shape shape = in[0].shape;
  if (shape.empty()) fail(ErrorKind::usage, "[diagonal_embed] needs at least one dimension");
  shape.push_back(shape.back());
  return {{shape, in[0].dtype}};
}

Specs any_along_axis(const Specs& in, Attributes& attributes) {
  if (attributes.axes.size() != 1)
    fail(ErrorKind::usage, "[along an axis] needs one axis, got {}", attributes.axes.str());
  const auto rank = in[0].shape.size();
  attributes.axes = {
      static_cast<std::int64_t>(normalize_axis(attributes.axes[0], rank, "along an axis"))};
  return {in[0]};
}

Specs argsort(const Specs& in, Attributes& attributes) {
  return {{any_along_axis(in, attributes)[0].shape, DType::i64}};
}

Specs along_axis(const Specs& in, Attributes& attributes) {
  require_floating(in, "softmax");
  if (attributes.axes.size() != 1)
    fail(ErrorKind::usage, "[softmax] needs one axis, got {}", attributes.axes.str());
  attributes.axes = {
      static_cast<std::int64_t>(normalize_axis(attributes.axes[0], in[0].shape.size(), "softmax"))};
  return {in[0]};
}

Specs linear(const Specs& in, Attributes&) {
  require_floating(in, "linear");
  const auto& x = in[0].shape;
  require_rank(in[1], 2, "linear");
  const auto& w = in[1].shape;
  if (x.empty() || x.back() != w[1])
    fail(ErrorKind::usage, "[linear] the last size of {} must be {}: the weight is {} (out, in)",
         x.str(), w[1], w.str());
  require_bias(in, w[0], "linear");
  Shape shape = x;
  shape[shape.size() - 1] = w[0];
  return {{shape, in[0].dtype}};
}

Specs layer_norm(const Specs& in, Attributes&) {
  require_floating(in, "layer_norm");
  const auto& x = in[0].shape;
  if (x.empty() || in[1].shape != Shape{x.back()} || in[2].shape != Shape{x.back()})
    fail(ErrorKind::usage, "[layer_norm] weight {} and bias {} must match the last size of {}",
         in[1].shape.str(), in[2].shape.str(), x.str());
  return {in[0]};
}

Specs batch_norm(const Specs& in, Attributes& attributes) {
  layer_norm(in, attributes);
  if (in[0].shape.size() < 2 || in[0].shape.numel() == 0)
    fail(ErrorKind::usage, "[batch_norm] needs a batch of features, got {}", in[0].shape.str());
  return {in[0], in[1], in[1]};
}

Specs conv2d(const Specs& in, Attributes& attributes) {
  require_floating(in, "conv2d");
  require_rank(in[0], 4, "conv2d");
  require_rank(in[1], 4, "conv2d");
  const auto& x = in[0].shape;
  const auto& w = in[1].shape;
  if (x[3] != w[3])
    fail(ErrorKind::usage,
         "[conv2d] an image of {} (N, H, W, C) has {} channels and the weight {} (out, kh, kw, in) "
         "takes {}",
         x.str(), x[3], w.str(), w[3]);
  auto& window = attributes.window;
  window.kernel[0] = w[1];
  window.kernel[1] = w[2];
  require_bias(in, w[0], "conv2d");
  return {{{x[0], window_count(x[1], window, 0, "conv2d"), window_count(x[2], window, 1, "conv2d"),
            w[0]},
           in[0].dtype}};
}

Specs conv_transpose2d(const Specs& in, Attributes& attributes) {
  require_floating(in, "conv_transpose2d");
  require_rank(in[0], 4, "conv_transpose2d");
  require_rank(in[1], 4, "conv_transpose2d");
  const auto& x = in[0].shape;
  const auto& w = in[1].shape;
  auto& window = attributes.window;
  window.kernel[0] = w[1];
  window.kernel[1] = w[2];
  if (x[3] != w[0])
    fail(ErrorKind::usage,
         "[conv_transpose2d] an image of {} (N, H, W, C) has {} channels and the weight {} "
         "(in, kh, kw, out) takes {}",
         x.str(), x[3], w.str(), w[0]);
  const auto& size = attributes.shape;
  if (size.size() != 2 || window_count(size[0], window, 0, "conv_transpose2d") != x[1] ||
      window_count(size[1], window, 1, "conv_transpose2d") != x[2])
    fail(ErrorKind::usage,
         "[conv_transpose2d] {} cannot become {} (height, width) with this window", x.str(),
         size.str());
  require_bias(in, w[3], "conv_transpose2d");
  return {{{x[0], size[0], size[1], w[3]}, in[0].dtype}};
}

Specs conv2d_weight_gradient(const Specs& in, Attributes& attributes) {
  require_floating(in, "conv2d_weight_gradient");
  require_rank(in[0], 4, "conv2d_weight_gradient");
  require_rank(in[1], 4, "conv2d_weight_gradient");
  const auto& x = in[0].shape;
  const auto& g = in[1].shape;
  const auto& w = attributes.window;
  if (x[0] != g[0] || window_count(x[1], w, 0, "conv2d_weight_gradient") != g[1] ||
      window_count(x[2], w, 1, "conv2d_weight_gradient") != g[2])
    fail(ErrorKind::usage, "[conv2d_weight_gradient] a gradient of {} does not belong to {}",
         g.str(), x.str());
  return {{{g[3], w.kernel[0], w.kernel[1], x[3]}, in[0].dtype}};
}

Specs solve_triangular(const Specs& in, Attributes&) {
  require_floating(in, "solve_triangular");
  const auto& t = in[0].shape;
  const auto& b = in[1].shape;
  const auto rank = t.size();
  if (rank < 2 || b.size() != rank || t[rank - 1] != t[rank - 2] || b[rank - 2] != t[rank - 1] ||
      !std::equal(t.begin(), t.end() - 2, b.begin()))
    fail(ErrorKind::usage, "[solve_triangular] {} and {} do not fit: need (..., n, n), (..., n, m)",
         t.str(), b.str());
  return {in[1]};
}

Specs adam_step(const Specs& in, Attributes& attributes) {
  const Spec scalar{{}, in[0].dtype};
  const Spec count{{}, DType::i32};
  elementwise({in[0], in[1], in[2], in[3]}, attributes);
  if (!(in[4] == scalar) || !(in[5] == count))
    fail(ErrorKind::usage, "[adam_step] the rate must be a scalar and the count an i32 scalar");
  if (in.size() > 6 && !(in[6] == scalar))
    fail(ErrorKind::usage, "[adam_step] what stops the step must be a scalar of the same dtype");
  return {in[0], in[0], in[0]};
}

Specs global_norm(const Specs& in, Attributes&) {
  require_floating(in, "global_norm");
  return {{{}, in[0].dtype}};
}

Specs reshape(const Specs& in, Attributes& attributes) {
  if (attributes.shape.numel() != in[0].shape.numel())
    fail(ErrorKind::usage, "[reshape] {} has {} elements and {} has {}", in[0].shape.str(),
         in[0].shape.numel(), attributes.shape.str(), attributes.shape.numel());
  return {{attributes.shape, in[0].dtype}};
}

Specs permute(const Specs& in, Attributes& attributes) {
  const auto rank = in[0].shape.size();
  Axes sorted = attributes.axes;
  std::sort(sorted.begin(), sorted.end());
  bool complete = sorted.size() == rank;
  for (std::size_t i = 0; complete && i < rank; ++i)
    complete = sorted[i] == static_cast<std::int64_t>(i);
  if (!complete)
    fail(ErrorKind::usage, "[permute] {} is not an order of the {} axes of {}",
         attributes.axes.str(), rank, in[0].shape.str());
  Shape shape;
  for (const auto axis : attributes.axes)
    shape.push_back(in[0].shape[static_cast<std::size_t>(axis)]);
  return {{shape, in[0].dtype}};
}

Specs expand(const Specs& in, Attributes& attributes) {
  const auto& from = in[0].shape;
  const auto& to = attributes.shape;
  if (to.size() < from.size() || broadcast(from, to, "expand") != to)
    fail(ErrorKind::usage, "[expand] {} does not expand to {}", from.str(), to.str());
  to.numel();  // refuses what has more elements than can be counted
  return {{to, in[0].dtype}};
}

Specs slice(const Specs& in, Attributes& attributes) {
  const auto& x = in[0].shape;
  Shape shape;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto start = attributes.start[i];
    const auto stop = attributes.stop[i];
    const auto step = attributes.stride[i];
    const auto count = step == 0 ? 0 : slice_count(start, stop, step);
    const auto inside = [&](std::int64_t at) { return at >= 0 && at < x[i]; };
    if (step == 0 || (count > 0 && !(inside(start) && inside(start + (count - 1) * step))))
      fail(ErrorKind::usage, "[slice] {}:{}:{} lies outside axis {} of {}", start, stop, step, i,
           x.str());
    shape.push_back(count);
  }
  return {{shape, in[0].dtype}};
}

Specs diagonal(const Specs& in, Attributes&) {
  const auto& x = in[0].shape;
  if (x.size() < 2 || x[x.size() - 1] != x[x.size() - 2])
    fail(ErrorKind::usage, "[diagonal] needs square matrices, got {}", x.str());
  Shape shape = x;
  shape.erase(shape.size() - 1);
  return {{shape, in[0].dtype}};
}

}  // namespace shapes
}  // namespace varve
