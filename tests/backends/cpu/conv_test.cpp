#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "tests/backends/cpu/testing.h"

using namespace varve;
using namespace varve::testing;

namespace {

struct Sizes {
  std::int64_t images, height, width, in, out, kernel_y, kernel_x, stride, padding;

  std::int64_t oh() const { return (height + 2 * padding - kernel_y) / stride + 1; }
  std::int64_t ow() const { return (width + 2 * padding - kernel_x) / stride + 1; }
  std::string str() const {
    return Shape{images, height, width, in, out, kernel_y, kernel_x, stride}.str() + " padding " +
           std::to_string(padding);
  }
};

// Both sides of every choice the kernels make: narrow and wide channels, tails of vectors, windows
// that lie in the image as they are, kernels smaller than the stride, lines that no window sees.
const Sizes all_sizes[] = {
    {2, 8, 8, 1, 32, 4, 4, 2, 1},   {2, 8, 8, 32, 32, 4, 4, 2, 1},  {1, 9, 7, 3, 5, 3, 3, 1, 1},
    {3, 5, 6, 4, 8, 3, 2, 2, 0},    {2, 6, 6, 8, 16, 1, 1, 1, 0},   {2, 7, 7, 5, 40, 3, 3, 2, 1},
    {1, 4, 4, 2, 3, 4, 4, 1, 0},    {2, 10, 5, 6, 20, 2, 3, 3, 1},  {1, 6, 6, 3, 17, 1, 1, 2, 0},
    {20, 3, 3, 2, 9, 3, 3, 1, 1},   {1, 33, 5, 70, 48, 5, 5, 1, 2}, {2, 8, 8, 32, 1, 4, 4, 2, 1},
    {1, 12, 12, 64, 3, 4, 4, 2, 1}, {2, 1, 1, 1, 1, 1, 1, 1, 0},    {0, 4, 4, 2, 2, 3, 3, 1, 1},
};

Attributes attributes_of(const Sizes& s) {
  Attributes a;
  a.window = {{s.kernel_y, s.kernel_x}, {s.stride, s.stride}, {s.padding, s.padding}};
  return a;
}

/// Calls f(image element, window element (n, oy, ox), kernel place, channel of the image).
template <class F>
void for_each_product(const Sizes& s, const F& f) {
  for (std::int64_t n = 0; n < s.images; ++n)
    for (std::int64_t oy = 0; oy < s.oh(); ++oy)
      for (std::int64_t ox = 0; ox < s.ow(); ++ox)
        for (std::int64_t ky = 0; ky < s.kernel_y; ++ky)
          for (std::int64_t kx = 0; kx < s.kernel_x; ++kx) {
            const std::int64_t y = oy * s.stride + ky - s.padding;
            const std::int64_t x = ox * s.stride + kx - s.padding;
            if (y < 0 || y >= s.height || x < 0 || x >= s.width) continue;
            for (std::int64_t c = 0; c < s.in; ++c)
              f(((n * s.height + y) * s.width + x) * s.in + c, (n * s.oh() + oy) * s.ow() + ox,
                ky * s.kernel_x + kx, c);
          }
}

template <class T>
void check_close(const View& got, const std::vector<double>& want) {
  const auto values = values_of<T>(got);
  REQUIRE(values.size() == want.size());
  const double tolerance = sizeof(T) == 4 ? 2e-4 : 1e-11;
  double worst = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(values[i]) - want[i]));
  }
  CHECK(worst < tolerance);
}

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

TEST_CASE_TEMPLATE("conv2d and its gradients against plain loops", T, float, double) {
  const auto backend = make_cpu_backend("2");
  for (const Sizes& s : all_sizes) {
    CAPTURE(s.str());
    const std::int64_t places = s.kernel_y * s.kernel_x;
    const View x = noise<T>(*backend, {s.images, s.height, s.width, s.in}, 1);
    const View w = noise<T>(*backend, {s.out, s.kernel_y, s.kernel_x, s.in}, 2);
    const View g = noise<T>(*backend, {s.images, s.oh(), s.ow(), s.out}, 3);
    const View b = noise<T>(*backend, {s.out}, 4);
    const View b_in = noise<T>(*backend, {s.in}, 5);
    const auto xs = values_of<T>(x), ws = values_of<T>(w), gs = values_of<T>(g);

    std::vector<double> y(gs.size()), dx(xs.size()), dw(ws.size());
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = values_of<T>(b)[i % index(s.out)];
    for (std::size_t i = 0; i < dx.size(); ++i) dx[i] = values_of<T>(b_in)[i % index(s.in)];
    for_each_product(
        s, [&](std::int64_t at, std::int64_t window, std::int64_t place, std::int64_t c) {
          for (std::int64_t o = 0; o < s.out; ++o) {
            const auto weight = index((o * places + place) * s.in + c);
            const auto result = index(window * s.out + o);
            y[result] += static_cast<double>(xs[index(at)]) * static_cast<double>(ws[weight]);
            dx[index(at)] += static_cast<double>(gs[result]) * static_cast<double>(ws[weight]);
            dw[weight] += static_cast<double>(gs[result]) * static_cast<double>(xs[index(at)]);
          }
        });
    for (double& value : y) value = std::max(value, 0.0);

    Attributes a = attributes_of(s);
    const View dw_view = make_view(*backend, w.shape, w.dtype);
    backend->execute({Op::conv2d_weight_gradient, {x, g}, {dw_view}, a});
    check_close<T>(dw_view, dw);
    a.activation = Activation::relu;
    const View y_view = make_view(*backend, g.shape, g.dtype);
    backend->execute({Op::conv2d, {x, w, b}, {y_view}, a});
    check_close<T>(y_view, y);
    a.activation = Activation::identity;
    a.shape = {s.height, s.width};
    const View dx_view = make_view(*backend, x.shape, x.dtype);
    backend->execute({Op::conv_transpose2d, {g, w, b_in}, {dx_view}, a});
    check_close<T>(dx_view, dx);
  }
}

TEST_CASE("convolutions take any layout of operands and results") {
  const auto backend = make_cpu_backend("2");
  const View x = noise(*backend, {6, 5, 4, 2});  // seen as [4, 5, 6, 2]
  View turned = x;
  turned.shape = {4, 5, 6, 2};
  turned.strides = {2, 8, 40, 1};
  const View packed = make_view(*backend, turned.shape);
  backend->execute({Op::copy, {turned}, {packed}, {}});
  const View w = noise(*backend, {3, 3, 3, 2}, 2);
  Attributes a;
  a.window = {{3, 3}, {1, 1}, {1, 1}};
  const View want = make_view(*backend, {4, 5, 6, 3});
  const View wide = make_view(*backend, {4, 5, 6, 5});
  View got = wide;
  got.shape = want.shape;
  got.offset = 1;
  backend->execute({Op::conv2d, {packed, w}, {want}, a});
  backend->execute({Op::conv2d, {turned, w}, {got}, a});
  const View back = make_view(*backend, want.shape);
  backend->execute({Op::copy, {got}, {back}, {}});
  CHECK(values_of(back) == values_of(want));
}
