#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "framework/nn/module.h"

namespace varve {

// Elementwise, of any shape; each is the function of its name in functional.h.

class ReLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "ReLU"; }
};

struct LeakyReLUConfig {
  double slope = 0.01;
};
class LeakyReLU : public Module {
 public:
  using Config = LeakyReLUConfig;
  /// ErrorKind::usage unless the slope is finite.
  explicit LeakyReLU(LeakyReLUConfig config = {});
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  double slope_;
};

struct ELUConfig {
  double alpha = 1;
};
class ELU : public Module {
 public:
  using Config = ELUConfig;
  /// ErrorKind::usage unless alpha is finite.
  explicit ELU(ELUConfig config = {});
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  double alpha_;
};

class SiLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "SiLU"; }
};

class GELU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "GELU"; }
};

class Tanh : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "Tanh"; }
};

class Sigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "Sigmoid"; }
};

class Softplus : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "Softplus"; }
};

/// The gated linear unit: a sigmoid(b) of the halves a, b of the last axis. [..., 2 n] -> [..., n].
/// Dauphin et al. 2017. Throws ErrorKind::usage for an odd size.
class GLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "GLU"; }
};

/// "relu", "leaky-relu", "elu", "silu", "gelu", "tanh", "sigmoid", "softplus".
const std::vector<std::string>& activation_names();
/// A layer by its name. Throws ErrorKind::usage, suggesting the nearest name.
std::unique_ptr<Module> make_activation(std::string_view name);

}  // namespace varve
