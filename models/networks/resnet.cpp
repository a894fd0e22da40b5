#include "models/networks/resnet.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "framework/nn/activations.h"
#include "framework/nn/attention.h"
#include "framework/nn/conv2d.h"
#include "framework/nn/group_norm.h"
#include "framework/nn/linear.h"
#include "framework/nn/reshape.h"
#include "framework/nn/sequential.h"
#include "framework/tensor/functional.h"
#include "models/networks/initial.h"

namespace varve {
namespace {

constexpr std::int64_t smallest_side = 8;

/// A sequence is an image of height 1: nothing looks up or down in it.
struct Map {
  std::int64_t height, width, channels;

  bool is_sequence() const { return height == 1; }
  Shape shape() const { return {height, width, channels}; }
  Map halved() const { return {is_sequence() ? 1 : (height + 1) / 2, (width + 1) / 2, channels}; }
};

Map map_of(const Shape& example) {
  const bool sequence = example.size() == 2 && example[0] >= smallest_side;
  const bool image =
      example.size() == 3 && example[0] >= smallest_side && example[1] >= smallest_side;
  if (!sequence && !image)
    fail(
        ErrorKind::usage,
        "[resnet] needs images (height, width, channels) or sequences (steps, channels) with sides "
        "of at least {}, got {}; the mlp takes any shape",
        smallest_side, example.str());
  return sequence ? Map{1, example[0], example[1]} : Map{example[0], example[1], example[2]};
}

Conv2dConfig conv3(const Map& map, std::int64_t out, DType dtype, std::int64_t stride = 1) {
  const bool flat = map.is_sequence();
  return {.in = map.channels,
          .out = out,
          .kernel = {flat ? 1 : 3, 3},
          .stride = {flat ? 1 : stride, stride},
          .padding = {flat ? 0 : 1, 1},
          .dtype = dtype};
}

GroupNormConfig norm(std::int64_t groups, std::int64_t channels, DType dtype) {
  return {.groups = std::gcd(groups, channels), .channels = channels, .dtype = dtype};
}

/// x + conv(silu(norm(conv(silu(norm(x)))))); x goes through a 1x1 convolution if the channels
/// differ.
class ResidualBlock : public Module {
 public:
  ResidualBlock(const Map& map, std::int64_t out, std::int64_t groups, DType dtype)
      : norm1_(norm(groups, map.channels, dtype)),
        conv1_(conv3(map, out, dtype)),
        norm2_(norm(groups, out, dtype)),
        conv2_(conv3({map.height, map.width, out}, out, dtype)) {
    child("norm1", norm1_);
    child("conv1", conv1_);
    child("norm2", norm2_);
    child("conv2", conv2_);
    if (map.channels == out) return;
    shortcut_.emplace(Conv2dConfig{.in = map.channels, .out = out, .kernel = 1, .dtype = dtype});
    child("conv_shortcut", *shortcut_);
  }

  Tensor forward(const Tensor& x) override {
    const Tensor inner = conv2_(silu(norm2_(conv1_(silu(norm1_(x))))));
    return (shortcut_ ? (*shortcut_)(x) : x) + inner;
  }
  std::string describe() const override { return "ResidualBlock"; }

 private:
  GroupNorm norm1_;
  Conv2d conv1_;
  GroupNorm norm2_;
  Conv2d conv2_;
  std::optional<Conv2d> shortcut_;
};

/// x + attention(norm(x)) over all places.
class AttentionBlock : public Module {
 public:
  AttentionBlock(std::int64_t channels, std::int64_t groups, DType dtype)
      : norm_(norm(groups, channels, dtype)), attention_({.features = channels, .dtype = dtype}) {
    child("norm", norm_);
    child("attention", attention_);
  }

  Tensor forward(const Tensor& x) override {
    const Shape& shape = x.shape();
    const Tensor places = norm_(x).reshape({shape[0], shape[1] * shape[2], shape[3]});
    return x + attention_(places).reshape(shape);
  }
  std::string describe() const override { return "AttentionBlock"; }

 private:
  GroupNorm norm_;
  MultiheadAttention attention_;
};

/// Repeats each place twice a side, cuts off what is too much, and convolves.
class UpBlock : public Module {
 public:
  UpBlock(const Map& from, const Map& to, DType dtype)
      : to_(to), conv_(conv3(from, from.channels, dtype)) {
    child("conv", conv_);
  }

  Tensor forward(const Tensor& x) override {
    const std::int64_t up = to_.is_sequence() ? 1 : 2;
    const Shape& s = x.shape();
    const Tensor wide = x.reshape({s[0], s[1], 1, s[2], 1, s[3]})
                            .expand({s[0], s[1], up, s[2], 2, s[3]})
                            .reshape({s[0], up * s[1], 2 * s[2], s[3]});
    return conv_(wide.slice(1, 0, to_.height).slice(2, 0, to_.width));
  }
  std::string describe() const override { return "UpBlock"; }

