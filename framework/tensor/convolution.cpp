#include <utility>

#include "framework/core/error.h"
#include "framework/ops/table.h"
#include "framework/tensor/functional.h"

// Convolutions are rows of the op table; groups and dilation are put together of those and of
// views.
namespace varve {
namespace {

/// The height or width whose windows are as many as `count`: what a transposed convolution makes.
std::int64_t transposed_size(std::int64_t count, std::int64_t kernel, const Window& window,
                             int axis, std::int64_t output_padding) {
  const char* op = "conv_transpose2d";
  const auto reach = checked_mul(count - 1, window.stride[axis], op);
  const auto cut = checked_mul(-2, window.padding[axis], op);
  return checked_add(checked_add(reach, cut, op), checked_add(kernel, output_padding, op), op);
}

bool is_dilated(const ConvOptions& options) {
  return options.dilation[0] != 1 || options.dilation[1] != 1;
}

void require_options(const ConvOptions& options, const char* op) {
  if (options.groups < 1 || options.dilation[0] < 1 || options.dilation[1] < 1)
    fail(ErrorKind::usage, "[{}] {} groups and a dilation of {} x {}: all must be at least 1", op,
         options.groups, options.dilation[0], options.dilation[1]);
}

/// What an image's channels and a weight's outputs must be for the groups.
void require_groups(const Tensor& x, const Tensor& weight, std::int64_t channels,
                    std::int64_t outputs, std::int64_t groups, const char* op) {
  if (x.size(3) != channels || channels % groups != 0 || outputs % groups != 0)
    fail(ErrorKind::usage,
         "[{}] an image of {} (N, H, W, C) and a weight of {} do not fit {} groups: C must be {}, "
         "and "
         "C and the outputs multiples of the groups",
         op, x.shape().str(), weight.shape().str(), groups, channels);
}

Tensor finished(const Tensor& y, const Tensor& bias, Activation activation) {
  return activate(bias.defined() ? y + bias : y, activation);
}

/// A kernel with zeros between its elements.
Tensor spread(const Tensor& weight, const ConvOptions& options) {
  Attributes attributes;
  attributes.shape = weight.shape();
  attributes.start = Dims::filled(4, 0);
  attributes.stride = Dims::filled(4, 1);
  for (std::size_t i = 0; i < 2; ++i) {
    auto& size = attributes.shape[1 + i];
    const auto reach = checked_mul(size - 1, options.dilation[i], "dilation");
    size = size > 0 ? checked_add(reach, 1, "dilation") : 0;
    attributes.stride[1 + i] = options.dilation[i];
  }
  attributes.stop = attributes.shape;
  return apply1(Op::slice_scatter, {weight}, attributes);
}

/// One product of matrices a group, of the windows' columns and the kernels.
Tensor grouped_conv2d(const Tensor& x, const Tensor& weight, Window window, std::int64_t groups) {
  const auto& w = weight.shape();
  require_groups(x, weight, w[3] * groups, w[0], groups, "conv2d");
  window.kernel[0] = w[1];
  window.kernel[1] = w[2];
  const auto windows = unfold(x, window);
  const auto& s = windows.shape();
  const auto places = s[0] * s[1] * s[2];
  const auto columns = windows.reshape({places, w[1] * w[2], groups, w[3]})
                           .permute({2, 0, 1, 3})
                           .reshape({groups, places, w[1] * w[2] * w[3]});
  const auto kernels = weight.reshape({groups, w[0] / groups, w[1] * w[2] * w[3]});
  return matmul(columns, kernels.transpose()).permute({1, 0, 2}).reshape({s[0], s[1], s[2], w[0]});
}

/// A dilated convolution of stride 1 sees d x d images of every d-th pixel each: it is one of
/// those, side by side as a batch.
struct Phases {
  std::int64_t step[2], size[2];

