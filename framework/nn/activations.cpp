#include "framework/nn/activations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

template <class M>
std::unique_ptr<Module> make() {
  return std::make_unique<M>();
}

struct Entry {
  const char* name;
  std::unique_ptr<Module> (*make)();
};
constexpr Entry entries[] = {
    {"relu", make<ReLU>},       {"leaky-relu", make<LeakyReLU>},
    {"elu", make<ELU>},         {"silu", make<SiLU>},
    {"gelu", make<GELU>},       {"tanh", make<Tanh>},
    {"sigmoid", make<Sigmoid>}, {"softplus", make<Softplus>},
};

}  // namespace

LeakyReLU::LeakyReLU(LeakyReLUConfig config) : slope_(config.slope) {
  if (!std::isfinite(slope_))
    fail(ErrorKind::usage, "[LeakyReLU] slope = {}: it must be finite", slope_);
}

ELU::ELU(ELUConfig config) : alpha_(config.alpha) {
  if (!std::isfinite(alpha_)) fail(ErrorKind::usage, "[ELU] alpha = {}: it must be finite", alpha_);
}

Tensor ReLU::forward(const Tensor& x) { return relu(x); }
Tensor LeakyReLU::forward(const Tensor& x) { return leaky_relu(x, slope_); }
Tensor ELU::forward(const Tensor& x) { return elu(x, alpha_); }
Tensor SiLU::forward(const Tensor& x) { return silu(x); }
Tensor GELU::forward(const Tensor& x) { return gelu(x); }
Tensor Tanh::forward(const Tensor& x) { return tanh(x); }
Tensor Sigmoid::forward(const Tensor& x) { return sigmoid(x); }
Tensor Softplus::forward(const Tensor& x) { return softplus(x); }

Tensor GLU::forward(const Tensor& x) {
  if (x.shape().size() == 0 || x.size(-1) % 2 != 0)
    fail(ErrorKind::usage, "[GLU] halves the last axis, which is odd or missing: {}",
         x.shape().str());
  const Tensors halves = x.chunk(2, -1);
  return halves[0] * sigmoid(halves[1]);
}

std::string LeakyReLU::describe() const { return fmt::format("LeakyReLU({})", slope_); }
std::string ELU::describe() const { return fmt::format("ELU({})", alpha_); }

const std::vector<std::string>& activation_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& entry : entries) all.emplace_back(entry.name);
    return all;
  }();
  return names;
}

std::unique_ptr<Module> make_activation(std::string_view name) {
  const auto found = std::find_if(std::begin(entries), std::end(entries),
                                  [&](const Entry& entry) { return name == entry.name; });
  if (found != std::end(entries)) return found->make();
  fail(ErrorKind::usage, "[activation] unknown name '{}'{}", name,
       did_you_mean(name, activation_names()));
}

}  // namespace varve
