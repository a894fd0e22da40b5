#include <doctest/doctest.h>

#include <map>

#include "tests/backends/vulkan/products.h"

using namespace varve;
using namespace varve::testing;

namespace {

struct Sizes {
  std::int64_t images, height, width, in, out, kernel_y, kernel_x, stride_y, stride_x, padding_y,
      padding_x;

  std::int64_t oh() const { return (height + 2 * padding_y - kernel_y) / stride_y + 1; }
  std::int64_t ow() const { return (width + 2 * padding_x - kernel_x) / stride_x + 1; }
  Shape image() const { return {images, height, width, in}; }
  Shape weight() const { return {out, kernel_y, kernel_x, in}; }
  Shape result() const { return {images, oh(), ow(), out}; }
  std::string str() const {
    return image().str() + " with " + weight().str() + " stride " +
           Shape{stride_y, stride_x}.str() + " padding " + Shape{padding_y, padding_x}.str();
  }
};

// Channels that are whole vectors and not; windows that hang over each edge; kernels smaller than
// the stride, odd phases, pixels that no window sees, padding larger than the stride. Transposed,
// some have few channels and many elements, some not: the two ways to do that.
const Sizes all_sizes[] = {
    {2, 8, 8, 16, 8, 4, 4, 2, 2, 1, 1},   {1, 9, 7, 3, 5, 3, 3, 1, 1, 1, 1},
    {3, 5, 6, 4, 8, 3, 2, 2, 2, 0, 0},    {2, 6, 6, 8, 16, 1, 1, 1, 1, 0, 0},
    {2, 7, 8, 5, 33, 3, 3, 2, 2, 1, 1},   {1, 4, 4, 2, 3, 4, 4, 1, 1, 0, 0},
    {2, 11, 5, 15, 20, 2, 5, 3, 2, 1, 4}, {1, 7, 7, 3, 17, 1, 1, 3, 2, 0, 0},
    {1, 5, 5, 1, 1, 2, 2, 3, 3, 2, 2},    {2, 8, 30, 1, 4, 3, 7, 3, 2, 0, 3},
    {1, 12, 12, 16, 3, 4, 4, 2, 2, 1, 1}, {5, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0},
};

Attributes attributes_of(const Sizes& s, Activation activation = Activation::identity) {
  Attributes a;
  a.window = {{s.kernel_y, s.kernel_x}, {s.stride_y, s.stride_x}, {s.padding_y, s.padding_x}};
  a.shape = {s.height, s.width};
  a.activation = activation;
  return a;
}

/// Calls f(image element, result element but for its channel, weight element of channel 0).
template <class F>
void for_each_product(const Sizes& s, const F& f) {
  for (std::int64_t n = 0; n < s.images; ++n)
    for (std::int64_t oy = 0; oy < s.oh(); ++oy)
      for (std::int64_t ox = 0; ox < s.ow(); ++ox)
        for (std::int64_t ky = 0; ky < s.kernel_y; ++ky)
          for (std::int64_t kx = 0; kx < s.kernel_x; ++kx) {
            const std::int64_t y = oy * s.stride_y + ky - s.padding_y;
            const std::int64_t x = ox * s.stride_x + kx - s.padding_x;
            if (y < 0 || y >= s.height || x < 0 || x >= s.width) continue;
            for (std::int64_t c = 0; c < s.in; ++c)
              f(static_cast<std::size_t>(((n * s.height + y) * s.width + x) * s.in + c),
                static_cast<std::size_t>(((n * s.oh() + oy) * s.ow() + ox) * s.out),
                static_cast<std::size_t>((ky * s.kernel_x + kx) * s.in + c));
          }
}

/// The operands of a convolution and of its gradients, and by plain loops what they give.
struct Problem {
  Sizes s;
  std::vector<float> x, w, g, b, b_in;
  std::vector<double> y, dx, dw;

