#include <vector>

#include "backends/reference/kernels.h"

namespace varve::reference {
namespace {

/// Calls f(place, n, y, x, c) for every element of windows [N, oh, ow, kh, kw, C]: `place` is its
/// number in row-major order, (y, x) the pixel that it shows, which may lie outside of the image.
template <class F>
void for_window_elements(const Shape& windows, const Window& window, F f) {
  std::int64_t place = 0;
  for (std::int64_t n = 0; n < windows[0]; ++n)
    for (std::int64_t oy = 0; oy < windows[1]; ++oy)
      for (std::int64_t ox = 0; ox < windows[2]; ++ox)
        for (std::int64_t ky = 0; ky < windows[3]; ++ky)
          for (std::int64_t kx = 0; kx < windows[4]; ++kx)
            for (std::int64_t c = 0; c < windows[5]; ++c)
              f(place++, n, oy * window.stride[0] + ky - window.padding[0],
                ox * window.stride[1] + kx - window.padding[1], c);
}

void unfold(const Command& command) {
  const Shape& image = command.in[0].shape;
  for_float(command, command.out[0].dtype, [&](auto type) {
    using T = decltype(type);
    const Elements<const T> in(command.in[0]);
    const Elements<T> out(command.out[0]);
    const T outside = static_cast<T>(command.attributes.value);
    for_window_elements(command.out[0].shape, command.attributes.window,
                        [&](auto place, auto n, auto y, auto x, auto c) {
                          const bool inside = y >= 0 && y < image[1] && x >= 0 && x < image[2];
                          out[place] = inside ? in(n, y, x, c) : outside;
                        });
  });
}

/// The transpose of unfold: every pixel is the sum of its places in the windows.
void fold(const Command& command) {
  const Shape& image = command.out[0].shape;
  for_float(command, command.out[0].dtype, [&](auto type) {
    using T = decltype(type);
    const Elements<const T> in(command.in[0]);
    const Elements<T> out(command.out[0]);
    std::vector<double> memory(static_cast<std::size_t>(image.numel()), 0.0);
    const Elements<double> sums(memory.data(), image, contiguous_strides(image));
    for_window_elements(command.in[0].shape, command.attributes.window,
                        [&](auto place, auto n, auto y, auto x, auto c) {
                          if (y >= 0 && y < image[1] && x >= 0 && x < image[2])
                            sums(n, y, x, c) += double{in[place]};
                        });
    for (std::int64_t i = 0; i < out.count(); ++i) out[i] = static_cast<T>(sums[i]);
  });
}

}  // namespace

void add_windows(KernelTable& table) {
  at(table, Op::unfold) = unfold;
  at(table, Op::fold) = fold;
}

}  // namespace varve::reference
