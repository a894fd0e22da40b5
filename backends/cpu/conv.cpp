#include <algorithm>
#include <optional>
#include <vector>

#include "backends/cpu/activation.h"
#include "backends/cpu/direct_conv.h"
#include "backends/cpu/gemm.h"
#include "backends/cpu/kernel.h"
#include "backends/cpu/window.h"

// Each op has two ways: direct kernels for the narrow convolutions of small nets, and windows taken
// out in chunks and multiplied through BLAS for the rest. The shape alone decides.
namespace varve::cpu {

namespace {

// Windows or padded lines that a task works on stay in L2 beside the weights.
constexpr std::int64_t chunk_bytes = 256 * 1024;
// A weight gradient is summed in at most so many parts, and then over the parts.
constexpr std::int64_t most_parts = 16;
// Numbers of a window that one task packs or sums up.
constexpr std::int64_t window_grain = 64;

/// How many units of `numbers` fit into a chunk: 1 to `most`.
template <class T>
std::int64_t fitting(std::int64_t numbers, std::int64_t most) {
  const std::int64_t bytes =
      std::max<std::int64_t>(1, numbers) * static_cast<std::int64_t>(sizeof(T));
  return std::clamp<std::int64_t>(chunk_bytes / bytes, 1, std::max<std::int64_t>(most, 1));
}

/// A convolution's operands, packed, with what its kinds have in common.
template <class T>
struct Convolution {
  Windows windows;
  std::int64_t images;
  std::int64_t channels;  ///< on the other side of the windows
  Packed first, second;
  std::optional<Packed> bias;
  Activation activation;

  /// `image` is the side that windows are taken of, `other` the side with an element a window.
  Convolution(const Command& command, const Shape& image, const Shape& other, ThreadPool& pool)
      : windows{image[1], image[2], image[3], other[1], other[2], command.attributes.window},
        images(image[0]),
        channels(other[3]),
        first(command.in[0], pool),
        second(command.in[1], pool),
        activation(command.attributes.activation) {
    if (command.in.size() > 2) bias.emplace(command.in[2], pool);
  }

  /// Bias and activation on pixels of a result.
  void finish(std::int64_t pixels, std::int64_t per_pixel, T* y) const {
    finish_rows(pixels, per_pixel, bias ? bias->as<T>() : nullptr, activation, y, per_pixel);
  }
};

/// Packed windows of some lines: in the images themselves where they lie so already.
template <class T>
class Columns {
 public:
  Columns(const Windows& w, std::int64_t lines) : w_(w) {
    if (w.plain()) return;
    memory_.emplace(static_cast<std::size_t>(lines * w.ow * w.window_size()) * sizeof(T));
  }
  const T* take(const T* images, std::int64_t first, std::int64_t count) {
    if (!memory_) return images + first * w_.ow * w_.channels;
    take_windows(w_, images, first, count, T{0}, memory_->as<T>());
    return memory_->as<T>();
  }

