#include "framework/nn/group_norm.h"

#include <fmt/format.h>

#include <cmath>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

template <class Config>
void require_range(const Config& config, const char* layer) {
  if (config.channels < 0 || !(config.epsilon > 0) || std::isinf(config.epsilon) ||
      !is_floating(config.dtype))
    fail(
        ErrorKind::usage,
        "[{}] channels = {}, epsilon = {}, dtype = {}: needed at least 0, positive and finite, and "
        "f32 or f64",
        layer, config.channels, config.epsilon, varve::name(config.dtype));
}

/// Takes the channels from the first input; later ones must have as many. Whether they are new.
bool take_channels(std::int64_t& channels, const Tensor& x, const char* layer) {
  const bool fresh = channels == 0;
  if (fresh && x.rank() > 0) channels = x.size(-1);
  if (x.rank() < 2 || channels == 0 || x.size(-1) != channels)
    fail(ErrorKind::usage, "[{}] needs (N, ..., {}), got {}", layer,
         channels > 0 ? fmt::to_string(channels) : "C", x.shape().str());
  return fresh;
}

std::string channels_of(std::int64_t channels) {
  return channels > 0 ? fmt::to_string(channels) : "?";
}

}  // namespace

GroupNorm::GroupNorm(GroupNormConfig config) : config_(config) {
  require_range(config_, "GroupNorm");
  if (config_.groups < 1 || config_.channels % config_.groups != 0)
    fail(ErrorKind::usage, "[GroupNorm] {} channels are no multiple of {} groups", config_.channels,
         config_.groups);
  if (config_.affine) declare(config_.channels, config_.dtype);
}

Tensor GroupNorm::forward(const Tensor& x) {
  auto channels = config_.channels;
  const bool fresh = take_channels(channels, x, "GroupNorm");
  if (channels % config_.groups != 0)
    fail(ErrorKind::usage, "[GroupNorm] {} channels are no multiple of {} groups", channels,
         config_.groups);
  config_.channels = channels;
  if (fresh) materialize(config_.channels, x.device());
  return group_norm(x, config_.groups, weight_, bias_, config_.epsilon);
}

std::string GroupNorm::describe() const {
  return fmt::format("GroupNorm({}, groups {})", channels_of(config_.channels), config_.groups);
}

InstanceNorm2d::InstanceNorm2d(InstanceNorm2dConfig config) : config_(config) {
  require_range(config_, "InstanceNorm2d");
  if (config_.affine) declare(config_.channels, config_.dtype);
}

Tensor InstanceNorm2d::forward(const Tensor& x) {
  if (x.rank() != 4 || x.size(1) * x.size(2) == 1)
    fail(ErrorKind::usage, "[InstanceNorm2d] needs (N, H, W, C) of more than one pixel, got {}",
         x.shape().str());
  const bool fresh = take_channels(config_.channels, x, "InstanceNorm2d");
  if (fresh) materialize(config_.channels, x.device());
  return group_norm(x, config_.channels, weight_, bias_, config_.epsilon);
}

std::string InstanceNorm2d::describe() const {
  return fmt::format("InstanceNorm2d({})", channels_of(config_.channels));
}

}  // namespace varve
