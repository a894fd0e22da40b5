#pragma once

#include <memory>

#include "framework/nn/module.h"
#include "models/options.h"

namespace varve {

/// Overwrites the weights of `net` by ModelOptions::init and hands it back: "fan-in" leaves what
/// layers do by themselves, U(+-1 / sqrt(fan_in)) as in PyTorch; "xavier" is Glorot and Bengio's
/// 2010 uniform one, with biases of 0. Throws ErrorKind::usage for another name.
std::unique_ptr<Module> initialized(std::unique_ptr<Module> net, const ModelOptions& options);

}  // namespace varve
