#include "models/networks/conv.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "framework/nn/conv2d.h"
#include "framework/nn/linear.h"
#include "framework/nn/reshape.h"
#include "framework/nn/sequential.h"
#include "models/networks/initial.h"
#include "models/networks/up_conv.h"

// Burgess et al. 2018, "Understanding disentangling in beta-VAE", for any image size.
namespace varve {
namespace {

constexpr std::int64_t filters = 32;
constexpr std::int64_t width = 256;
constexpr std::int64_t smallest = 4;  // halving stops when a side has come down to this

/// The sizes of the feature maps, the image's first.
std::vector<MapSize> sizes_of(const Shape& image) {
  std::int64_t times = 0;
  for (auto side = std::min(image[0], image[1]); side > smallest; side /= 2) ++times;
  return halved_sizes({image[0], image[1]}, times);
}

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
                      .activation = Activation::relu,
                      .dtype = options.dtype});
  net->add<Flatten>({});
  const auto flat = sizes.back().height * sizes.back().width * filters;
  net->add<Linear>(
      {.in = flat, .out = width, .activation = Activation::relu, .dtype = options.dtype});
  net->add<Linear>(
      {.in = width, .out = width, .activation = Activation::relu, .dtype = options.dtype});
  net->add<Linear>({.in = width, .out = outputs, .dtype = options.dtype});
  return initialized(std::move(net), options);
}

std::unique_ptr<Module> make_conv_decoder(const ModelOptions& options, std::int64_t inputs,
                                          std::int64_t channels) {
  const auto sizes = sizes_of(options.image);
  const Shape smallest_map{sizes.back().height, sizes.back().width, filters};
  auto net = std::make_unique<Sequential>();
  net->add<Linear>(
      {.in = inputs, .out = width, .activation = Activation::relu, .dtype = options.dtype});
  net->add<Linear>(
      {.in = width, .out = width, .activation = Activation::relu, .dtype = options.dtype});
  net->add<Linear>({.in = width,
                    .out = smallest_map.numel(),
                    .activation = Activation::relu,
                    .dtype = options.dtype});
  net->add<Reshape>({.shape = smallest_map});
  for (std::size_t i = sizes.size() - 1; i > 0; --i)
    net->add<UpConv>(filters, i == 1 ? channels : filters, sizes[i], sizes[i - 1],
                     i == 1 ? Activation::identity : Activation::relu, options.dtype);
  return initialized(std::move(net), options);
}

}  // namespace varve