 private:
  const Windows& w_;
  std::optional<Scratch> memory_;
};

template <class T>
std::size_t bytes_of(std::int64_t numbers) {
  return static_cast<std::size_t>(numbers) * sizeof(T);
}

/// Fills blocks with weight(number of the window, channel).
template <class T, class Weight>
void pack_weights(const ChannelBlocks<T>& blocks, const Weight& weight, T* to, ThreadPool& pool) {
  pool.parallel_for(pieces(blocks.window, window_grain), [&](std::int64_t task) {
    const std::int64_t end = std::min((task + 1) * window_grain, blocks.window);
    for (std::int64_t i = task * window_grain; i < end; ++i) {
      for (std::int64_t c = 0; c < blocks.padded(); ++c) {
        to[blocks.at(i, c)] = c < blocks.channels ? weight(i, c) : T{0};
      }
    }
  });
}

// --- conv2d ---

template <class T>
void conv2d_by_blas(const Convolution<T>& conv, T* out, ThreadPool& pool) {
  const Windows& w = conv.windows;
  const std::int64_t k = w.window_size();
  const std::int64_t lines = conv.images * w.oh;
  const std::int64_t chunk = fitting<T>(w.ow * k, w.oh);
  pool.parallel_for(pieces(lines, chunk), [&](std::int64_t task) {
    const std::int64_t first = task * chunk;
    const std::int64_t rows = std::min(chunk, lines - first) * w.ow;
    Columns<T> columns(w, chunk);
    T* y = out + first * w.ow * conv.channels;
    gemm<T>(rows, conv.channels, k,
            {columns.take(conv.first.template as<T>(), first, rows / w.ow), k, 1},
            {conv.second.template as<T>(), 1, k}, T{0}, {y, conv.channels, 1});
    conv.finish(rows, conv.channels, y);
  });
}

/// The lines and columns of an image that a run of window lines sees, padding included.
struct Seen {
  std::int64_t rows, cols;
  Seen(const Windows& w, std::int64_t lines)
      : rows((lines - 1) * w.window.stride[0] + w.window.kernel[0]),
        cols((w.ow - 1) * w.window.stride[1] + w.window.kernel[1]) {}
};

Taps taps_of(const Windows& w, const Seen& seen) {
  return {w.window.kernel[0], w.window.kernel[1] * w.channels, seen.cols * w.channels};
}

Grid grid_of(const Windows& w, const Seen& seen, std::int64_t lines, std::int64_t channels) {
  return {lines,
          w.ow,
          w.window.stride[0] * seen.cols * w.channels,
          w.window.stride[1] * w.channels,
          w.ow * channels,
          channels};
}

template <class T>
void conv2d_directly(const Convolution<T>& conv, const ChannelBlocks<T>& blocks, T* out,
                     ThreadPool& pool) {
  const Windows& w = conv.windows;
  const Scratch weights(bytes_of<T>(blocks.size()));
  const T* weight = conv.second.template as<T>();
  pack_weights(
      blocks, [&](std::int64_t i, std::int64_t c) { return weight[c * blocks.window + i]; },
      weights.as<T>(), pool);
  const std::int64_t chunk = fitting<T>(w.window.stride[0] * Seen(w, 1).cols * w.channels, w.oh);
  const std::int64_t chunks = pieces(w.oh, chunk);
  pool.parallel_for(conv.images * chunks, [&](std::int64_t task) {
    const std::int64_t image = task / chunks;
    const std::int64_t first = task % chunks * chunk;
    const std::int64_t lines = std::min(chunk, w.oh - first);
    const Seen seen(w, lines);
    const Scratch padded(bytes_of<T>(seen.rows * seen.cols * w.channels));
    pad_image(conv.first.template as<T>() + image * w.image_size(), w.height, w.width, w.channels,
              first * w.window.stride[0] - w.window.padding[0], -w.window.padding[1], seen.rows,
              seen.cols, padded.as<T>());
    T* y = out + (image * w.oh + first) * w.ow * conv.channels;
    correlate(taps_of(w, seen), grid_of(w, seen, lines, conv.channels), blocks, padded.as<T>(),
              weights.as<T>(), y);
    conv.finish(lines * w.ow, conv.channels, y);
  });
}

template <class T>
void conv2d_typed(const Command& command, ThreadPool& pool) {
  const Convolution<T> conv(command, command.in[0].shape, command.out[0].shape, pool);
  const PackedResult out(command.out[0], pool);
  const ChannelBlocks<T> blocks{conv.windows.window_size(), conv.channels};
  correlating_pays(blocks, conv.windows.window.kernel[1] * conv.windows.channels)
      ? conv2d_directly(conv, blocks, out.as<T>(), pool)
      : conv2d_by_blas(conv, out.as<T>(), pool);
}

// --- conv_transpose2d ---

template <class T>
void conv_transpose2d_by_blas(const Convolution<T>& conv, T* out, ThreadPool& pool) {
  const Windows& w = conv.windows;
  const std::int64_t k = w.window_size();
  const std::int64_t chunk = fitting<T>(w.ow * k, w.oh);
  pool.parallel_for(conv.images, [&](std::int64_t n) {
    const Scratch columns(bytes_of<T>(chunk * w.ow * k));
    T* image = out + n * w.image_size();
    std::fill_n(image, w.image_size(), T{0});
    for (std::int64_t first = 0; first < w.oh; first += chunk) {
      const std::int64_t count = std::min(chunk, w.oh - first);
      const T* from = conv.first.template as<T>() + (n * w.oh + first) * w.ow * conv.channels;
      gemm<T>(count * w.ow, k, conv.channels, {from, conv.channels, 1},
              {conv.second.template as<T>(), k, 1}, T{0}, {columns.as<T>(), k, 1});
      add_windows(w, columns.as<T>(), first, count, image);
    }
    conv.finish(w.height * w.width, w.channels, image);
  });
}

/// Along one axis, the pixels of the result that the same places of the kernel reach: those at
/// first + stride * i, from places phase + stride * t, t < taps. Pixel i reads the inputs
/// start + i - t.
struct Phase {
  std::int64_t phase, taps, first, count, start;
  Phase(const Window& w, int axis, std::int64_t size, std::int64_t p) : phase(p) {
    const std::int64_t stride = w.stride[axis];
    taps = std::max<std::int64_t>(0, pieces(w.kernel[axis] - p, stride));
    start = pieces(std::max<std::int64_t>(0, w.padding[axis] - p), stride);
    first = start * stride + p - w.padding[axis];
    count = first < size ? pieces(size - first, stride) : 0;
  }
};

/// A phase along both axes, with its part of the weights.
template <class T>
struct Part {
  Phase y, x;
  ChannelBlocks<T> blocks;
  std::int64_t offset;  ///< of its weights
};

template <class T>
std::vector<Part<T>> parts_of(const Windows& w, std::int64_t channels) {
  std::vector<Part<T>> parts;
  std::int64_t offset = 0;
  for (std::int64_t py = 0; py < w.window.stride[0]; ++py) {
    for (std::int64_t px = 0; px < w.window.stride[1]; ++px) {
      const Phase y(w.window, 0, w.height, py);
      const Phase x(w.window, 1, w.width, px);
      const ChannelBlocks<T> blocks{y.taps * x.taps * channels, w.channels};
      parts.push_back({y, x, blocks, offset});
      offset += blocks.size();
    }
  }
  return parts;
}

/// The kernel's places of a phase, turned round: the last tap reads the first input.
template <class T>
void pack_part(const Convolution<T>& conv, const Part<T>& part, T* to, ThreadPool& pool) {
  const Windows& w = conv.windows;
  const T* weight = conv.second.template as<T>();
  const auto at = [&](std::int64_t i, std::int64_t c) {
    const std::int64_t in = i % conv.channels;
    const std::int64_t place = i / conv.channels;
    const std::int64_t ty = part.y.taps - 1 - place / part.x.taps;
    const std::int64_t tx = part.x.taps - 1 - place % part.x.taps;
    const std::int64_t ky = part.y.phase + ty * w.window.stride[0];
    const std::int64_t kx = part.x.phase + tx * w.window.stride[1];
    return weight[((in * w.window.kernel[0] + ky) * w.window.kernel[1] + kx) * w.channels + c];
  };
  pack_weights(part.blocks, at, to + part.offset, pool);
}

template <class T>
void conv_transpose2d_directly(const Convolution<T>& conv, T* out, ThreadPool& pool) {
  const Windows& w = conv.windows;
  const auto parts = parts_of<T>(w, conv.channels);
  const Scratch weights(bytes_of<T>(parts.back().offset + parts.back().blocks.size()));
  for (const Part<T>& part : parts) pack_part(conv, part, weights.as<T>(), pool);
  // Inputs reach from before the first pixel's last tap to the last pixel's first.
  std::int64_t top = 0, left = 0, rows = 1, cols = 1;
  for (const Part<T>& part : parts) {
    top = std::min(top, part.y.start - part.y.taps + 1);
    left = std::min(left, part.x.start - part.x.taps + 1);
    rows = std::max(rows, part.y.start + part.y.count);
    cols = std::max(cols, part.x.start + part.x.count);
  }
  rows -= top;
  cols -= left;
  const std::int64_t i = conv.channels;
  pool.parallel_for(conv.images, [&](std::int64_t n) {
    const Scratch padded(bytes_of<T>(rows * cols * i));
    pad_image(conv.first.template as<T>() + n * w.oh * w.ow * i, w.oh, w.ow, i, top, left, rows,
              cols, padded.as<T>());
    T* image = out + n * w.image_size();
    for (const Part<T>& part : parts) {
      const T* from = padded.as<T>() + ((part.y.start - part.y.taps + 1 - top) * cols +
                                        (part.x.start - part.x.taps + 1 - left)) *
                                           i;
      T* to = image + (part.y.first * w.width + part.x.first) * w.channels;
      correlate(Taps{part.y.taps, part.x.taps * i, cols * i},
                Grid{part.y.count, part.x.count, cols * i, i,
                     w.window.stride[0] * w.width * w.channels, w.window.stride[1] * w.channels},
                part.blocks, from, weights.as<T>() + part.offset, to);
    }
    conv.finish(w.height * w.width, w.channels, image);
  });
}

template <class T>
void conv_transpose2d_typed(const Command& command, ThreadPool& pool) {
  const Convolution<T> conv(command, command.out[0].shape, command.in[0].shape, pool);
  const PackedResult out(command.out[0], pool);
  const Windows& w = conv.windows;
  const ChannelBlocks<T> all{w.window.kernel[0] * w.window.kernel[1] * conv.channels, w.channels};
  correlating_pays(all, w.window.kernel[1] / w.window.stride[1] * conv.channels)
      ? conv_transpose2d_directly(conv, out.as<T>(), pool)
      : conv_transpose2d_by_blas(conv, out.as<T>(), pool);
}

// --- conv2d_weight_gradient ---

/// out [channels, K] = the sum of parts, each [K, channels], in blocks or in rows.
template <class T>
void add_parts(const T* parts, std::int64_t count, const ChannelBlocks<T>& blocks, bool in_blocks,
               T* out, ThreadPool& pool) {
  const std::int64_t size = in_blocks ? blocks.size() : blocks.window * blocks.channels;
  pool.parallel_for(pieces(blocks.window, window_grain), [&](std::int64_t task) {
    const std::int64_t end = std::min((task + 1) * window_grain, blocks.window);
    for (std::int64_t i = task * window_grain; i < end; ++i) {
      for (std::int64_t c = 0; c < blocks.channels; ++c) {
        const T* part = parts + (in_blocks ? blocks.at(i, c) : i * blocks.channels + c);
        T total = *part;
        for (std::int64_t p = 1; p < count; ++p) total += part[p * size];
        out[c * blocks.window + i] = total;
      }
    }
  });
}

/// Adds the gradient of some images to `sums`.
template <class T>
void add_gradient_directly(const Convolution<T>& conv, const ChannelBlocks<T>& blocks,
                           std::int64_t first, std::int64_t last, T* sums) {
  const Windows& w = conv.windows;
  const Seen seen(w, w.oh);
  const Scratch padded(bytes_of<T>(seen.rows * seen.cols * w.channels));
  const std::int64_t pixels = w.oh * w.ow;
  const bool whole = blocks.padded() == conv.channels;
  const Scratch wide(whole ? 0 : bytes_of<T>(pixels * blocks.padded()));
  for (std::int64_t n = first; n < last; ++n) {
    pad_image(conv.first.template as<T>() + n * w.image_size(), w.height, w.width, w.channels,
              -w.window.padding[0], -w.window.padding[1], seen.rows, seen.cols, padded.as<T>());
    const T* g = conv.second.template as<T>() + n * pixels * conv.channels;
    if (!whole) {  // a pixel as an image of one line: its channels are padded
      for (std::int64_t i = 0; i < pixels; ++i) {
        pad_image(g + i * conv.channels, 1, conv.channels, 1, 0, 0, 1, blocks.padded(),
                  wide.as<T>() + i * blocks.padded());
      }
      g = wide.as<T>();
    }
    add_outer_products(taps_of(w, seen), grid_of(w, seen, w.oh, blocks.padded()), blocks,
                       padded.as<T>(), g, sums);
  }
}

template <class T>
void add_gradient_by_blas(const Convolution<T>& conv, std::int64_t first, std::int64_t last,
                          T* sums) {
  const Windows& w = conv.windows;
  const std::int64_t k = w.window_size();
  const std::int64_t chunk = fitting<T>(w.ow * k, w.oh);
  Columns<T> columns(w, chunk);
  for (std::int64_t line = first * w.oh; line < last * w.oh; line += chunk) {
    const std::int64_t count = std::min(chunk, last * w.oh - line);
    gemm<T>(k, conv.channels, count * w.ow,
            {columns.take(conv.first.template as<T>(), line, count), 1, k},
            {conv.second.template as<T>() + line * w.ow * conv.channels, conv.channels, 1}, T{1},
            {sums, conv.channels, 1});
  }
}

template <class T>
void weight_gradient_typed(const Command& command, ThreadPool& pool) {
  const Convolution<T> conv(command, command.in[0].shape, command.in[1].shape, pool);
  const PackedResult out(command.out[0], pool);
  const ChannelBlocks<T> blocks{conv.windows.window_size(), conv.channels};
  const bool direct = outer_products_pay(blocks);
  const std::int64_t size = direct ? blocks.size() : blocks.window * blocks.channels;
  const std::int64_t share = std::max<std::int64_t>(1, pieces(conv.images, most_parts));
  const std::int64_t parts = std::max<std::int64_t>(1, pieces(conv.images, share));
  const Scratch sums(bytes_of<T>(parts * size));
  pool.parallel_for(parts, [&](std::int64_t part) {
    T* sum = sums.as<T>() + part * size;
    std::fill_n(sum, size, T{0});
    const std::int64_t last = std::min((part + 1) * share, conv.images);
    direct ? add_gradient_directly(conv, blocks, part * share, last, sum)
           : add_gradient_by_blas(conv, part * share, last, sum);
  });
  add_parts(sums.as<T>(), parts, blocks, direct, out.as<T>(), pool);
}

void conv2d(const Command& command, ThreadPool& pool) {
  dispatch_floating(command.out[0].dtype, [&]<class T>() { conv2d_typed<T>(command, pool); });
}
void conv_transpose2d(const Command& command, ThreadPool& pool) {
  dispatch_floating(command.out[0].dtype,
                    [&]<class T>() { conv_transpose2d_typed<T>(command, pool); });
}
void conv2d_weight_gradient(const Command& command, ThreadPool& pool) {
  dispatch_floating(command.out[0].dtype,
                    [&]<class T>() { weight_gradient_typed<T>(command, pool); });
}

}  // namespace

Kernel conv_kernel(Op op) {
  switch (op) {
    case Op::conv2d:
      return conv2d;
    case Op::conv_transpose2d:
      return conv_transpose2d;
    case Op::conv2d_weight_gradient:
      return conv2d_weight_gradient;
    default:
      return nullptr;
  }
}

}  // namespace varve::cpu
