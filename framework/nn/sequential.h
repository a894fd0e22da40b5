#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "framework/nn/module.h"

namespace varve {

template <class M>
concept Configured = requires {
  typename M::Config;
};

/// A layer on the heap, for Sequential's constructor: `layer<Linear>({.out = 400})`.
template <Configured M>
std::unique_ptr<Module> layer(typename M::Config config = {}) {
  return std::make_unique<M>(std::move(config));
}
template <class M, class... Args>
requires(!Configured<M>) std::unique_ptr<Module> layer(Args&&... args) {
  return std::make_unique<M>(std::forward<Args>(args)...);
}

/// One module after the other; it owns them. Their names are "0", "1", ...
///
///     Sequential net(layer<Linear>({.in = 784, .out = 400}), layer<ReLU>(),
///                    layer<Linear>({.out = 10}));
class Sequential : public Module {
 public:
  template <class... Layers>
  requires(std::convertible_to<Layers, std::unique_ptr<Module>>&&...) explicit Sequential(
      Layers... layers) {
    (append(std::move(layers)), ...);
  }

  /// Appends a layer and returns it: `net.add<Linear>({.out = 400})`.
  template <Configured M>
  M& add(typename M::Config config = {}) {
    return static_cast<M&>(append(std::make_unique<M>(std::move(config))));
  }
  template <class M, class... Args>
  requires(!Configured<M>) M& add(Args&&... args) {
    return static_cast<M&>(append(std::make_unique<M>(std::forward<Args>(args)...)));
  }
  Module& append(std::unique_ptr<Module> layer);

  std::size_t size() const { return layers_.size(); }
  /// Throws ErrorKind::usage past the end.
  Module& operator[](std::size_t i);

  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "Sequential"; }

 private:
  std::vector<std::unique_ptr<Module>> layers_;
};

}  // namespace varve
