#pragma once

#include <cstdint>
#include <memory>

#include "models/networks/networks.h"

namespace varve {

// Networks between images and maps of codes, a quarter as high and wide, after van den Oord et al.
// 2017 (VQ-VAE), section 4.1: two 4x4 convolutions of stride 2, then two residual blocks (ReLU, 3x3
// convolution, ReLU, 1x1 convolution), and the reverse. 64 channels where the paper has 256.

/// Height and width of the map that belongs to an image.
Shape residual_map(const Shape& image);
/// [N, H, W, C] -> [N, residual_map, features].
std::unique_ptr<Module> make_residual_encoder(const NetworkSpec& spec, std::int64_t features);
/// [N, residual_map, features] -> [N, H, W, C].
std::unique_ptr<Module> make_residual_decoder(const NetworkSpec& spec, std::int64_t features);

}  // namespace varve
