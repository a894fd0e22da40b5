#pragma once

#include <cstdint>

namespace varve::cpu {

// Convolutions without a matrix of windows between: a few pixels by two vectors of channels stay in
// registers while the numbers of their windows stream by. BLAS packs and pads products as narrow as
// these and reaches half the speed. Everything here works on packed memory, on the calling thread.

/// Weights in the order of the kernels: channels in blocks of two vectors (the last of one, if that
/// holds the rest), in each block [numbers of a window][channels of the block], and zeros for what
/// is missing in the last. Few channels lie one after the other: [channels][numbers of a window].
template <class T>
struct ChannelBlocks {
  std::int64_t window;    ///< numbers in a window
  std::int64_t channels;  ///< without the padding

  /// Too few channels for half a vector: vectors run along the window instead.
  bool narrow() const;
  std::int64_t padded() const;
  std::int64_t size() const { return window * padded(); }
  /// Where channel `c` of number `i` of the window lies.
  std::int64_t at(std::int64_t i, std::int64_t c) const;
};

/// Whether correlate() is the fast way, for windows with `run` numbers in a row; whether
/// add_outer_products() is, which takes no narrow blocks.
template <class T>
bool correlating_pays(const ChannelBlocks<T>& blocks, std::int64_t run);
template <class T>
bool outer_products_pay(const ChannelBlocks<T>& blocks);

/// Windows over a padded image: `lines` runs of `run` numbers, `pitch` apart, at the points of a
/// grid.
struct Taps {
  std::int64_t lines, run, pitch;
};
struct Grid {
  std::int64_t rows, cols;
  std::int64_t in_row, in_col;    ///< steps of the window, in numbers
  std::int64_t out_row, out_col;  ///< steps of the result or gradient
};

/// Lines [top, top + rows) and columns [left, left + cols) of an image [height, width, channels],
/// zero outside of it.
template <class T>
void pad_image(const T* image, std::int64_t height, std::int64_t width, std::int64_t channels,
               std::int64_t top, std::int64_t left, std::int64_t rows, std::int64_t cols, T* to);

/// out[point][c] = sum over i of window[point][i] weights[i][c].
template <class T>
void correlate(const Taps& taps, const Grid& grid, const ChannelBlocks<T>& blocks, const T* image,
               const T* weights, T* out);

/// sums[i][c] += sum over points of window[point][i] gradient[point][c]; the gradient's channels
/// are padded.
template <class T>
void add_outer_products(const Taps& taps, const Grid& grid, const ChannelBlocks<T>& blocks,
                        const T* image, const T* gradient, T* sums);

}  // namespace varve::cpu