  /// The padded image as a batch of phases; enlarged to whole ones.
  Tensor split(const Tensor& x) const {
    Dims more = Dims::filled(4, 0);
    for (std::size_t i = 0; i < 2; ++i) more[1 + i] = (step[i] - size[i] % step[i]) % step[i];
    const auto whole = pad(x, Dims::filled(4, 0), more);
    const auto& s = whole.shape();
    return whole.reshape({s[0], s[1] / step[0], step[0], s[2] / step[1], step[1], s[3]})
        .permute({2, 4, 0, 1, 3, 5})
        .reshape({step[0] * step[1] * s[0], s[1] / step[0], s[2] / step[1], s[3]});
  }
  /// Back to pixels, of which `height` x `width` are meant.
  Tensor join(const Tensor& y, std::int64_t height, std::int64_t width) const {
    const auto& s = y.shape();
    const auto images = s[0] / (step[0] * step[1]);
    return y.reshape({step[0], step[1], images, s[1], s[2], s[3]})
        .permute({2, 3, 0, 4, 1, 5})
        .reshape({images, s[1] * step[0], s[2] * step[1], s[3]})
        .slice(1, 0, height)
        .slice(2, 0, width);
  }
};

Tensor dilated_conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                      const Window& window, Activation activation, const ConvOptions& options) {
  ConvOptions plain;
  plain.groups = options.groups;
  bool by_phases = true;
  Dims around = Dims::filled(4, 0);
  Phases phases{};
  Window inner = window;
  std::int64_t reach[2];
  for (int i = 0; i < 2; ++i) {
    const auto d = options.dilation[i];
    phases.step[i] = d;
    phases.size[i] = x.size(1 + i);
    reach[i] = checked_add(checked_mul(weight.size(1 + i) - 1, d, "conv2d"), 1, "conv2d");
    if (d == 1) continue;
    inner.padding[i] = 0;
    around[static_cast<std::size_t>(1 + i)] = window.padding[i];
    const auto padding = checked_mul(2, window.padding[i], "conv2d");
    phases.size[i] = checked_add(phases.size[i], padding, "conv2d");
    // What does not fit, the row refuses.
    by_phases = by_phases && window.stride[i] == 1 && padding >= 0 && reach[i] <= phases.size[i];
  }
  if (!by_phases) return conv2d(x, spread(weight, options), bias, window, activation, plain);
  const auto padded = pad(x, around, around);
  const auto y = conv2d(phases.split(padded), weight, bias, inner, activation, plain);
  std::int64_t out[2];
  for (int i = 0; i < 2; ++i)
    out[i] = phases.step[i] > 1 ? phases.size[i] - reach[i] + 1 : y.size(1 + i);
  return phases.join(y, out[0], out[1]);
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Window& window,
              Activation activation, const ConvOptions& options) {
  require_options(options, "conv2d");
  const bool images = x.rank() == 4 && weight.rank() == 4;  // else the row says so
  if (images && is_dilated(options))
    return dilated_conv2d(x, weight, bias, window, activation, options);
  if (images && options.groups > 1)
    return finished(grouped_conv2d(x, weight, window, options.groups), bias, activation);
  Attributes attributes;
  attributes.window = window;
  attributes.activation = activation;
  return apply1(Op::conv2d, bias.defined() ? Tensors{x, weight, bias} : Tensors{x, weight},
                attributes);
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const Window& window, Activation activation, std::int64_t output_padding,
                        const ConvOptions& options) {
  require_options(options, "conv_transpose2d");
  Attributes attributes;
  attributes.window = window;
  attributes.activation = activation;
  const bool images = x.rank() == 4 && weight.rank() == 4;  // else the row says so
  const auto kernel = images && is_dilated(options) ? spread(weight, options) : weight;
  if (images)
    for (int i = 0; i < 2; ++i)
      attributes.shape.push_back(
          transposed_size(x.size(1 + i), kernel.size(1 + i), window, i, output_padding));
  if (!images || options.groups == 1)
    return apply1(Op::conv_transpose2d,
                  bias.defined() ? Tensors{x, kernel, bias} : Tensors{x, kernel}, attributes);

  const auto groups = options.groups;
  const auto& s = x.shape();
  const auto& w = kernel.shape();
  require_groups(x, weight, w[0], w[3] * groups, groups, "conv_transpose2d");
  const auto places = s[0] * s[1] * s[2];
  const auto pixels = x.reshape({places, groups, s[3] / groups}).permute({1, 0, 2});
  const auto kernels = kernel.reshape({groups, w[0] / groups, w[1] * w[2] * w[3]});
  const auto windows = matmul(pixels, kernels)
                           .reshape({groups, places, w[1] * w[2], w[3]})
                           .permute({1, 2, 0, 3})
                           .reshape({s[0], s[1], s[2], w[1], w[2], groups * w[3]});
  Window wide = window;
  wide.kernel[0] = w[1];
  wide.kernel[1] = w[2];
  return finished(fold(windows, wide, attributes.shape[0], attributes.shape[1]), bias, activation);
}

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv1dOptions& options) {
  if (x.rank() != 3 || weight.rank() != 3)
    fail(ErrorKind::usage,
         "[conv1d] needs sequences (N, L, C) and a weight (out, k, in), got {} and {}",
         x.shape().str(), weight.shape().str());
  // As images of one row.
  const Window window{{1, weight.size(1)}, {1, options.stride}, {0, options.padding}};
  return conv2d(x.unsqueeze(1), weight.unsqueeze(1), bias, window, options.activation,
                {{1, options.dilation}, options.groups})
      .squeeze(1);
}

}  // namespace varve
