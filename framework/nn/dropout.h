#pragma once

#include "framework/nn/module.h"

namespace varve {

struct DropoutConfig {
  double p = 0.5;  ///< probability of a zero, in [0, 1)
};

/// While training, zero with probability p, else x / (1 - p); x itself in evaluation. Srivastava et
/// al. 2014. ErrorKind::usage unless p is in [0, 1): at 1 nothing would be left to train.
class Dropout : public Module {
 public:
  using Config = DropoutConfig;
  explicit Dropout(DropoutConfig config = {});

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  double p_;
};

}  // namespace varve
