#include "models/coded_model.h"

#include <fmt/format.h>

#include <utility>

#include "framework/core/error.h"

namespace varve {
namespace {

[[noreturn]] void fail_unknown(std::string_view what, std::string_view field) {
  fail(
      ErrorKind::usage,
      "[model] {} is not known before the first batch has passed: say it by .{} where the model is "
      "made",
      what, field);
}

}  // namespace

CodedModel::CodedModel(ModelParts given, const std::function<std::int64_t(std::int64_t)>& outputs,
                       const std::function<Inputs(const ModelParts&)>& inputs)
    : device_(default_device()) {
  ModelParts parts = std::move(given).completed();
  dtype_ = parts.dtype;
  example_ = parts.example;
  latent_ = parts.latent;
  classes_ = parts.classes;
  examples_ = parts.examples;
  if (parts.encoder == nullptr) networks_ = parts.networks;
  const Inputs ins = inputs(parts);
  encoder_ = parts.take_encoder(ins.encoder, outputs(parts.latent));
  decoder_ = parts.take_decoder(ins.decoder);
  likelihood_ = std::move(parts.likelihood);
  child("encoder", *encoder_);
  child("decoder", *decoder_);
  child("likelihood", *likelihood_);
}

std::int64_t CodedModel::latent_size() const {
  if (latent_ == 0) fail_unknown("the size of a code", "latent");
  return latent_;
}

Shape CodedModel::example_shape() const {
  if (example_.empty()) fail_unknown("the shape of an example", "example");
  return example_;
}

bool CodedModel::takes_planes(const Tensor& examples) const {
  return networks_ != nullptr ? networks_->looks_at_places() : examples.rank() > 2;
}

Tensor CodedModel::encoded(const Tensor& input, const Tensor& examples) {
  const Tensor out = (*encoder_)(input);
  const std::int64_t latent = out.rank() == 2 ? latent_of(out.size(1)) : 0;
  if (latent == 0 || (latent_ != 0 && latent != latent_))
    fail(ErrorKind::usage,
         "[model] the encoder gives {} for a batch of {}: [N, numbers] with those of {} is needed",
         out.shape().str(), input.shape().str(),
         latent_ == 0 ? std::string("a code") : fmt::format("a code of {}", latent_));
  latent_ = latent;
  if (example_.empty()) {
    example_ = examples.shape();
    example_.erase(0);
  }
  return out;
}

}  // namespace varve
