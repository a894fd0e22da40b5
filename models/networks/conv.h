#pragma once

#include <cstdint>
#include <memory>

#include "framework/nn/module.h"
#include "models/registry.h"

namespace varve {

std::unique_ptr<Module> make_conv_encoder(const ModelOptions& options, std::int64_t outputs);
std::unique_ptr<Module> make_conv_decoder(const ModelOptions& options, std::int64_t inputs,
                                          std::int64_t channels);

}  // namespace varve
