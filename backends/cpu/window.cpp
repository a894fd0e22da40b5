#include "backends/cpu/window.h"

#include <algorithm>

#include "backends/cpu/kernel.h"

namespace varve::cpu {

namespace {

constexpr std::int64_t grain = 16384;

// Segments are often as short as four numbers, where a call of memcpy would be most of the time.
template <class T>
void copy(const T* from, std::int64_t count, T* to) {
  if (count > 32) {
    std::copy_n(from, count, to);
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) to[i] = from[i];
}

/// What of a window's row of `kernel` places, from `at` on, lies within [0, size).
struct Inside {
  std::int64_t begin, end;
  Inside(std::int64_t at, std::int64_t kernel, std::int64_t size)
      : begin(std::clamp<std::int64_t>(-at, 0, kernel)),
        end(std::clamp<std::int64_t>(size - at, begin, kernel)) {}
};

}  // namespace

bool Windows::plain() const { return window == Window{}; }

template <class T>
void take_windows(const Windows& w, const T* images, std::int64_t first, std::int64_t count,
                  T outside, T* to) {
  const std::int64_t c = w.channels;
  const auto [kh, kw] = w.window.kernel;
  const auto [sy, sx] = w.window.stride;
  const auto [py, px] = w.window.padding;
  for (std::int64_t line = first; line < first + count; ++line) {
    const T* image = images + line / w.oh * w.image_size();
    const std::int64_t top = line % w.oh * sy - py;
    for (std::int64_t ox = 0; ox < w.ow; ++ox) {
      const std::int64_t left = ox * sx - px;
      const Inside x(left, kw, w.width);
      for (std::int64_t ky = 0; ky < kh; ++ky, to += kw * c) {
        const std::int64_t y = top + ky;
        if (y < 0 || y >= w.height) {
          std::fill_n(to, kw * c, outside);
          continue;
        }
        const T* row = image + (y * w.width + left) * c;
        if (x.begin > 0) std::fill_n(to, x.begin * c, outside);
        copy(row + x.begin * c, (x.end - x.begin) * c, to + x.begin * c);
        if (x.end < kw) std::fill_n(to + x.end * c, (kw - x.end) * c, outside);
      }
    }
  }
}

template <class T>
void add_windows(const Windows& w, const T* from, std::int64_t first, std::int64_t count,
                 T* image) {
  const std::int64_t c = w.channels;
  const auto [kh, kw] = w.window.kernel;
  const auto [sy, sx] = w.window.stride;
  const auto [py, px] = w.window.padding;
  for (std::int64_t line = first; line < first + count; ++line, from += w.ow * w.window_size()) {
    for (std::int64_t ky = 0; ky < kh; ++ky) {
      const std::int64_t y = line * sy - py + ky;
      if (y < 0 || y >= w.height) continue;
      for (std::int64_t kx = 0; kx < kw; ++kx) {
        // The windows whose place (ky, kx) lies within the image.
        const std::int64_t begin = pieces(std::max<std::int64_t>(0, px - kx), sx);
        const std::int64_t end = std::min(w.ow, pieces(w.width + px - kx, sx));
        T* to = image + (y * w.width - px + kx) * c;
        const T* segment = from + (ky * kw + kx) * c;
        for (std::int64_t ox = begin; ox < end; ++ox) {
          for (std::int64_t i = 0; i < c; ++i) to[ox * sx * c + i] += segment[ox * kh * kw * c + i];
        }
      }
    }
  }
}

template void take_windows(const Windows&, const float*, std::int64_t, std::int64_t, float, float*);
template void take_windows(const Windows&, const double*, std::int64_t, std::int64_t, double,
                           double*);
template void add_windows(const Windows&, const float*, std::int64_t, std::int64_t, float*);
template void add_windows(const Windows&, const double*, std::int64_t, std::int64_t, double*);

namespace {

template <class T>
void unfold_typed(const Command& command, ThreadPool& pool) {
  const Shape& in = command.in[0].shape;
  const Shape& shape = command.out[0].shape;
  const Windows w{in[1], in[2], in[3], shape[1], shape[2], command.attributes.window};
  const Packed x(command.in[0], pool);
  const PackedResult out(command.out[0], pool);
  const std::int64_t size = w.ow * w.window_size();
  const std::int64_t lines = shape[0] * w.oh;
  const std::int64_t group = std::max<std::int64_t>(1, grain / std::max<std::int64_t>(size, 1));
  pool.parallel_for(pieces(lines, group), [&](std::int64_t task) {
    const std::int64_t first = task * group;
    take_windows(w, x.as<T>(), first, std::min(group, lines - first),
                 static_cast<T>(command.attributes.value), out.as<T>() + first * size);
  });
}

template <class T>
void fold_typed(const Command& command, ThreadPool& pool) {
  const Shape& in = command.in[0].shape;
  const Shape& shape = command.out[0].shape;
  const Windows w{shape[1], shape[2], shape[3], in[1], in[2], command.attributes.window};
  const Packed x(command.in[0], pool);
  const PackedResult out(command.out[0], pool);
  const std::int64_t size = w.oh * w.ow * w.window_size();
  pool.parallel_for(shape[0], [&](std::int64_t n) {
    T* image = out.as<T>() + n * w.image_size();
    std::fill_n(image, w.image_size(), T{0});
    add_windows(w, x.as<T>() + n * size, 0, w.oh, image);
  });
}

void unfold(const Command& command, ThreadPool& pool) {
  dispatch_floating(command.out[0].dtype, [&]<class T>() { unfold_typed<T>(command, pool); });
}

void fold(const Command& command, ThreadPool& pool) {
  dispatch_floating(command.out[0].dtype, [&]<class T>() { fold_typed<T>(command, pool); });
}

}  // namespace

Kernel window_kernel(Op op) {
  if (op == Op::unfold) return unfold;
  return op == Op::fold ? fold : nullptr;
}

}  // namespace varve::cpu
