#pragma once

#include "framework/losses/mmd.h"
#include "models/autoencoder/autoencoder.h"

namespace varve {

struct WaeMmdConfig {
  double lambda = 10;
  Kernel kernel = Kernel::imq;

  template <class V>
  void visit(V& v) {
    v("lambda", lambda, "weight of the discrepancy", {.least = 0});
    v("kernel", kernel, "of the discrepancy");
  }
};

/// The Wasserstein autoencoder with a deterministic encoder: an autoencoder whose codes, as a
/// whole, are pulled towards N(0, I),
///
///     loss = -log p(x | z) + lambda MMD(z, N(0, I)),   z = encode(x)
///
/// Tolstikhin et al. 2018 (arXiv:1711.01558), algorithm 2. The paper's cost |x - decode(z)|^2 is
/// --likelihood gaussian with --sigma 0.7071, but for a constant.
class WaeMmd : public Autoencoder {
 public:
  using Config = WaeMmdConfig;
  explicit WaeMmd(WaeMmdConfig config = {}, ModelParts parts = {});

  Terms loss(const Tensor& input, const Tensor& target, const Tensor& labels = {}) override;
  PriorKind prior() const override { return PriorKind::standard_normal; }
  Tensor sample_prior(std::int64_t count) override;
  Tensor log_prior(const Tensor& codes) override;
  std::int64_t least_batch() const override { return 2; }
  std::string describe() const override { return "WaeMmd"; }

 private:
  WaeMmdConfig config_;
};

}  // namespace varve
