#pragma once

#include <cstdint>

#include "framework/nn/module.h"

namespace varve {

struct UpsampleConfig {
  std::int64_t factor = 2;
  bool bilinear = false;  ///< on lines between the pixels' centres, as upsample_bilinear()
};

/// Repeats every pixel factor x factor times, or interpolates: [N, H, W, C] -> [N, H factor, W
/// factor, C]. ErrorKind::usage for a factor below 1 and an input of another rank.
class Upsample : public Module {
 public:
  using Config = UpsampleConfig;
  explicit Upsample(UpsampleConfig config = {});

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  UpsampleConfig config_;
};

}  // namespace varve
