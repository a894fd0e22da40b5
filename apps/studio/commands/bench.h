#pragma once

#include <cstdint>
#include <string>

#include "apps/studio/runs/device_options.h"

namespace varve::studio {

/// What `varve bench` measures. 0 or empty: chosen by what is measured.
struct BenchOptions {
  std::string model = "vae";
  std::string arch = "mlp";
  std::int64_t latent = 0;
  std::int64_t batch_size = 0;
  std::int64_t steps = 200;
  std::int64_t seed = 1;
  bool eager = false;
  bool json = false;
};

/// Trains on noise in memory and prints how fast: 784-400-20 on 28 x 28 (mlp), the network of
/// Burgess et al. on 64 x 64 (conv).
void bench_train(const BenchOptions& options, const OpenDevice& device);
/// Times each fused op against its decomposition.
void bench_ops(const BenchOptions& options, const OpenDevice& device);
/// The device itself: arithmetic alone, copies, ops in a chain, matrix products.
void bench_device(const BenchOptions& options, const OpenDevice& device);

}  // namespace varve::studio
