#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "framework/nn/module.h"
#include "framework/nn/spectral_norm.h"
#include "framework/ops/op.h"

namespace varve {

/// What dense and convolution layers share: a weight, perhaps a bias, and an input size that may be
/// inferred from the first input's last axis.
class Affine : public Module {
 public:
  const Tensor& weight() const { return weight_; }
  const Tensor& bias() const { return bias_; }

 protected:
  /// `weight` is the weight's shape, with 0 at `input_axis` to have it inferred.
  struct Sizes {
    Shape weight;
    std::size_t input_axis;
    std::int64_t out;
    bool bias;
    DType dtype;
    Axes torch{};              ///< see Module::parameter
    std::int64_t groups = 1;   ///< the weight's input axis has the channels of one
    bool spectral = false;     ///< see SpectralNorm
    std::size_t out_axis = 0;  ///< of the weight
  };
  Affine(const Sizes& sizes, const char* layer);

  /// Makes the parameters if this is the first input.
  void ready(const Tensor& x);
  /// The weight, or what spectral normalisation makes of it.
  Tensor used_weight() const;
  /// "784 -> 400".
  std::string sizes() const;
  /// ", no bias, relu": what is not the default.
  std::string extras(Activation activation) const;

 private:
  void materialize(const Device& device);

  Sizes sizes_;
  Tensor weight_, bias_;
  std::optional<SpectralNorm> spectral_;
};

}  // namespace varve
