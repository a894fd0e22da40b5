#pragma once

#include <cstdint>

#include "framework/nn/module.h"

namespace varve {

struct UpsampleConfig {
  std::int64_t factor = 2;
};

/// Repeats every pixel factor x factor times: [N, H, W, C] -> [N, H factor, W factor, C].
/// ErrorKind::usage for a factor below 1 and an input of another rank.
class Upsample : public Module {
 public:
  using Config = UpsampleConfig;
  explicit Upsample(UpsampleConfig config = {});

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  std::int64_t factor_;
};

}  // namespace varve
