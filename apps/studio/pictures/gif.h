#pragma once

#include <string>
#include <vector>

#include "framework/core/array.h"

namespace varve::studio::pictures {

/// Whether this build can write GIFs.
bool has_gif();
/// Throws ErrorKind::usage saying what is missing, unless has_gif().
void require_gif();

/// An animation that goes on for ever: u8 [height, width, 3] frames of one size, each shown for
/// `hundredths` of a second. The frames share a palette of up to 256 colours: theirs if that is
/// enough, else chosen by median cut (Heckbert 1982).
std::string encode_gif(const std::vector<Array>& frames, int hundredths);

}  // namespace varve::studio::pictures
