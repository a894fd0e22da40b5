#include "tests/conformance/cases.h"

namespace varve::conformance {
namespace {

using enum Values;
using enum Layout;

Attributes along(Axes axes) {
  Attributes attributes;
  attributes.axes = axes;
  return attributes;
}

Attributes of_shape(Shape shape, DType dtype = DType::f32) {
  Attributes attributes;
  attributes.shape = shape;
  attributes.dtype = dtype;
  return attributes;
}

Layout layout(int i) { return static_cast<Layout>(i % layout_count); }

std::vector<Case> creation(Op op) {
  std::vector<Case> out;
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{7}, Shape{3, 5}, Shape{0}, Shape{2, 0, 3},
                             Shape{4099}, Shape{3, 5, 131}})
    for (const auto dtype : {DType::f32, DType::i32, DType::i64}) {
      auto attributes = of_shape(shape, dtype);
      attributes.value = 3;
      attributes.step = op == Op::iota ? 2 : 1;
      out.push_back({{}, attributes});
    }
  for (const double value : {0.1, -2.5, 1e30}) {
    auto attributes = of_shape({5});
    attributes.value = value;
    attributes.step = op == Op::iota ? 0.25 : 1;
    out.push_back({{}, attributes});
  }
  if (op == Op::fill)
    for (const auto dtype : {DType::u8, DType::boolean}) {
      auto attributes = of_shape({3, 5}, dtype);
      attributes.value = 1;
      out.push_back({{}, attributes});
    }
  return out;
}

