#pragma once

#include <cstdint>

#include "framework/nn/module.h"

namespace varve {

struct QuantizerConfig {
  std::int64_t codes = 512;    ///< K
  std::int64_t features = 64;  ///< D
  double decay = 0.99;         ///< of the moving averages
  double restart = 0.03;       ///< see VectorQuantizer; 0: never
  DType dtype = DType::f32;
};

/// A codebook of K vectors of D features, trained by moving averages. van den Oord et al. 2017,
/// appendix A.1: with n_i vectors z of the batch nearest to code i,
///
///     N_i = decay N_i + (1 - decay) n_i,   m_i = decay m_i + (1 - decay) sum z,   e_i = m_i / N'_i
///
/// N'_i = (N_i + eps) / (N + K eps) N, N = sum N_i (Laplace smoothing, eps = 1e-5), is used here
/// and not stored. Codes start from U(-1/K, 1/K). A code with N_i below `restart` times the average
/// is dead: it restarts at a vector of the batch drawn at random, with the average as its count.
///
/// Everything lies on the device, in the buffers "codebook", "counts" and "sums".
class VectorQuantizer : public Module {
 public:
  explicit VectorQuantizer(QuantizerConfig config);

  struct Result {
    Tensor codes;       ///< the nearest code of each vector, [M, D]; gradients pass to z unchanged
    Tensor distance;    ///< |z - code|^2, [M]; its gradient reaches z alone
    Tensor perplexity;  ///< exp(-sum_i p_i log p_i), p_i = n_i / M: a scalar, from 1 to K
  };
  /// z [M, D]. While training it moves the codebook, after the codes have been looked up.
  Result operator()(const Tensor& z);
  /// Which code is nearest: [M], i32.
  Tensor nearest(const Tensor& z) const;
  /// The codes of the given numbers: [...] -> [..., D].
  Tensor lookup(const Tensor& numbers) const;
  /// log N_i / N: how often each code was used of late, [K].
  Tensor log_frequencies() const;

  std::string describe() const override;

 private:
  void update(const Tensor& z, const Tensor& chosen);

  QuantizerConfig config_;
  Tensor codebook_, counts_, sums_;
};

}  // namespace varve