 private:
  Map to_;
  Conv2d conv_;
};

}  // namespace

/// Appends layers while it knows the map that the last one gives.
class Resnet::Builder {
 public:
  Builder(const ResnetConfig& config, const NetworkSpec& spec)
      : config_(config),
        dtype_(spec.dtype),
        image_(map_of(spec.example)),
        net_(std::make_unique<Sequential>()) {
    maps_.push_back({image_.height, image_.width, config.channels[0]});
    for (std::size_t level = 1; level < config.channels.size(); ++level) {
      maps_.push_back(maps_.back().halved());
      maps_.back().channels = config.channels[level];
    }
  }

  const Map& deepest() const { return maps_.back(); }
  Sequential& net() { return *net_; }
  std::unique_ptr<Module> take() { return std::move(net_); }

  /// From an image to the deepest map.
  void descend() {
    Map map = image_;
    conv(map, maps_[0].channels);
    for (std::size_t level = 0; level < maps_.size(); ++level) {
      if (level > 0) {
        net_->add<Conv2d>(conv3(map, map.channels, dtype_, 2));
        map = map.halved();
      }
      for (std::int64_t i = 0; i < config_.blocks; ++i) block(map, level);
    }
    middle();
    finish(map.channels);
  }

  /// From the deepest map to an image.
  void ascend() {
    middle();
    Map map = deepest();
    for (std::size_t level = maps_.size(); level-- > 0;) {
      for (std::int64_t i = 0; i < config_.blocks; ++i) block(map, level);
      if (level == 0) break;
      const Map to{maps_[level - 1].height, maps_[level - 1].width, map.channels};
      net_->add<UpBlock>(map, to, dtype_);
      map = to;
    }
    finish(map.channels);
    conv(map, image_.channels);
  }

  void conv(Map& map, std::int64_t out) {
    net_->add<Conv2d>(conv3(map, out, dtype_));
    map.channels = out;
  }

 private:
  bool attends(std::size_t level) const {
    const auto& levels = config_.attention;
    return std::find(levels.begin(), levels.end(), static_cast<std::int64_t>(level) + 1) !=
           levels.end();
  }
  void block(Map& map, std::size_t level) {
    net_->add<ResidualBlock>(map, maps_[level].channels, config_.groups, dtype_);
    map.channels = maps_[level].channels;
    if (attends(level)) net_->add<AttentionBlock>(map.channels, config_.groups, dtype_);
  }
  /// Between the two halves of an autoencoder, on the deepest map.
  void middle() {
    Map map = deepest();
    net_->add<ResidualBlock>(map, map.channels, config_.groups, dtype_);
    if (!attends(maps_.size() - 1)) return;
    net_->add<AttentionBlock>(map.channels, config_.groups, dtype_);
    net_->add<ResidualBlock>(map, map.channels, config_.groups, dtype_);
  }
  void finish(std::int64_t channels) {
    net_->add<GroupNorm>(norm(config_.groups, channels, dtype_));
    net_->add<SiLU>();
  }

  const ResnetConfig& config_;
  DType dtype_;
  Map image_;
  std::vector<Map> maps_;  ///< by level
  std::unique_ptr<Sequential> net_;
};

Resnet::Resnet(ResnetConfig config) : config_(checked(std::move(config))) {
  const auto levels = static_cast<std::int64_t>(config_.channels.size());
  if (levels == 0) fail(ErrorKind::usage, "[resnet] --filters needs a number for the first level");
  for (const auto level : config_.attention)
    if (level > levels)
      fail(ErrorKind::usage, "[resnet] --attention {}: --filters has {} levels", level, levels);
}

std::unique_ptr<Module> Resnet::encoder(const NetworkSpec& spec, std::int64_t outputs) const {
  Builder builder(config_, spec);
  builder.net().add<Reshape>({.shape = map_of(spec.example).shape()});
  builder.descend();
  builder.net().add<Flatten>({});
  builder.net().add<Linear>(
      {.in = builder.deepest().shape().numel(), .out = outputs, .dtype = spec.dtype});
  return initialized(builder.take(), init_of(spec));
}

std::unique_ptr<Module> Resnet::decoder(const NetworkSpec& spec, std::int64_t inputs) const {
  Builder builder(config_, spec);
  const Shape map = builder.deepest().shape();
  builder.net().add<Linear>({.in = inputs, .out = map.numel(), .dtype = spec.dtype});
  builder.net().add<Reshape>({.shape = map});
  builder.ascend();
  builder.net().add<Reshape>({.shape = spec.example});
  return initialized(builder.take(), init_of(spec));
}

Shape Resnet::code_map(const Shape& example) const {
  const Map map = Builder(config_, {.example = example}).deepest();
  return {map.height, map.width};
}

std::unique_ptr<Module> Resnet::map_encoder(const NetworkSpec& spec, std::int64_t features) const {
  Builder builder(config_, spec);
  builder.net().add<Reshape>({.shape = map_of(spec.example).shape()});
  builder.descend();
  Map map = builder.deepest();
  builder.conv(map, features);
  return initialized(builder.take(), init_of(spec));
}

std::unique_ptr<Module> Resnet::map_decoder(const NetworkSpec& spec, std::int64_t features) const {
  Builder builder(config_, spec);
  Map map = builder.deepest();
  const std::int64_t channels = map.channels;
  map.channels = features;
  builder.conv(map, channels);
  builder.ascend();
  builder.net().add<Reshape>({.shape = spec.example});
  return initialized(builder.take(), init_of(spec));
}

}  // namespace varve