std::vector<Case> random() {
  std::vector<Case> out;
  const Input state{{4}, index, plain, DType::i32, 1'000'000'000};
  for (const auto distribution : {Distribution::uniform, Distribution::normal})
    for (const Shape& shape :
         {Shape{}, Shape{1}, Shape{3}, Shape{5, 7}, Shape{0}, Shape{4099}, Shape{16, 33, 17}}) {
      auto attributes = of_shape(shape);
      attributes.distribution = distribution;
      out.push_back({{state}, attributes});
    }
  return out;
}

std::vector<Case> reduction(Op op) {
  const auto values = op == Op::sum ? normal : distinct;
  std::vector<Case> out;
  const auto add = [&](const Shape& shape, const Axes& axes, Layout at = plain,
                       DType dtype = DType::f32) {
    if (op == Op::argmax && axes.size() != 1) return;
    const auto kind = is_floating(dtype) ? values : whole;
    out.push_back({{{shape, kind, at, dtype}}, along(axes)});
  };
  add({}, {});
  for (const Axes& axes : {Axes{}, Axes{0}}) {
    add({1}, axes);
    add({7}, axes);
    add({4099}, axes);
  }
  for (int i = 0; i < layout_count; ++i) {
    for (const Axes& axes : {Axes{}, Axes{0}, Axes{1}, Axes{0, 1}}) add({3, 5}, axes, layout(i));
    for (const Axes& axes : {Axes{0}, Axes{1}, Axes{2}, Axes{0, 2}, Axes{1, 2}, Axes{0, 1}})
      add({2, 3, 4}, axes, layout(i));
  }
  for (const Axes& axes : {Axes{}, Axes{0}, Axes{1}}) {
    add({300, 257}, axes);
    add({131, 67}, axes, transposed);
    add({65, 33}, axes, expanded);
    add({70, 1}, axes);
    add({1, 70}, axes);
  }
  for (const Axes& axes : {Axes{1}, Axes{0, 2}, Axes{0, 1}, Axes{2}}) {
    add({8, 33, 65}, axes);
    add({9, 17, 19}, axes, inner);
  }
  add({2, 3, 4, 5}, {0, 1, 2});
  add({2, 3, 4, 5}, {1, 3}, reversed);
  add({3, 0}, {0});
  for (const auto dtype : {DType::i32, DType::i64}) {
    add({3, 5}, {1}, plain, dtype);
    add({4, 3, 5}, {0}, stepped, dtype);
  }
  if (op == Op::sum) {  // a sum of nothing is 0; a maximum of nothing does not exist
    add({0}, {});
    add({0, 3}, {0});
    add({2, 0, 3}, {1});
  }
  return out;
}

std::vector<Case> matmul() {
  std::vector<Case> out;
  const auto add = [&](Shape a, Shape b, Layout first = plain, Layout second = plain) {
    out.push_back({{{a, normal, first}, {b, normal, second}}});
  };
  add({1, 1}, {1, 1});
  add({3, 4}, {4, 5});
  add({5, 1}, {1, 7});
  add({1, 9}, {9, 1});
  add({4, 4}, {4, 4});
  add({0, 3}, {3, 2});
  add({2, 0}, {0, 3});
  add({2, 3}, {3, 0});
  add({2, 0, 3}, {2, 3, 4});
  for (int i = 0; i < layout_count; ++i) {
    add({3, 4}, {4, 5}, layout(i), plain);
    add({3, 4}, {4, 5}, plain, layout(i));
    add({2, 3, 4}, {2, 4, 5}, layout(i), layout(i + 1));
    add({37, 65}, {65, 41}, layout(i), layout(i + 3));
  }
  add({2, 3, 3, 4}, {2, 3, 4, 2}, expanded, inner);
  add({2, 3, 3, 4}, {2, 3, 4, 2}, reversed, transposed);
  add({65, 129}, {129, 67});
  add({128, 300}, {300, 130}, plain, transposed);
  add({130, 300}, {300, 20}, transposed, plain);
  add({5, 33, 47}, {5, 47, 29}, plain, expanded);
  return out;
}

std::vector<Case> indexing(Op op) {
  std::vector<Case> out;
  const auto add = [&](Shape x, Shape at, std::int64_t axis, Layout first = plain,
                       Layout second = plain, DType index_dtype = DType::i64,
                       DType dtype = DType::f32) {
    const auto kind = is_floating(dtype) ? normal : whole;
    Case sample{{{x, kind, first, dtype},
                 {at, index, second, index_dtype, x[static_cast<std::size_t>(axis)]}},
                along({axis})};
    if (op == Op::scatter_add) sample.in.push_back({at, kind, second, dtype});
    out.push_back(sample);
  };
  add({5}, {7}, 0);
  add({1}, {3}, 0);
  for (const auto dtype : {DType::i32, DType::i64}) {
    add({4, 6}, {3, 6}, 0, plain, plain, dtype);
    add({4, 6}, {4, 9}, 1, plain, plain, dtype);
    add({2, 3, 4}, {2, 5, 4}, 1, plain, plain, dtype);
  }
  for (int i = 0; i < layout_count; ++i) {
    add({4, 3}, {5, 3}, 0, layout(i), layout(i + 1));
    add({2, 3, 4}, {2, 3, 6}, 2, layout(i), layout(i + 3));
  }
  add({4, 6}, {0, 6}, 0);
  add({0, 6}, {0, 6}, 0);
  add({300, 33}, {1001, 33}, 0);
  add({33, 300}, {33, 70}, 1, transposed, expanded);
  for (const auto dtype : {DType::i32, DType::i64})
    add({4, 6}, {3, 6}, 0, stepped, flipped, DType::i64, dtype);
  if (op == Op::gather)
    for (const auto dtype : {DType::u8, DType::boolean})
      add({4, 6}, {3, 6}, 0, plain, plain, DType::i64, dtype);
  return out;
}

std::vector<Case> concat() {
  std::vector<Case> out{
      {{{{3, 4}}}, along({0})},
      {{{{3, 4}}, {{2, 4}}}, along({0})},
      {{{{3, 4}, normal, transposed}, {{3, 1}, normal, flipped}, {{3, 5}, normal, stepped}},
       along({1})},
      {{{{2, 3, 4}, normal, expanded}, {{2, 1, 4}, normal, inner}}, along({1})},
      {{{{0, 4}}, {{2, 4}}}, along({0})},
      {{{{2, 0}}, {{2, 0}}}, along({0})},
      {{{{67, 129}}, {{67, 31}, normal, reversed}}, along({1})},
  };
  for (const auto dtype : {DType::i32, DType::i64, DType::u8, DType::boolean})
    out.push_back({{{{3}, whole, plain, dtype}, {{4}, whole, stepped, dtype}}, along({0})});
  return out;
}

Attributes part(Shape whole, Dims start, Dims stop, Dims stride) {
  auto attributes = of_shape(whole);
  attributes.start = start;
  attributes.stop = stop;
  attributes.stride = stride;
  return attributes;
}

/// The slices that `slice` takes and `slice_scatter` fills.
std::vector<Attributes> parts() {
  return {part({5}, {1}, {4}, {1}),
          part({5}, {0}, {5}, {2}),
          part({5}, {4}, {-1}, {-1}),
          part({4, 6}, {1, 0}, {3, 6}, {1, 2}),
          part({4, 6}, {3, 1}, {-1, 5}, {-2, 1}),
          part({2, 3, 4}, {0, 1, 0}, {2, 2, 4}, {1, 1, 3}),
          part({4}, {2}, {2}, {1}),
          part({67, 131}, {3, 1}, {66, 130}, {2, 3})};
}

Shape shape_of(const Attributes& slice) {
  Attributes attributes = slice;
  return row(Op::slice).shapes({{slice.shape, DType::f32}}, attributes)[0].shape;
}

std::vector<Case> slices(Op op) {
  std::vector<Case> out;
  int i = 0;
  for (const auto& attributes : parts())
    for (const auto at : {plain, layout(++i)})
      out.push_back(
          {{{op == Op::slice ? attributes.shape : shape_of(attributes), normal, at}}, attributes});
  return out;
}

/// Of each size that a network of powers of two meets: one less, one more.
std::vector<Case> lines(Op op) {
  const auto values = op == Op::cumsum ? normal : whole;  // with ties
  std::vector<Case> out;
  const auto add = [&](const Shape& shape, std::int64_t axis, Layout at = plain,
                       DType dtype = DType::f32) {
    out.push_back({{{shape, is_floating(dtype) ? values : whole, at, dtype}}, along({axis})});
  };
  for (const std::int64_t count : {0, 1, 2, 3, 5, 17, 64, 129}) add({count}, 0);
  for (int i = 0; i < layout_count; ++i) {
    for (const std::int64_t axis : {0, 1}) add({3, 5}, axis, layout(i));
    for (const std::int64_t axis : {0, 1, -1}) add({2, 3, 4}, axis, layout(i));
  }
  add({2, 0, 3}, 1);
  add({2, 0, 3}, 2);
  add({33, 70}, 0);
  for (const auto dtype : {DType::i32, DType::i64}) add({4, 9}, 1, stepped, dtype);
  if (op == Op::argsort)
    for (const auto dtype : {DType::u8, DType::boolean}) add({4, 9}, 0, flipped, dtype);
  return out;
}

std::vector<Case> views(Op op) {
  std::vector<Case> out;
  const auto add = [&](Shape shape, const Attributes& attributes, Layout at = plain) {
    out.push_back({{{shape, normal, at}}, attributes});
  };
  if (op == Op::reshape) {
    add({3, 4}, of_shape({12}));
    add({}, of_shape({1, 1}));
    add({2, 6}, of_shape({2, 3, 2}), inner);
    add({2, 0}, of_shape({0, 5}));
  } else if (op == Op::permute) {
    add({3, 4}, along({1, 0}));
    add({2, 3, 4}, along({2, 0, 1}), stepped);
    add({2, 3, 4}, along({0, 1, 2}), flipped);
  } else if (op == Op::expand) {
    add({1, 4}, of_shape({3, 4}));
    add({}, of_shape({2, 2}));
    add({2, 1, 3}, of_shape({4, 2, 5, 3}), stepped);
  } else {
    add({3, 3}, {});
    add({2, 4, 4}, {}, transposed);
    add({1, 1}, {});
    add({0, 0}, {});
  }
  return out;
}

std::vector<Case> diagonal_embed() {
  return {{{{{3}}}},
          {{{{2, 3}, normal, transposed}}},
          {{{{1}}}},
          {{{{0}}}},
          {{{{2, 33}, normal, stepped}}}};
}

}  // namespace

std::vector<Case> structural_cases(Op op) {
  switch (op) {
    case Op::fill:
    case Op::iota:
      return creation(op);
    case Op::random:
      return random();
    case Op::sum:
    case Op::max:
    case Op::min:
    case Op::argmax:
      return reduction(op);
    case Op::cumsum:
    case Op::argsort:
      return lines(op);
    case Op::matmul:
      return matmul();
    case Op::gather:
    case Op::scatter_add:
      return indexing(op);
    case Op::concat:
      return concat();
    case Op::slice:
    case Op::slice_scatter:
      return slices(op);
    case Op::diagonal_embed:
      return diagonal_embed();
    case Op::reshape:
    case Op::permute:
    case Op::expand:
    case Op::diagonal:
      return views(op);
    default:
      return {};
  }
}

}  // namespace varve::conformance
