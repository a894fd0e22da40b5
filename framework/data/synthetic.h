#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "framework/data/dataset.h"
#include "framework/data/sources.h"

namespace varve {

/// Handwriting-like digits, 28 x 28 x 1 with labels: 12000 to train, 2000 to test. Every picture is
/// a function of (seed, split, index), drawn when it is first read; example `index` shows the digit
/// index mod 10. Prepared as MNIST is: ink is 1, a box of about 20 x 20, centred by its mass.
std::shared_ptr<const Dataset> digits(Split split, std::uint64_t seed = 0);

/// The five factors of dSprites (Matthey et al., 2017), slowest first: shape 3 (square, ellipse,
/// heart), scale 6 (0.5 to 1), orientation 40, x 32, y 32. All 737280 images, 64 x 64 x 1, values 0
/// and 1, drawn anew at each read; the label is the shape. Two things differ from the original: the
/// orientations are 40 distinct steps of 9 degrees (there the last repeats the first), and a sprite
/// moves by one pixel a step.
std::shared_ptr<const Dataset> sprites();

namespace detail {

inline constexpr std::int64_t digit_side = 28;
/// Draws one digit: what `digits` keeps.
void draw_digit(int digit, std::uint64_t seed, std::uint64_t stream,
                std::span<std::uint8_t, digit_side * digit_side> out);

}  // namespace detail
}  // namespace varve
