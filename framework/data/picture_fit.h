#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "framework/io/picture.h"

namespace varve {

/// How a picture of another size comes into a frame.
enum class Fit {
  crop,    ///< the whole frame is filled: what stands out on two sides is cut off, evenly
  pad,     ///< the whole picture is seen: the ground fills the rest, evenly
  stretch  ///< both sides are made to fit
};

/// What all pictures of a dataset are made to be.
struct PictureRule {
  std::int64_t height = 0, width = 0;
  int channels = 3;  ///< as of Picture
  int bits = 8;      ///< 8 or 16
  Fit fit = Fit::crop;
  std::array<std::uint8_t, 3> ground{};  ///< behind what is transparent, and around pads
};

/// The picture by the rule. Grey becomes three equal channels; colour becomes grey by its luma
/// (0.299, 0.587, 0.114 of ITU-R BT.601); transparent parts are laid over the ground where the rule
/// has no alpha, and a picture without alpha is opaque where it has. Sizes are changed by Keys'
/// cubic filter (a = -0.5), as wide as a pixel of the smaller grid, so that nothing is skipped.
Picture fitted(Picture picture, const PictureRule& rule);

/// "black", "white", "grey", or three numbers "R,G,B" from 0 to 255. Throws ErrorKind::usage.
std::array<std::uint8_t, 3> parse_ground(const std::string& text);
/// "crop", "pad" or "stretch". Throws ErrorKind::usage.
Fit parse_fit(const std::string& text);

}  // namespace varve
