#pragma once

#include <cstdint>
#include <memory>

#include "framework/nn/module.h"
#include "models/networks/up_conv.h"
#include "models/options.h"

namespace varve {

// Networks between images and maps of codes, a quarter as high and wide, after van den Oord et al.
// 2017 (VQ-VAE), section 4.1: two 4x4 convolutions of stride 2, then two residual blocks (ReLU, 3x3
// convolution, ReLU, 1x1 convolution), and the reverse. 64 channels where the paper has 256.

/// The map that belongs to an image.
MapSize code_map(const Shape& image);
/// [N, H, W, C] -> [N, code_map, features].
std::unique_ptr<Module> make_residual_encoder(const ModelOptions& options, std::int64_t features);
/// [N, code_map, features] -> [N, H, W, channels].
std::unique_ptr<Module> make_residual_decoder(const ModelOptions& options, std::int64_t features,
                                              std::int64_t channels);

}  // namespace varve
