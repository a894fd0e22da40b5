#include "models/networks/conv.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "framework/nn/activations.h"
#include "framework/nn/batch_norm.h"
#include "framework/nn/conv2d.h"
#include "framework/nn/linear.h"
#include "framework/nn/reshape.h"
#include "framework/nn/sequential.h"
#include "models/networks/initial.h"
#include "models/networks/residual.h"
#include "models/networks/up_conv.h"

namespace varve {
namespace {

constexpr std::int64_t smallest_side = 8;

/// The sizes of the feature maps, the image's first.
std::vector<MapSize> sizes_of(const Shape& image, std::int64_t smallest) {
  std::int64_t times = 0;
  for (auto side = std::min(image[0], image[1]); side > smallest; side /= 2) ++times;
  return halved_sizes({image[0], image[1]}, times);
}

}  // namespace

void require_image(const Shape& example, std::string_view arch) {
  if (example.size() != 3 || example[0] < smallest_side || example[1] < smallest_side)
    fail(ErrorKind::usage,
         "[{}] needs images of (height, width, channels) with sides of at least {}, got {}; the "
         "mlp takes any shape",
         arch, smallest_side, example.str());
}

Conv::Conv(ConvConfig config) : config_(checked(std::move(config))) {
  if (config_.channels.empty())
    fail(ErrorKind::usage, "[conv] --filters needs a number for the first convolution");
}

std::int64_t Conv::channels(std::size_t level) const {
  return config_.channels[std::min(level, config_.channels.size()) - 1];
}

std::unique_ptr<Module> Conv::encoder(const NetworkSpec& spec, std::int64_t outputs) const {
  require_image(spec.example, "conv");
  const bool normed = config_.norm == ConvNorm::batch;
  const auto sizes = sizes_of(spec.example, config_.smallest);
  auto net = std::make_unique<Sequential>();
  std::int64_t in = spec.example[2];
  for (std::size_t level = 1; level < sizes.size(); ++level) {
    const std::int64_t out = channels(level);
    net->add<Conv2d>({.in = in,
                      .out = out,
                      .kernel = 4,
                      .stride = 2,
                      .padding = 1,
                      .activation = normed ? Activation::identity : Activation::relu,
                      .dtype = spec.dtype});
    if (normed) {
      net->add<BatchNorm>({.features = out, .dtype = spec.dtype});
      net->add<ReLU>();
    }
    in = out;
  }
  net->add<Flatten>({});
  auto width = sizes.back().height * sizes.back().width * in;
  for (const auto units : config_.units) {
    net->add<Linear>(
        {.in = width, .out = units, .activation = Activation::relu, .dtype = spec.dtype});
    width = units;
  }
  net->add<Linear>({.in = width, .out = outputs, .dtype = spec.dtype});
  return initialized(std::move(net), init_of(spec));
}

std::unique_ptr<Module> Conv::decoder(const NetworkSpec& spec, std::int64_t inputs) const {
  require_image(spec.example, "conv");
  const bool normed = config_.norm == ConvNorm::batch;
  const auto sizes = sizes_of(spec.example, config_.smallest);
  const auto channels_at = [&](std::size_t level) {
    return level == 0 ? spec.example[2] : channels(level);
  };
  const std::size_t deepest = sizes.size() - 1;
  const Shape smallest_map{sizes[deepest].height, sizes[deepest].width, channels_at(deepest)};
  auto net = std::make_unique<Sequential>();
  auto width = inputs;
  for (auto units = config_.units.rbegin(); units != config_.units.rend(); ++units) {
    net->add<Linear>(
        {.in = width, .out = *units, .activation = Activation::relu, .dtype = spec.dtype});
    width = *units;
  }
  net->add<Linear>({.in = width,
                    .out = smallest_map.numel(),
                    .activation = deepest > 0 ? Activation::relu : Activation::identity,
                    .dtype = spec.dtype});
  net->add<Reshape>({.shape = smallest_map});
  for (std::size_t level = deepest; level > 0; --level) {
    const bool hidden = level > 1;
    net->add<UpConv>(channels_at(level), channels_at(level - 1), sizes[level], sizes[level - 1],
                     hidden && !normed ? Activation::relu : Activation::identity, spec.dtype);
    if (hidden && normed) {
      net->add<BatchNorm>({.features = channels_at(level - 1), .dtype = spec.dtype});
      net->add<ReLU>();
    }
  }
  return initialized(std::move(net), init_of(spec));
}

Shape Conv::code_map(const Shape& example) const {
  require_image(example, "conv");
  return residual_map(example);
}

std::unique_ptr<Module> Conv::map_encoder(const NetworkSpec& spec, std::int64_t features) const {
  require_image(spec.example, "conv");
  return make_residual_encoder(spec, features);
}

std::unique_ptr<Module> Conv::map_decoder(const NetworkSpec& spec, std::int64_t features) const {
  require_image(spec.example, "conv");
  return make_residual_decoder(spec, features);
}

}  // namespace varve
