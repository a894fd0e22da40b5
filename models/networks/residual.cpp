#include "models/networks/residual.h"

#include <utility>

#include "framework/nn/conv2d.h"
#include "framework/nn/sequential.h"
#include "framework/tensor/functional.h"
#include "models/networks/initial.h"
#include "models/networks/up_conv.h"

namespace varve {
namespace {

constexpr std::int64_t filters = 64;
constexpr std::int64_t inner_filters = 32;
constexpr std::int64_t halvings = 2;
constexpr int blocks = 2;

/// x + conv1x1(relu(conv3x3(relu(x)))).
class ResidualBlock : public Module {
 public:
  explicit ResidualBlock(DType dtype)
      : wide_({.in = filters,
               .out = inner_filters,
               .kernel = 3,
               .padding = 1,
               .activation = Activation::relu,
               .dtype = dtype}),
        narrow_({.in = inner_filters, .out = filters, .kernel = 1, .dtype = dtype}) {
    child("conv3", wide_);
    child("conv1", narrow_);
  }
  Tensor forward(const Tensor& x) override { return x + narrow_(wide_(relu(x))); }
  std::string describe() const override { return "ResidualBlock"; }

 private:
  Conv2d wide_, narrow_;
};

}  // namespace

Shape residual_map(const Shape& image) {
  const MapSize map = halved_sizes({image[0], image[1]}, halvings).back();
  return {map.height, map.width};
}

std::unique_ptr<Module> make_residual_encoder(const NetworkSpec& spec, std::int64_t features) {
  auto net = std::make_unique<Sequential>();
  for (std::int64_t i = 0; i < halvings; ++i)
    net->add<Conv2d>({.in = i == 0 ? spec.example[2] : filters,
                      .out = filters,
                      .kernel = 4,
                      .stride = 2,
                      .padding = 1,
                      .activation = Activation::relu,
                      .dtype = spec.dtype});
  for (int i = 0; i < blocks; ++i) net->add<ResidualBlock>(spec.dtype);
  net->add<Conv2d>({.in = filters, .out = features, .kernel = 1, .dtype = spec.dtype});
  return initialized(std::move(net), spec.init.empty() ? std::string_view("he") : spec.init);
}

std::unique_ptr<Module> make_residual_decoder(const NetworkSpec& spec, std::int64_t features) {
  const auto sizes = halved_sizes({spec.example[0], spec.example[1]}, halvings);
  auto net = std::make_unique<Sequential>();
  net->add<Conv2d>(
      {.in = features, .out = filters, .kernel = 3, .padding = 1, .dtype = spec.dtype});
  for (int i = 0; i < blocks; ++i) net->add<ResidualBlock>(spec.dtype);
  for (std::size_t i = sizes.size() - 1; i > 0; --i)
    net->add<UpConv>(filters, i == 1 ? spec.example[2] : filters, sizes[i], sizes[i - 1],
                     i == 1 ? Activation::identity : Activation::relu, spec.dtype);
  return initialized(std::move(net), spec.init.empty() ? std::string_view("he") : spec.init);
}

}  // namespace varve