  explicit Problem(const Sizes& sizes) : s(sizes) {
    x = noise(s.image().numel(), 1);
    w = noise(s.weight().numel(), 2);
    g = noise(s.result().numel(), 3);
    b = noise(s.out, 4);
    b_in = noise(s.in, 5);
    for (std::size_t i = 0; i < g.size(); ++i) y.push_back(static_cast<double>(b[i % b.size()]));
    for (std::size_t i = 0; i < x.size(); ++i)
      dx.push_back(static_cast<double>(b_in[i % b_in.size()]));
    dw.resize(w.size());
    const auto out = static_cast<std::size_t>(s.out);
    for_each_product(s, [&](std::size_t image, std::size_t result, std::size_t weight) {
      for (std::size_t o = 0; o < out; ++o) {
        const std::size_t k = weight + o * w.size() / out;
        y[result + o] += static_cast<double>(x[image]) * static_cast<double>(w[k]);
        dx[image] += static_cast<double>(g[result + o]) * static_cast<double>(w[k]);
        dw[k] += static_cast<double>(g[result + o]) * static_cast<double>(x[image]);
      }
    });
  }

  std::int64_t window() const { return s.kernel_y * s.kernel_x; }
};

View packed(Rig& rig, const Shape& shape, const std::vector<float>& values) {
  const View view = rig.make(shape);
  rig.put(view, values);
  return view;
}

/// A packed result with guards around it; `odd`: not at a multiple of four elements.
struct Guarded {
  View view, all;

  Guarded(Rig& rig, const Shape& shape, bool odd) {
    const std::int64_t edge = odd ? 5 : 8;
    all = rig.make({shape.numel() + 2 * edge});
    rig.put(all, std::vector<float>(static_cast<std::size_t>(all.shape[0]), untouched));
    view = part(all, edge, shape);
  }

  std::vector<float> values(Rig& rig) const {
    const auto now = rig.get<float>(all);
    const auto begin = now.begin() + view.offset;
    const auto end = begin + view.shape.numel();
    const auto is_untouched = [](float x) { return x == untouched; };
    CHECK(std::all_of(now.begin(), begin, is_untouched));
    CHECK(std::all_of(end, now.end(), is_untouched));
    return {begin, end};
  }
};

struct Results {
  std::vector<float> y, dx, dw;
  friend bool operator==(const Results&, const Results&) = default;
};

/// All three, checked against the loops.
Results check(Rig& rig, const Problem& p, const vulkan::Traits& traits, bool odd) {
  const Sizes& s = p.s;
  CAPTURE(s.str());
  CAPTURE(traits.tiles);
  const View x = packed(rig, s.image(), p.x), w = packed(rig, s.weight(), p.w);
  const View g = packed(rig, s.result(), p.g);
  const View b = packed(rig, {s.out}, p.b), b_in = packed(rig, {s.in}, p.b_in);
  OtherDevice device(rig.stream, traits);
  Results got;
  const auto run = [&](Op op, const std::vector<View>& in, const Shape& shape) {
    const Guarded out(rig, shape, odd);
    vulkan::find_kernel(op).kernel({op, in, {out.view}, attributes_of(s)}, device);
    return out.values(rig);
  };
  got.y = run(Op::conv2d, {x, w, b}, s.result());
  CHECK(distance(got.y, p.y) < rounding(p.window() * s.in));
  got.dx = run(Op::conv_transpose2d, {g, w, b_in}, s.image());
  CHECK(distance(got.dx, p.dx) < rounding(p.window() * s.out));
  got.dw = run(Op::conv2d_weight_gradient, {x, g}, s.weight());
  CHECK(distance(got.dw, p.dw) < rounding(s.images * s.oh() * s.ow()));
  return got;
}

/// conv2d and conv_transpose2d with or without bias, and an activation.
void check_finish(Rig& rig, const Problem& p, const char* tiles, bool with_bias,
                  Activation activation) {
  const Sizes& s = p.s;
  CAPTURE(s.str());
  CAPTURE(tiles);
  CAPTURE(with_bias);
  CAPTURE(name(activation));
  vulkan::Traits traits = with_tiles(rig, tiles);
  traits.software = false;  // splits as a GPU does
  OtherDevice device(rig.stream, traits);
  const View w = packed(rig, s.weight(), p.w);
  const auto run = [&](Op op, const View& image, const std::vector<float>& bias,
                       std::vector<double> want, const Shape& shape) {
    std::vector<View> in{image, w};
    if (with_bias) in.push_back(packed(rig, {static_cast<std::int64_t>(bias.size())}, bias));
    const Guarded out(rig, shape, true);
    vulkan::find_kernel(op).kernel({op, in, {out.view}, attributes_of(s, activation)}, device);
    for (std::size_t i = 0; i < want.size(); ++i) {
      const auto added = with_bias ? 0 : static_cast<double>(bias[i % bias.size()]);
      want[i] = activated(activation, want[i] - added);
    }
    CHECK(distance(out.values(rig), want) < rounding(p.window() * std::max(s.in, s.out)));
  };
  run(Op::conv2d, packed(rig, s.image(), p.x), p.b, p.y, s.result());
  run(Op::conv_transpose2d, packed(rig, s.result(), p.g), p.b_in, p.dx, s.image());
}

}  // namespace

