#include "framework/nn/attention.h"

#include <fmt/format.h>

#include "framework/core/error.h"
#include "framework/nn/init.h"

namespace varve {
namespace {

const MultiheadAttentionConfig& checked(const MultiheadAttentionConfig& config) {
  if (config.features < 1 || config.heads < 1 || config.features % config.heads != 0 ||
      !(config.dropout >= 0 && config.dropout < 1) || !is_floating(config.dtype))
    fail(ErrorKind::usage,
         "[MultiheadAttention] features = {}, heads = {}, dropout = {}, dtype = {}: needed a "
         "positive multiple of the heads, 0 to 1, and f32 or f64",
         config.features, config.heads, config.dropout, varve::name(config.dtype));
  return config;
}

}  // namespace

MultiheadAttention::MultiheadAttention(MultiheadAttentionConfig config)
    : config_(checked(config)),
      out_({.in = config.features,
            .out = config.features,
            .bias = config.bias,
            .dtype = config.dtype}) {
  const auto features = config_.features;
  weight_ = parameter("in_proj_weight", Tensor::empty({3 * features, features}, config_.dtype));
  init::xavier_uniform(weight_);
  if (config_.bias) {
    bias_ = parameter("in_proj_bias", Tensor::zeros({3 * features}, config_.dtype));
    init::constant(out_.bias(), 0);
  }
  child("out_proj", out_);
}

Tensor MultiheadAttention::project(const Tensor& x, std::int64_t part) const {
  const auto features = config_.features;
  if (x.rank() < 2 || x.size(-1) != features)
    fail(ErrorKind::usage, "[MultiheadAttention] needs (..., places, {}), got {}", features,
         x.shape().str());
  const auto rows = [&](const Tensor& all) {
    return all.slice(0, part * features, (part + 1) * features);
  };
  const auto y = linear(x, rows(weight_), bias_.defined() ? rows(bias_) : Tensor());
  Shape shape = x.shape();
  shape[shape.size() - 1] = config_.heads;
  shape.push_back(features / config_.heads);
  return y.reshape(shape).transpose(-3, -2);
}

Tensor MultiheadAttention::forward(const Tensor& x) { return attend(x, x, x); }

Tensor MultiheadAttention::attend(const Tensor& query, const Tensor& key, const Tensor& value,
                                  const Tensor& mask) {
  AttentionOptions options{.causal = config_.causal};
  options.dropout = is_training() ? config_.dropout : 0;
  // Further axes of a mask are the batch's: the heads come behind them.
  if (mask.defined()) options.mask = mask.rank() > 2 ? mask.unsqueeze(-3) : mask;
  const auto heads =
      scaled_dot_product_attention(project(query, 0), project(key, 1), project(value, 2), options);
  const auto joined = heads.transpose(-3, -2);
  Shape shape = joined.shape();
  shape.erase(shape.size() - 1);
  shape[shape.size() - 1] = config_.features;
  return out_(joined.reshape(shape));
}

std::string MultiheadAttention::describe() const {
  return fmt::format("MultiheadAttention({}, heads {}{}{})", config_.features, config_.heads,
                     config_.causal ? ", causal" : "", config_.bias ? "" : ", no bias");
}

}  // namespace varve
