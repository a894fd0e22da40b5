#include "models/networks/networks.h"

#include "models/networks/conv.h"
#include "models/networks/mlp.h"
#include "models/networks/resnet.h"

namespace varve {
namespace {

[[noreturn]] void fail_without_map() {
  fail(ErrorKind::usage,
       "[networks] these networks have no map of codes: take --arch conv or resnet");
}

}  // namespace

std::unique_ptr<Module> Networks::map_encoder(const NetworkSpec&, std::int64_t) const {
  fail_without_map();
}
std::unique_ptr<Module> Networks::map_decoder(const NetworkSpec&, std::int64_t) const {
  fail_without_map();
}

Registry<NetworksInfo>& network_registry() {
  static Registry<NetworksInfo> registry(
      "architecture",
      {networks_info<Mlp>("mlp", "layers of units, each connected to all of the one before"),
       networks_info<Conv>("conv", "4x4 convolutions of stride 2, then two layers of units"),
       networks_info<Resnet>("resnet",
                             "residual blocks by level, with attention where it is asked")});
  return registry;
}

}  // namespace varve