TEST_CASE("convolutions and their gradients against plain loops, with the same bits by all tiles") {
  const auto rig = make_rig();
  if (!rig) return;
  std::map<std::string, Results> by_registers;
  for (const Sizes& s : all_sizes)
    by_registers[s.str()] = check(*rig, Problem(s), with_tiles(*rig, "register"), true);
  // Of the others a few: the geometry is the same code, and each variant takes a software device
  // about a second to compile. With and without vectors, and with strides that differ.
  for (const Sizes& s : {all_sizes[0], all_sizes[6]})
    CHECK(check(*rig, Problem(s), with_tiles(*rig, "small"), false) == by_registers[s.str()]);
  const Sizes& s = all_sizes[0];
  CHECK(check(*rig, Problem(s), with_tiles(*rig, "medium"), false) == by_registers[s.str()]);
}

TEST_CASE("sums of convolutions are split, deterministically, and to the same value") {
  const auto rig = make_rig();
  if (!rig) return;
  // Few results of many terms: of the window, and of the images for the weight gradient.
  for (const Sizes& s :
       {Sizes{2, 4, 4, 24, 9, 4, 4, 1, 1, 0, 0}, Sizes{8, 9, 9, 2, 6, 3, 3, 1, 1, 1, 1}})
    for (const char* tiles : {"register", "small"}) {
      if (tiles == std::string("small") && s.images == 8) continue;  // one is enough
      const Problem p(s);
      vulkan::Traits traits = with_tiles(*rig, tiles);
      traits.software = false;  // the thresholds of a GPU
      const Results split = check(*rig, p, traits, true);
      CHECK(check(*rig, p, traits, true) == split);
      traits.split_k = false;
      CHECK_FALSE(check(*rig, p, traits, true) == split);  // another order of the sums
    }
}

TEST_CASE("bias and every activation, with sums split and whole") {
  const auto rig = make_rig();
  if (!rig) return;
  for (const Sizes& s :
       {Sizes{2, 4, 4, 24, 9, 4, 4, 1, 1, 0, 0}, Sizes{1, 6, 5, 3, 7, 3, 3, 2, 1, 1, 0}}) {
    const Problem p(s);
    for (const auto activation :
         {Activation::identity, Activation::relu, Activation::tanh, Activation::sigmoid}) {
      check_finish(*rig, p, "register", true, activation);
      check_finish(*rig, p, "register", false, activation);
    }
    if (s.images == 1) check_finish(*rig, p, "small", true, Activation::tanh);
  }
}

