#pragma once

#include "framework/losses/mmd.h"
#include "models/autoencoder/autoencoder.h"

namespace varve {

/// The Wasserstein autoencoder with a deterministic encoder: an autoencoder whose codes, as a
/// whole, are pulled towards N(0, I),
///
///     loss = -log p(x | z) + lambda MMD(z, N(0, I)),   z = encode(x)
///
/// Tolstikhin et al. 2018 (arXiv:1711.01558), algorithm 2. The paper's cost |x - decode(z)|^2 is
/// --likelihood gaussian with --sigma 0.7071, but for a constant.
class WaeMmd : public Autoencoder {
 public:
  inline static const NumberOption lambda{"lambda", "weight of the discrepancy", 10, {0}};
  inline static const ChoiceOption kernel{"kernel", "of the discrepancy", {"imq", "rbf"}};

  explicit WaeMmd(const ModelOptions& options);

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels) override;
  PriorKind prior() const override { return PriorKind::standard_normal; }
  Tensor sample_prior(std::int64_t count) override;
  Tensor log_prior(const Tensor& codes) override;
  std::int64_t least_batch() const override { return 2; }
  std::string describe() const override { return "WaeMmd"; }

 private:
  double lambda_;
  Kernel kernel_;
};

}  // namespace varve
