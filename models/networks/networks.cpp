#include "models/networks/networks.h"

#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "models/networks/conv.h"
#include "models/networks/mlp.h"

namespace varve {
namespace {

[[noreturn]] void unknown_arch(const std::string& arch) {
  const std::vector<std::string> known{"mlp", "conv"};
  fail(ErrorKind::usage, "[model] unknown architecture '{}'{}", arch, did_you_mean(arch, known));
}

}  // namespace

std::unique_ptr<Module> make_encoder(const ModelOptions& options, std::int64_t outputs) {
  if (options.arch == "mlp") return make_mlp_encoder(options, outputs);
  if (options.arch == "conv") return make_conv_encoder(options, outputs);
  unknown_arch(options.arch);
}

std::unique_ptr<Module> make_decoder(const ModelOptions& options, std::int64_t inputs,
                                     std::int64_t channels) {
  if (options.arch == "mlp") return make_mlp_decoder(options, inputs, channels);
  if (options.arch == "conv") return make_conv_decoder(options, inputs, channels);
  unknown_arch(options.arch);
}

}  // namespace varve