TEST_CASE("convolutions take operands and results of any layout") {
  const auto rig = make_rig();
  if (!rig) return;
  const Sizes s{4, 5, 6, 2, 3, 3, 3, 1, 1, 1, 1};
  const Problem p(s);
  // The image reversed in all its dimensions' order, the weights with every second input channel,
  // the result in the middle of wider pixels.
  View x = rig->make({2, 6, 5, 4}), w = rig->make({3, 3, 3, 4}), wide = rig->make({4, 5, 6, 5});
  std::vector<float> x_lies(p.x.size()), w_lies(2 * p.w.size(), NAN);
  x.shape = s.image();
  x.strides = {1, 4, 20, 120};
  for (std::size_t i = 0; i < p.x.size(); ++i) {
    const std::size_t n = i / 60, row = i / 12 % 5, column = i / 2 % 6, c = i % 2;
    x_lies[n + row * 4 + column * 20 + c * 120] = p.x[i];
  }
  for (std::size_t i = 0; i < p.w.size(); ++i) w_lies[2 * i] = p.w[i];
  rig->put(x, x_lies);
  rig->put(w, w_lies);
  w.shape = s.weight();
  w.strides = {36, 12, 4, 2};
  const View b = packed(*rig, {3}, p.b);
  rig->put(wide, std::vector<float>(4 * 5 * 6 * 5, untouched));
  View y = wide;
  y.shape = s.result();
  y.offset = 1;
  vulkan::find_kernel(Op::conv2d)
      .kernel({Op::conv2d, {x, w, b}, {y}, attributes_of(s)}, rig->stream);
  const auto all = rig->get<float>(wide);
  std::vector<float> got;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool inside = i % 5 >= 1 && i % 5 < 4;
    if (inside) got.push_back(all[i]);
    if (!inside) CHECK(all[i] == untouched);
  }
  CHECK(distance(got, p.y) < rounding(18));
}

TEST_CASE("batches of more than a binding holds are taken apart") {
  const auto rig = make_rig();
  if (!rig) return;
  struct Batch {
    Sizes s;
    std::uint64_t max_range;  ///< of about two images
  };
  for (const auto& [s, max_range] : {Batch{{7, 8, 8, 12, 5, 3, 3, 2, 2, 1, 1}, 6656},
                                     Batch{{7, 8, 8, 1, 5, 4, 4, 2, 2, 1, 1}, 2560}}) {
    const Problem p(s);
    vulkan::Traits traits = with_tiles(*rig, "register");
    const Results whole = check(*rig, p, traits, true);
    traits.max_range = max_range;
    const Results parts = check(*rig, p, traits, true);
    CHECK(parts.y == whole.y);
    CHECK(parts.dx == whole.dx);
  }
}

TEST_CASE("convolutions of no channels give the bias, and of no images a gradient of 0") {
  const auto rig = make_rig();
  if (!rig) return;
  const Sizes none{2, 3, 3, 0, 2, 2, 2, 1, 1, 0, 0};
  const View b = packed(*rig, {2}, {1.5F, -2.0F});
  const Guarded y(*rig, none.result(), true);
  vulkan::find_kernel(Op::conv2d)
      .kernel({Op::conv2d,
               {rig->make(none.image()), rig->make(none.weight()), b},
               {y.view},
               attributes_of(none, Activation::relu)},
              rig->stream);
  for (std::int64_t i = 0; const float value : y.values(*rig))
    CHECK(value == (i++ % 2 == 0 ? 1.5F : 0.0F));
  const Sizes none_out{2, 3, 3, 2, 0, 2, 2, 1, 1, 0, 0};
  const Guarded dx(*rig, none_out.image(), true);
  vulkan::find_kernel(Op::conv_transpose2d)
      .kernel({Op::conv_transpose2d,
               {rig->make(none_out.result()), rig->make(none_out.weight()), b},
               {dx.view},
               attributes_of(none_out)},
              rig->stream);
  for (std::int64_t i = 0; const float value : dx.values(*rig))
    CHECK(value == (i++ % 2 == 0 ? 1.5F : -2.0F));
  const Sizes empty{0, 3, 3, 2, 3, 2, 2, 1, 1, 0, 0};
  const Guarded dw(*rig, empty.weight(), true);
  vulkan::find_kernel(Op::conv2d_weight_gradient)
      .kernel({Op::conv2d_weight_gradient,
               {rig->make(empty.image()), rig->make(empty.result())},
               {dw.view},
               attributes_of(empty)},
              rig->stream);
  for (const float value : dw.values(*rig)) CHECK(value == 0);
}
