#pragma once

#include <cstdint>

#include "framework/nn/module.h"

namespace varve {

struct PixelShuffleConfig {
  std::int64_t factor = 2;
};

/// factor x factor channels for each pixel become factor x factor pixels: see pixel_shuffle().
/// ErrorKind::usage for a factor below 1, and for an input of another rank or whose channels do not
/// divide.
class PixelShuffle : public Module {
 public:
  using Config = PixelShuffleConfig;
  explicit PixelShuffle(PixelShuffleConfig config = {});

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  std::int64_t factor_;
};

/// The inverse: see pixel_unshuffle(). Errors as PixelShuffle.
class PixelUnshuffle : public Module {
 public:
  using Config = PixelShuffleConfig;
  explicit PixelUnshuffle(PixelShuffleConfig config = {});

  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  std::int64_t factor_;
};

}  // namespace varve
