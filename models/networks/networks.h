#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "framework/core/dtype.h"
#include "framework/core/registry.h"
#include "framework/core/shape.h"
#include "framework/nn/module.h"
#include "models/config.h"

namespace varve {

/// What a network is to be made for.
struct NetworkSpec {
  Shape example;  ///< what an encoder takes and a decoder gives, without the axis of the batch
  DType dtype = DType::f32;
  /// First weights: "he", "xavier", "fan-in"; empty: Networks::fitting_init(). See initialized().
  std::string init{};
};

/// An architecture, configured: it makes the networks of a model for any example that it takes.
class Networks {
 public:
  virtual ~Networks() = default;

  /// [N, example...] -> [N, outputs]. Throws ErrorKind::usage for an example that it does not take.
  virtual std::unique_ptr<Module> encoder(const NetworkSpec& spec, std::int64_t outputs) const = 0;
  /// [N, inputs] -> [N, example...]. Errors as encoder().
  virtual std::unique_ptr<Module> decoder(const NetworkSpec& spec, std::int64_t inputs) const = 0;
  /// The first weights that fit the activation.
  virtual std::string_view fitting_init() const { return "he"; }
  /// The usual size of a code.
  virtual std::int64_t latent() const { return 20; }

  /// Whether the encoder looks at places of an image, so that what holds for all of it goes in as a
  /// plane behind its channels, not as numbers behind its values.
  virtual bool looks_at_places() const { return false; }
  /// Height and width of a map of codes for an image, one for each place; empty: it has none.
  virtual Shape code_map(const Shape& /*example*/) const { return {}; }
  /// [N, H, W, C] -> [N, code_map..., features], and back. Throw ErrorKind::usage by default.
  virtual std::unique_ptr<Module> map_encoder(const NetworkSpec& spec, std::int64_t features) const;
  virtual std::unique_ptr<Module> map_decoder(const NetworkSpec& spec, std::int64_t features) const;

 protected:
  std::string_view init_of(const NetworkSpec& spec) const {
    return spec.init.empty() ? fitting_init() : std::string_view(spec.init);
  }
};
using NetworksPtr = std::shared_ptr<const Networks>;

/// An architecture that a user names by --arch.
struct NetworksInfo {
  std::string name;
  std::string description;  ///< one line
  std::vector<Option> options;
  std::function<NetworksPtr(const OptionValues& own)> make;
};

/// One row: N is made from its N::Config, whose values here are the defaults.
template <class N>
NetworksInfo networks_info(std::string name, std::string description,
                           typename N::Config defaults = {}) {
  return {std::move(name), std::move(description), options_of(defaults),
          [defaults](const OptionValues& own) -> NetworksPtr {
            return std::make_shared<N>(configured(defaults, own));
          }};
}

/// Every architecture, in the order of help: "mlp", "conv" and "resnet" at first. Open: see
/// Registry.
Registry<NetworksInfo>& network_registry();

}  // namespace varve
