#include <algorithm>
#include <optional>
#include <utility>

#include "backends/vulkan/gemm.h"
#include "backends/vulkan/kernel.h"
#include "backends/vulkan/layout.h"
#include "backends/vulkan/lines.h"
#include "backends/vulkan/shaders.h"

// Each is a product whose right side is windows of an image, found where they lie: what its sides
// are stands in shaders/conv*.comp. Operands that do not lie packed are packed first.
namespace varve::vulkan {

namespace {

std::uint32_t narrow(std::int64_t value) { return static_cast<std::uint32_t>(value); }
std::uint64_t wide(std::int64_t value) { return static_cast<std::uint64_t>(value); }

View dense(const View& view, Encoder& encoder) {
  return view.contiguous() ? view : packed(view, encoder);
}

/// The operands, packed, and where the result goes.
struct Convolution {
  Op op;
  View first, second, out;
  std::optional<View> bias;
  Activation activation;
  Window window;

  Convolution(const Command& command, const View& result, Encoder& encoder)
      : op(command.op),
        first(dense(command.in[0], encoder)),
        second(dense(command.in[1], encoder)),
        out(result),
        activation(command.attributes.activation),
        window(command.attributes.window) {
    if (command.in.size() > 2) bias = dense(command.in[2], encoder);
  }
};

/// Stride and padding, as the shaders take them.
struct WindowPush {
  std::uint32_t stride_y, stride_x, padding_y, padding_x;
};
WindowPush push_of(const Window& w) {
  return {narrow(w.stride[0]), narrow(w.stride[1]), narrow(w.padding[0]), narrow(w.padding[1])};
}

/// Encodes the product of `a` and the windows of `b`, with the splits and the bias that it has.
template <class Push>
void multiply(const Convolution& conv, const ProductShaders& shaders, const GemmPlan& plan,
              const View& a, const View& b, GemmAccess access, Push push, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  const bool finishes = conv.op != Op::conv2d_weight_gradient;  // it has no bias
  const View* bias = conv.bias ? &*conv.bias : nullptr;
  const std::uint64_t count = plan.size.m * plan.size.n;
  SplitResult result;
  result.fast = static_cast<std::uint32_t>(finishes ? plan.size.m : plan.size.n);
  result.slow = narrow(conv.out.shape.numel()) / result.fast;
  result.c_slow = static_cast<std::int32_t>(result.fast);
  result.bias_fast = 1;
  result.activation = conv.activation;
  if (plan.split.splits == 0) {  // sums of nothing
    const View nothing = encoder.scratch({1});
    add_splits(conv.op, 0, wide(conv.out.shape.numel()), nothing, bias, conv.out, result, encoder);
    return;
  }
  const bool split = plan.leaves_parts();
  const View partial =
      split ? encoder.scratch({plan.split.splits, static_cast<std::int64_t>(count)}) : View{};
  Dispatch d(traits, shaders.of(plan), conv.op);
  push.gemm.a = d.read(a);
  push.gemm.b = d.read(b);
  if (finishes) push.gemm.bias = d.read(bias != nullptr ? *bias : a);
  push.gemm.c = d.write(split ? partial : conv.out);
  const View parts = bind_parts(d, push.gemm, plan, encoder);
  push.gemm.has_bias = bias != nullptr && !split;
  access.activation = split ? Activation::identity : conv.activation;
  push.gemm.activation = static_cast<std::uint32_t>(access.activation);
  access.a_vectors = access.a_vectors && push.gemm.a % 4 == 0;
  access.b_vectors = access.b_vectors && push.gemm.b % 4 == 0;
  d.push(push).constants(constants_of(plan, access, traits));
  encoder.run(d, groups_of(plan, traits));
  if (split) {
    add_splits(conv.op, plan.split.splits, count, partial, bias, conv.out, result, encoder);
  }
}

// --- conv2d ---

void conv2d(const Convolution& conv, Encoder& encoder) {
  const Shape& x = conv.first.shape;
  const Shape& w = conv.second.shape;
  const Shape& y = conv.out.shape;
  const std::int64_t k = w[1] * w[2] * w[3];
  const GemmPlan plan =
      plan_gemm({wide(y[3]), wide(y[0] * y[1] * y[2]), wide(k), 1}, encoder.traits(), true);
  struct {
    GemmPush gemm;
    std::uint32_t height, width, channels, out_height, out_width, kernel_width;
    WindowPush window;
    Divisor by_channels, by_width;
  } const push{push_of(plan),
               narrow(x[1]),
               narrow(x[2]),
               narrow(x[3]),
               narrow(y[1]),
               narrow(y[2]),
               narrow(w[2]),
               push_of(conv.window),
               make_divisor(narrow(std::max<std::int64_t>(1, x[3]))),
               make_divisor(narrow(w[2]))};
  GemmAccess access;
  access.a_vectors = k % 4 == 0;
  access.b_vectors = x[3] % 4 == 0;
  access.c_along_m = true;
  multiply(conv, {shaders::conv2d_tiled, shaders::conv2d_joined, shaders::conv2d_register}, plan,
           conv.second, conv.first, access, push, encoder);
}

// --- conv_transpose2d ---

// Two ways. By phases (shaders/conv_transpose2d.comp) no product is wasted, but tiles are mostly
// empty where the result has few channels. There the products of each pixel with the whole kernel
// are made first, and then summed where they fall.

/// Elements of products that are made before they are summed.
std::uint64_t most_columns(const Traits& traits) {
  constexpr std::uint64_t slack = 64;
  return std::min(std::uint64_t{1} << 24, traits.max_range / sizeof(float) - slack);
}

/// `k`: the terms of a sum by phases.
bool by_columns(const Shape& x, const Shape& w, std::uint64_t k, const Traits& traits) {
  const std::uint64_t elements = wide(w[1] * w[2]), in = wide(x[3]), out = wide(w[3]);
  if (wide(x[1] * x[2]) * elements * out > most_columns(traits)) return false;
  if (traits.software && k > most_terms) return true;
  const TileSize tile = size_of(traits.software ? Tiles::registers : Tiles::small);
  const auto padded = [&](std::uint64_t rows) {
    return std::uint64_t{pieces(rows, tile.rows)} * tile.rows;
  };
  // To leave a product in memory and to fetch it costs as much as so many multiplications.
  const std::uint64_t summing = traits.software ? 16 : 32;
  return padded(elements * out) * (in + summing) < padded(out) * elements * in;
}

void transpose_by_phases(const Convolution& conv, const GemmPlan& plan, Encoder& encoder) {
  const Shape& x = conv.first.shape;
  const Shape& w = conv.second.shape;
  const Shape& y = conv.out.shape;
  const std::uint32_t elements = pieces(wide(w[2]), wide(conv.window.stride[1]));
  struct {
    GemmPush gemm;
    std::uint32_t images, height, width, in_height, in_width, channels;
    std::uint32_t kernel_height, kernel_width;
    WindowPush window;
    Divisor by_channels, by_most, by_fewer;
  } const push{push_of(plan),
               narrow(y[0]),
               narrow(y[1]),
               narrow(y[2]),
               narrow(x[1]),
               narrow(x[2]),
               narrow(x[3]),
               narrow(w[1]),
               narrow(w[2]),
               push_of(conv.window),
               make_divisor(narrow(std::max<std::int64_t>(1, x[3]))),
               make_divisor(elements),
               make_divisor(std::max<std::uint32_t>(1, elements - 1))};
  GemmAccess access;
  access.a_vectors = y[3] % 4 == 0;
  access.b_vectors = x[3] % 4 == 0;
  access.c_along_m = true;
  multiply(conv,
           {shaders::conv_transpose2d_tiled, shaders::conv_transpose2d_tiled,
            shaders::conv_transpose2d_register},
           plan, conv.second, conv.first, access, push, encoder);
}

/// Sums the products of every pixel of x with all elements of the kernel, [N, h, w, kh, kw, O].
void fold_columns(const Convolution& conv, const View& columns, const View& out, Encoder& encoder) {
  const Shape& x = conv.first.shape;
  const Shape& w = conv.second.shape;
  const Shape& y = out.shape;
  struct {
    std::uint32_t count, height, width, channels, in_height, in_width, kernel_height, kernel_width;
    WindowPush window;
    std::uint32_t columns_at, bias_at, y_at, has_bias, activation;
  } push{narrow(y.numel()),
         narrow(y[1]),
         narrow(y[2]),
         narrow(y[3]),
         narrow(x[1]),
         narrow(x[2]),
         narrow(w[1]),
         narrow(w[2]),
         push_of(conv.window),
         0,
         0,
         0,
         conv.bias.has_value(),
         static_cast<std::uint32_t>(conv.activation)};
  Dispatch d(encoder.traits(), shaders::conv_transpose2d_fold, conv.op);
  push.columns_at = d.read(columns);
  push.bias_at = d.read(conv.bias ? *conv.bias : columns);
  push.y_at = d.write(out);
  d.push(push);
  encoder.run(d, groups_for(encoder.traits(), push.count, 256));
}

View reshaped(View view, const Shape& shape) {
  view.shape = shape;
  view.strides = contiguous_strides(shape);
  return view;
}

/// Some images at a time, so that the columns stay small.
void transpose_by_columns(const Convolution& conv, Encoder& encoder) {
  const Shape& x = conv.first.shape;
  const Shape& w = conv.second.shape;
  const std::int64_t pixels = x[1] * x[2];
  const std::int64_t window = w[1] * w[2] * w[3];
  const auto most = static_cast<std::int64_t>(most_columns(encoder.traits()));
  const std::int64_t at_once = std::max<std::int64_t>(1, most / (pixels * window));
  const View weight = reshaped(conv.second, {x[3], window});
  for (std::int64_t first = 0; first < x[0]; first += at_once) {
    const std::int64_t end = std::min(x[0], first + at_once);
    const View images = narrowed(conv.first, 0, first, end);
    const View columns = encoder.scratch({(end - first) * pixels, window});
    matmul_kernel(Op::matmul)
        .kernel(
            {Op::matmul, {reshaped(images, {(end - first) * pixels, x[3]}), weight}, {columns}, {}},
            encoder);
    fold_columns(conv, columns, narrowed(conv.out, 0, first, end), encoder);
  }
}

void conv_transpose2d(const Convolution& conv, Encoder& encoder) {
  const Shape& x = conv.first.shape;
  const Shape& w = conv.second.shape;
  const Shape& y = conv.out.shape;
  const auto most = [&](std::int64_t size, int axis) {
    return std::uint64_t{pieces(wide(size), wide(conv.window.stride[axis]))};
  };
  // The sizes of the largest phase.
  const ProductSize size{wide(y[3]), wide(y[0]) * most(y[1], 0) * most(y[2], 1),
                         wide(x[3]) * most(w[1], 0) * most(w[2], 1),
                         wide(conv.window.stride[0] * conv.window.stride[1])};
  if (by_columns(x, w, size.k, encoder.traits())) {
    transpose_by_columns(conv, encoder);
  } else {
    transpose_by_phases(conv, plan_gemm(size, encoder.traits(), false), encoder);
  }
}

// --- conv2d_weight_gradient ---

void weight_gradient(const Convolution& conv, Encoder& encoder) {
  const Shape& x = conv.first.shape;
  const Shape& g = conv.second.shape;
  const Shape& dw = conv.out.shape;
  const GemmPlan plan =
      plan_gemm({wide(dw[0]), wide(dw[1] * dw[2] * dw[3]), wide(g[0] * g[1] * g[2]), 1},
                encoder.traits(), true);
  struct {
    GemmPush gemm;
    std::uint32_t height, width, channels, out_height, out_width, kernel_width;
    WindowPush window;
    Divisor by_width, by_height;
  } const push{push_of(plan),
               narrow(x[1]),
               narrow(x[2]),
               narrow(x[3]),
               narrow(g[1]),
               narrow(g[2]),
               narrow(dw[2]),
               push_of(conv.window),
               make_divisor(narrow(g[2])),
               make_divisor(narrow(g[1]))};
  GemmAccess access;
  access.a_vectors = g[3] % 4 == 0;
  access.b_vectors = x[3] % 4 == 0;
  multiply(conv,
           {shaders::conv2d_weight_gradient_tiled, shaders::conv2d_weight_gradient_joined,
            shaders::conv2d_weight_gradient_register},
           plan, conv.second, conv.first, access, push, encoder);
}

// --- Commands ---

using Encode = void (*)(const Convolution& conv, Encoder& encoder);

/// `out` lies packed. An image that no binding holds is cut into halves of its batch.
void encode(Encode encode_one, const Command& command, const View& out, Encoder& encoder) {
  const std::uint64_t most = encoder.traits().max_range;
  const std::int64_t images = command.in[0].shape[0];
  const auto far = [&](const View& view) {
    View packed_view = view;
    packed_view.strides = contiguous_strides(view.shape);
    return too_far(packed_view, most);
  };
  const bool sums = command.op == Op::conv2d_weight_gradient;
  const bool fits = !far(command.in[0]) && !far(sums ? command.in[1] : out);
  if (fits || images < 2) {
    encode_one(Convolution(command, out, encoder), encoder);
    return;
  }
  const std::int64_t count = out.shape.numel();
  const View halves = sums ? encoder.scratch({2, count}) : View{};
  for (int i = 0; i < 2; ++i) {
    const std::int64_t begin = i == 0 ? 0 : images / 2;
    const std::int64_t end = i == 0 ? images / 2 : images;
    Command half = command;
    half.in[0] = narrowed(command.in[0], 0, begin, end);
    View to = out;
    if (sums) {
      half.in[1] = narrowed(command.in[1], 0, begin, end);
      to.buffer = halves.buffer;
      to.offset = halves.offset + i * count;
    } else {
      to = narrowed(out, 0, begin, end);
    }
    encode(encode_one, half, to, encoder);
  }
  if (!sums) return;
  SplitResult result;
  result.fast = narrow(count);
  add_splits(command.op, 2, wide(count), halves, nullptr, out, result, encoder);
}

template <Encode encode_one>
void run(const Command& command, Encoder& encoder) {
  const View& out = command.out[0];
  if (out.contiguous()) {
    encode(encode_one, command, out, encoder);
    return;
  }
  const View result = encoder.scratch(out.shape);
  encode(encode_one, command, result, encoder);
  copy_view(result, out, encoder);
}

}  // namespace

KernelEntry conv_kernel(Op op) {
  switch (op) {
    case Op::conv2d:
      return {run<conv2d>, nullptr};
    case Op::conv_transpose2d:
      return {run<conv_transpose2d>, nullptr};
    case Op::conv2d_weight_gradient:
      return {run<weight_gradient>, nullptr};
    default:
      return {};
  }
}

}  // namespace varve::vulkan
