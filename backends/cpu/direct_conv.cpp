#include "backends/cpu/direct_conv.h"

#include <algorithm>

#include "backends/cpu/simd.h"

namespace varve::cpu {

namespace {

// Points that share a pass over the weights: with two vectors of channels each they fill the
// registers, 32 of them where vectors have 64 bytes, else 16.
template <class T>
constexpr std::int64_t points = sizeof(Batch<T>) == 64 ? 8 : 6;

// A block's weights should stay in L2.
constexpr std::int64_t most_block_bytes = 256 * 1024;

template <class T>
constexpr std::int64_t block_width = 2 * lanes<T>;

/// One block of channels for `points` points.
template <class T, int V>
void correlate_points(const Taps& taps, const T* const* in, const T* weights,
                      Batch<T> (&acc)[points<T>][V]) {
  const T* x[points<T>];
  for (std::int64_t j = 0; j < points<T>; ++j) {
    x[j] = in[j];
    for (Batch<T>& a : acc[j]) a = Batch<T>(T{0});
  }
  for (std::int64_t line = 0; line < taps.lines; ++line) {
    for (std::int64_t r = 0; r < taps.run; ++r) {
      Batch<T> w[V];
      for (int v = 0; v < V; ++v) w[v] = load(weights + v * lanes<T>);
      for (std::int64_t j = 0; j < points<T>; ++j) {
        const Batch<T> number(x[j][r]);
        for (int v = 0; v < V; ++v) acc[j][v] = xsimd::fma(number, w[v], acc[j][v]);
      }
      weights += V * lanes<T>;
    }
    for (const T*& p : x) p += taps.pitch;
  }
}

template <class T, int V>
void correlate_block(const Taps& taps, const Grid& grid, std::int64_t channels, const T* image,
                     const T* weights, T* out) {
  const std::int64_t count = grid.rows * grid.cols;
  for (std::int64_t first = 0; first < count; first += points<T>) {
    const T* in[points<T>];
    T* to[points<T>];
    for (std::int64_t j = 0; j < points<T>; ++j) {
      const std::int64_t i = std::min(first + j, count - 1);  // past the end: the last again
      const std::int64_t row = i / grid.cols;
      const std::int64_t col = i % grid.cols;
      in[j] = image + row * grid.in_row + col * grid.in_col;
      to[j] = out + row * grid.out_row + col * grid.out_col;
    }
    Batch<T> acc[points<T>][V];
    correlate_points<T, V>(taps, in, weights, acc);
    for (std::int64_t j = 0; j < points<T>; ++j) {
      for (int v = 0; v < V; ++v) {
        const std::int64_t rest = channels - v * lanes<T>;
        if (rest >= lanes<T>) {
          acc[j][v].store_unaligned(to[j] + v * lanes<T>);
        } else if (rest > 0) {
          store_part(acc[j][v], to[j] + v * lanes<T>, rest);
        }
      }
    }
  }
}

/// One number of the result: the products of a window with its weights.
template <class T>
T dot(const Taps& taps, const T* in, const T* weights) {
  Batch<T> acc(T{0});
  const std::int64_t whole = taps.run / lanes<T> * lanes<T>;
  for (std::int64_t line = 0; line < taps.lines; ++line, in += taps.pitch, weights += taps.run) {
    for (std::int64_t r = 0; r < whole; r += lanes<T>) {
      acc = xsimd::fma(load(in + r), load(weights + r), acc);
    }
    if (whole < taps.run) {
      acc = xsimd::fma(load_part(in + whole, taps.run - whole),
                       load_part(weights + whole, taps.run - whole), acc);
    }
  }
  return xsimd::hadd(acc);
}

template <class T>
void correlate_narrow(const Taps& taps, const Grid& grid, const ChannelBlocks<T>& blocks,
                      const T* image, const T* weights, T* out) {
  for (std::int64_t row = 0; row < grid.rows; ++row) {
    for (std::int64_t col = 0; col < grid.cols; ++col) {
      const T* in = image + row * grid.in_row + col * grid.in_col;
      T* to = out + row * grid.out_row + col * grid.out_col;
      for (std::int64_t c = 0; c < blocks.channels; ++c) {
        to[c] = dot(taps, in, weights + blocks.at(0, c));
      }
    }
  }
}

/// `R` numbers of the window by one block of channels, over all points.
template <class T, int R, int V>
void add_products(const Grid& grid, const T* image, const T* gradient, T* sums) {
  Batch<T> acc[R][V];
  for (int j = 0; j < R; ++j) {
    for (int v = 0; v < V; ++v) acc[j][v] = load(sums + (j * V + v) * lanes<T>);
  }
  for (std::int64_t row = 0; row < grid.rows; ++row) {
    const T* x = image + row * grid.in_row;
    const T* g = gradient + row * grid.out_row;
    for (std::int64_t col = 0; col < grid.cols; ++col) {
      Batch<T> factor[V];
      for (int v = 0; v < V; ++v) factor[v] = load(g + v * lanes<T>);
      for (int j = 0; j < R; ++j) {
        const Batch<T> number(x[j]);
        for (int v = 0; v < V; ++v) acc[j][v] = xsimd::fma(number, factor[v], acc[j][v]);
      }
      x += grid.in_col;
      g += grid.out_col;
    }
  }
  for (int j = 0; j < R; ++j) {
    for (int v = 0; v < V; ++v) acc[j][v].store_unaligned(sums + (j * V + v) * lanes<T>);
  }
}

template <class T, int V>
void add_products_block(const Taps& taps, const Grid& grid, const T* image, const T* gradient,
                        T* sums) {
  constexpr int step = points<T>;
  for (std::int64_t line = 0; line < taps.lines; ++line) {
    const T* x = image + line * taps.pitch;
    std::int64_t r = 0;
    for (; r + step <= taps.run; r += step, sums += step * V * lanes<T>) {
      add_products<T, step, V>(grid, x + r, gradient, sums);
    }
    for (; r + 4 <= taps.run; r += 4, sums += 4 * V * lanes<T>) {
      add_products<T, 4, V>(grid, x + r, gradient, sums);
    }
    for (; r < taps.run; ++r, sums += V * lanes<T>) {
      add_products<T, 1, V>(grid, x + r, gradient, sums);
    }
  }
}

/// Calls two(first channel) for blocks of two vectors and one(first channel) for a last of one.
template <class T, class Two, class One>
void for_each_block(const ChannelBlocks<T>& blocks, const Two& two, const One& one) {
  for (std::int64_t c = 0; c < blocks.padded(); c += block_width<T>) {
    blocks.padded() - c >= block_width<T> ? two(c) : one(c);
  }
}

}  // namespace

template <class T>
bool ChannelBlocks<T>::narrow() const {
  return 2 * channels < lanes<T>;
}

template <class T>
std::int64_t ChannelBlocks<T>::padded() const {
  return narrow() ? channels : (channels + lanes<T> - 1) / lanes<T> * lanes<T>;
}

template <class T>
std::int64_t ChannelBlocks<T>::at(std::int64_t i, std::int64_t c) const {
  if (narrow()) return c * window + i;
  const std::int64_t first = c / block_width<T> * block_width<T>;
  const std::int64_t width = std::min(block_width<T>, padded() - first);
  return first * window + i * width + (c - first);
}

template <class T>
bool correlating_pays(const ChannelBlocks<T>& blocks, std::int64_t run) {
  return blocks.narrow() ? run >= lanes<T> : outer_products_pay(blocks);
}

template <class T>
bool outer_products_pay(const ChannelBlocks<T>& blocks) {
  return !blocks.narrow() &&
         blocks.window * block_width<T> * static_cast<std::int64_t>(sizeof(T)) <= most_block_bytes;
}

template <class T>
void pad_image(const T* image, std::int64_t height, std::int64_t width, std::int64_t channels,
               std::int64_t top, std::int64_t left, std::int64_t rows, std::int64_t cols, T* to) {
  const std::int64_t before = std::clamp<std::int64_t>(-left, 0, cols);
  const std::int64_t inside = std::clamp<std::int64_t>(width - left, before, cols) - before;
  for (std::int64_t y = top; y < top + rows; ++y, to += cols * channels) {
    if (y < 0 || y >= height) {
      std::fill_n(to, cols * channels, T{0});
      continue;
    }
    std::fill_n(to, before * channels, T{0});
    std::copy_n(image + (y * width + left + before) * channels, inside * channels,
                to + before * channels);
    std::fill_n(to + (before + inside) * channels, (cols - before - inside) * channels, T{0});
  }
}

template <class T>
void correlate(const Taps& taps, const Grid& grid, const ChannelBlocks<T>& blocks, const T* image,
               const T* weights, T* out) {
  if (blocks.narrow()) return correlate_narrow(taps, grid, blocks, image, weights, out);
  for_each_block(
      blocks,
      [&](std::int64_t c) {
        correlate_block<T, 2>(taps, grid, blocks.channels - c, image, weights + blocks.at(0, c),
                              out + c);
      },
      [&](std::int64_t c) {
        correlate_block<T, 1>(taps, grid, blocks.channels - c, image, weights + blocks.at(0, c),
                              out + c);
      });
}

template <class T>
void add_outer_products(const Taps& taps, const Grid& grid, const ChannelBlocks<T>& blocks,
                        const T* image, const T* gradient, T* sums) {
  for_each_block(
      blocks,
      [&](std::int64_t c) {
        add_products_block<T, 2>(taps, grid, image, gradient + c, sums + blocks.at(0, c));
      },
      [&](std::int64_t c) {
        add_products_block<T, 1>(taps, grid, image, gradient + c, sums + blocks.at(0, c));
      });
}

#define VARVE_INSTANTIATE(T)                                                                     \
  template struct ChannelBlocks<T>;                                                              \
  template bool correlating_pays(const ChannelBlocks<T>&, std::int64_t);                         \
  template bool outer_products_pay(const ChannelBlocks<T>&);                                     \
  template void pad_image(const T*, std::int64_t, std::int64_t, std::int64_t, std::int64_t,      \
                          std::int64_t, std::int64_t, std::int64_t, T*);                         \
  template void correlate(const Taps&, const Grid&, const ChannelBlocks<T>&, const T*, const T*, \
                          T*);                                                                   \
  template void add_outer_products(const Taps&, const Grid&, const ChannelBlocks<T>&, const T*,  \
                                   const T*, T*);
VARVE_INSTANTIATE(float)
VARVE_INSTANTIATE(double)
#undef VARVE_INSTANTIATE

}  // namespace varve::cpu
