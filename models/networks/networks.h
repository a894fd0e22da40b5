#pragma once

#include <cstdint>
#include <memory>

#include "framework/nn/module.h"
#include "models/registry.h"

namespace varve {

/// The networks that models share. "mlp": Linear layers of ModelOptions::hidden (the decoder's in
/// reverse); 784-400-20 of Kingma and Welling's descendants with the defaults. "conv": 4x4
/// convolutions of stride 2 with 32 channels while a side is above 4, then two Linear layers of 256
/// (the decoder mirrors): at 64x64 and 32x32 the network of Burgess et al. 2018.

/// [N, H, W, C] -> [N, outputs].
std::unique_ptr<Module> make_encoder(const ModelOptions& options, std::int64_t outputs);
/// [N, inputs] -> [N, H, W, channels].
std::unique_ptr<Module> make_decoder(const ModelOptions& options, std::int64_t inputs,
                                     std::int64_t channels);

}  // namespace varve
