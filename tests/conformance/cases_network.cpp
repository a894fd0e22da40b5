#include <array>

#include "tests/conformance/cases.h"

namespace varve::conformance {
namespace {

using enum Values;
using enum Layout;

Layout layout(int i) { return static_cast<Layout>(i % layout_count); }

constexpr auto activations = {Activation::identity, Activation::relu, Activation::tanh,
                              Activation::sigmoid};

/// An image size with a window that suits it: stride, padding, kernel, even and odd.
struct Geometry {
  Shape image;  ///< [N, H, W, C]
  Window window;
};

std::vector<Geometry> geometries() {
  return {{{1, 4, 4, 1}, {{2, 2}, {1, 1}, {0, 0}}},
          {{2, 5, 4, 3}, {{3, 3}, {1, 1}, {1, 1}}},
          {{2, 6, 7, 2}, {{3, 3}, {2, 2}, {1, 1}}},
          {{1, 5, 6, 2}, {{2, 3}, {1, 2}, {0, 1}}},
          {{2, 3, 3, 4}, {{1, 1}, {1, 1}, {0, 0}}},
          {{1, 4, 4, 2}, {{4, 4}, {1, 1}, {0, 0}}},
          {{1, 5, 5, 1}, {{2, 2}, {3, 3}, {2, 2}}},  // pixels and rows that no window sees
          {{0, 4, 4, 2}, {{2, 2}, {2, 2}, {0, 0}}},
          {{3, 16, 16, 5}, {{4, 4}, {2, 2}, {1, 1}}},
          {{2, 17, 19, 8}, {{3, 5}, {1, 2}, {1, 2}}},
          {{2, 9, 11, 33}, {{3, 3}, {1, 1}, {1, 1}}},  // channels across the borders of vectors
          {{3, 12, 10, 32}, {{4, 4}, {2, 2}, {1, 1}}},
          {{5, 33, 20, 3}, {{4, 4}, {2, 2}, {1, 1}}},
          {{2, 8, 30, 1}, {{3, 7}, {3, 2}, {0, 3}}}};
}

Attributes windowed(const Geometry& geometry) {
  Attributes attributes;
  attributes.window = geometry.window;
  attributes.shape = {geometry.image[1], geometry.image[2]};
  return attributes;
}

/// [N, oh, ow] of the windows.
Shape places(const Geometry& geometry) {
  Shape out{geometry.image[0]};
  for (std::size_t d = 0; d < 2; ++d)
    out.push_back(
        (geometry.image[d + 1] + 2 * geometry.window.padding[d] - geometry.window.kernel[d]) /
            geometry.window.stride[d] +
        1);
  return out;
}

Shape extended(Shape shape, std::initializer_list<std::int64_t> more) {
  for (const auto size : more) shape.push_back(size);
  return shape;
}

std::vector<Case> windows(Op op) {
  std::vector<Case> out;
  for (const auto& geometry : geometries())
    for (int i = 0; i < (geometry.image.numel() > 200 ? 2 : layout_count); ++i) {
      auto attributes = windowed(geometry);
      const auto& kernel = geometry.window.kernel;
      const auto shape =
          op == Op::unfold ? geometry.image
                           : extended(places(geometry), {kernel[0], kernel[1], geometry.image[3]});
      if (op == Op::unfold) attributes.value = i % 2 == 0 ? 0 : -1.5;
      out.push_back({{{shape, normal, layout(i)}}, attributes});
    }
  return out;
}

std::int64_t filters_for(const Geometry& geometry, int i) {
  if (geometry.image.numel() < 200) return 2 + i % 2;
  constexpr std::array<std::int64_t, 5> counts{9, 32, 1, 35, 16};
  return counts[static_cast<std::size_t>(i) % counts.size()];
}

/// conv2d, conv_transpose2d and the weight gradient.
std::vector<Case> convolutions(Op op) {
  std::vector<Case> out;
  int i = 0;
  for (const auto& geometry : geometries())
    for (const auto activation : activations) {
      const std::int64_t filters = filters_for(geometry, i);
      const auto& kernel = geometry.window.kernel;
      const auto channels = geometry.image[3];
      const auto small = extended(places(geometry), {filters});
      const Shape weight{filters, kernel[0], kernel[1], channels};
      auto attributes = windowed(geometry);
      Case sample;
      if (op == Op::conv2d) {
        sample.in = {{geometry.image, normal, layout(i)}, {weight, normal, layout(i / 2)}};
      } else if (op == Op::conv_transpose2d) {
        sample.in = {{small, normal, layout(i)}, {weight, normal, layout(i / 2)}};
      } else {
        sample.in = {{geometry.image, normal, layout(i)}, {small, normal, layout(i + 3)}};
      }
      if (op != Op::conv2d_weight_gradient) {
        attributes.activation = activation;
        if (i % 3 > 0)
          sample.in.push_back({{op == Op::conv2d ? filters : channels}, normal, layout(i)});
      } else if (activation != Activation::identity && activation != Activation::relu) {
        continue;  // it has none: two layouts are enough
      }
      sample.attributes = attributes;
      out.push_back(sample);
      ++i;
    }
  return out;
}

std::vector<Case> linear() {
  std::vector<Case> out;
  const auto add = [&](Shape x, std::int64_t width, Activation activation, bool bias,
                       Layout first = plain, Layout second = plain) {
    Case sample{{{x, normal, first}, {{width, x.back()}, normal, second}}};
    if (bias) sample.in.push_back({{width}, normal, second});
    sample.attributes.activation = activation;
    out.push_back(sample);
  };
  for (const auto activation : activations)
    for (const bool bias : {false, true}) {
      add({3, 4}, 5, activation, bias);
      add({4}, 3, activation, bias);
      add({2, 3, 4}, 5, activation, bias);
      add({0, 4}, 3, activation, bias);
      add({128, 100}, 67, activation, bias);
    }
  for (int i = 0; i < layout_count; ++i) {
    add({3, 4}, 5, Activation::identity, true, layout(i), layout(i + 2));
    add({2, 3, 4}, 1, Activation::tanh, true, layout(i), layout(i + 5));
  }
  add({1, 1}, 1, Activation::identity, true);
  add({33, 257}, 130, Activation::relu, true, transposed, transposed);
  return out;
}

std::vector<Case> norms(Op op) {
  std::vector<Case> out;
  const auto add = [&](Shape x, Layout first = plain, Layout second = plain) {
    Case sample{{{x, normal, first}, {{x.back()}, normal, second}, {{x.back()}, normal, second}}};
    sample.attributes.epsilon = 1e-3;
    out.push_back(sample);
  };
  for (int i = 0; i < layout_count; ++i) {
    if (layout(i) != expanded || op == Op::layer_norm) add({4, 5}, layout(i), layout(i + 1));
    add({2, 3, 4}, layout(i), layout(i + 2));
  }
  add({2, 3, 2, 3});
  add({1, 6});
  add({6, 1});
  add({40, 300});
  add({130, 70});
  add({4, 9, 9, 33});
  if (op == Op::layer_norm) {
    add({5});
    add({0, 4});
  }
  return out;
}

std::vector<Case> softmaxes() {
  std::vector<Case> out;
  const auto add = [&](Shape x, std::int64_t axis, Layout at = plain) {
    Case sample{{{x, normal, at}}};
    sample.attributes.axes = {axis};
    out.push_back(sample);
  };
  for (int i = 0; i < layout_count; ++i)
    for (std::int64_t axis = 0; axis < 3; ++axis) {
      if (axis < 2) add({3, 5}, axis, layout(i));
      add({2, 3, 4}, axis, layout(i));
    }
  add({1}, 0);
  add({7}, 0);
  add({3, 1}, 1);
  add({0, 4}, 1);
  add({70, 301}, 1);
  add({70, 301}, 0);
  add({5, 33, 17}, 1);
  return out;
}

std::vector<Case> triangular_systems() {
  std::vector<Case> out;
  const auto add = [&](Shape t, std::int64_t columns, bool lower, Layout first = plain,
                       Layout second = plain) {
    Shape b = t;
    b[b.size() - 1] = columns;
    Case sample{{{t, triangular, first}, {b, normal, second}}};
    sample.attributes.lower = lower;
    out.push_back(sample);
  };
  for (const bool lower : {true, false}) {
    add({1, 1}, 1, lower);
    add({3, 3}, 2, lower);
    add({4, 4}, 1, lower, transposed, transposed);
    add({2, 3, 3}, 2, lower);
    add({2, 3, 3}, 2, lower, expanded, stepped);
    add({3, 3}, 4, lower, inner, flipped);
    add({0, 3, 3}, 2, lower);
    add({33, 33}, 20, lower);
    add({4, 17, 17}, 5, lower, transposed, plain);
  }
  return out;
}

std::vector<Case> adam_steps() {
  std::vector<Case> out;
  for (const Shape& shape : {Shape{7}, Shape{1}, Shape{0}, Shape{4099}, Shape{3, 5}})
    for (int kind = 0; kind < 4; ++kind) {
      Case sample{{{shape},
                   {shape},
                   {shape},
                   {shape, positive},
                   {{}, positive},
                   {{}, positive, plain, DType::i32}}};
      if (kind == 3) sample.in.push_back({{}, positive});  // nothing moves
      sample.attributes.beta1 = 0.9;
      sample.attributes.beta2 = 0.999;
      sample.attributes.epsilon = 1e-8;
      sample.attributes.weight_decay = kind == 0 ? 0 : 0.1;
      sample.attributes.decoupled = kind == 2;
      out.push_back(sample);
    }
  return out;
}

std::vector<Case> global_norms() {
  return {{{{{5}}}},
          {{{{}}}},
          {{{{3, 4}, normal, transposed}, {{5}, normal, stepped}, {{}}}},
          {{{{2, 3, 4}, normal, expanded}, {{1}}}},
          {{{{0}}, {{3}}}},
          {{{{4099}}, {{67, 131}, normal, reversed}}}};
}

}  // namespace

std::vector<Case> network_cases(Op op) {
  switch (op) {
    case Op::unfold:
    case Op::fold:
      return windows(op);
    case Op::conv2d:
    case Op::conv_transpose2d:
    case Op::conv2d_weight_gradient:
      return convolutions(op);
    case Op::linear:
      return linear();
    case Op::layer_norm:
    case Op::batch_norm:
      return norms(op);
    case Op::softmax:
    case Op::log_softmax:
      return softmaxes();
    case Op::solve_triangular:
      return triangular_systems();
    case Op::adam_step:
      return adam_steps();
    case Op::global_norm:
      return global_norms();
    default:
      return {};
  }
}

}  // namespace varve::conformance
