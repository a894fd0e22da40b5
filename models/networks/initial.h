#pragma once

#include <memory>
#include <string_view>

#include "framework/nn/module.h"

namespace varve {

/// Overwrites the weights of `net` and hands it back. "he": U(+-sqrt(6 / fan_in)), which keeps the
/// scale of what passes through rectified layers (He et al. 2015), and for the last layer, behind
/// which nothing rectifies, Glorot's; biases are 0. "xavier": Glorot and Bengio's 2010 uniform one
/// for every layer, with biases of 0. "fan-in" leaves what layers do by themselves, U(+-1 /
/// sqrt(fan_in)) as in PyTorch: each rectified layer then shrinks the signal by 2.4, so that deep
/// networks start with next to none. Norms keep their own. Throws ErrorKind::usage for another
/// name.
std::unique_ptr<Module> initialized(std::unique_ptr<Module> net, std::string_view init);

}  // namespace varve
