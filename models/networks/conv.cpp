#include "models/networks/conv.h"

#include <algorithm>
#include <vector>

#include "framework/nn/conv2d.h"
#include "framework/nn/conv_transpose2d.h"
#include "framework/nn/linear.h"
#include "framework/nn/reshape.h"
#include "framework/nn/sequential.h"

// Burgess et al. 2018, "Understanding disentangling in beta-VAE", for any image size.
namespace varve {
namespace {

constexpr std::int64_t filters = 32;
constexpr std::int64_t width = 256;
constexpr std::int64_t smallest = 4;  // halving stops when a side has come down to this

struct Size {
  std::int64_t height, width;
};

/// The sizes of the feature maps: the image first, each half of the one before, rounded down.
std::vector<Size> sizes_of(const Shape& image) {
  std::vector<Size> sizes{{image[0], image[1]}};
  while (std::min(sizes.back().height, sizes.back().width) > smallest)
    sizes.push_back({sizes.back().height / 2, sizes.back().width / 2});
  return sizes;
}

/// A transposed 4x4 convolution of stride 2 doubles; an odd size needs one row or column more. The
/// framework adds the same to both sides, so a crop takes off what only one of them needs.
class UpConv : public Module {
 public:
  UpConv(std::int64_t in, std::int64_t out, Size from, Size to, Activation activation)
      : to_(to),
        conv_({.in = in,
               .out = out,
               .kernel = 4,
               .stride = 2,
               .padding = 1,
               .output_padding = std::max(to.height - 2 * from.height, to.width - 2 * from.width),
               .activation = activation}) {
    child("conv", conv_);
  }
  Tensor forward(const Tensor& x) override {
    return conv_(x).slice(1, 0, to_.height).slice(2, 0, to_.width);
  }
  std::string describe() const override { return "UpConv"; }

 private:
  Size to_;
  ConvTranspose2d conv_;
};

}  // namespace

std::unique_ptr<Module> make_conv_encoder(const ModelOptions& options, std::int64_t outputs) {
  const auto sizes = sizes_of(options.image);
  auto net = std::make_unique<Sequential>();
  for (std::size_t i = 1; i < sizes.size(); ++i)
    net->add<Conv2d>({.in = i == 1 ? options.image[2] : filters,
                      .out = filters,
                      .kernel = 4,
                      .stride = 2,
                      .padding = 1,
                      .activation = Activation::relu});
  net->add<Flatten>({});
  const auto flat = sizes.back().height * sizes.back().width * filters;
  net->add<Linear>({.in = flat, .out = width, .activation = Activation::relu});
  net->add<Linear>({.in = width, .out = width, .activation = Activation::relu});
  net->add<Linear>({.in = width, .out = outputs});
  return net;
}

std::unique_ptr<Module> make_conv_decoder(const ModelOptions& options, std::int64_t inputs,
                                          std::int64_t channels) {
  const auto sizes = sizes_of(options.image);
  const Shape smallest_map{sizes.back().height, sizes.back().width, filters};
  auto net = std::make_unique<Sequential>();
  net->add<Linear>({.in = inputs, .out = width, .activation = Activation::relu});
  net->add<Linear>({.in = width, .out = width, .activation = Activation::relu});
  net->add<Linear>({.in = width, .out = smallest_map.numel(), .activation = Activation::relu});
  net->add<Reshape>({.shape = smallest_map});
  for (std::size_t i = sizes.size() - 1; i > 0; --i)
    net->add<UpConv>(filters, i == 1 ? channels : filters, sizes[i], sizes[i - 1],
                     i == 1 ? Activation::identity : Activation::relu);
  return net;
}

}  // namespace varve
