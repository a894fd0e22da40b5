#include <doctest/doctest.h>

#include <map>
#include <set>

#include "backends/reference/reference.h"
#include "backends/vulkan/gemm.h"
#include "tests/backends/vulkan/products.h"

using namespace varve;
using namespace varve::testing;
using vulkan::ProductSize;
using vulkan::Tiles;

namespace {

vulkan::Traits gpu() {
  vulkan::Traits traits;
  traits.compute_units = 132;
  traits.shared_bytes = 48 * 1024;
  return traits;
}

struct Sizes {
  std::int64_t m, n, k;
  bool a_turned = false, b_turned = false;
  bool odd = true;  ///< rows at odd places: no vectors
  std::int64_t batches = 1;

  Shape a() const { return batched(m, k); }
  Shape b() const { return batched(k, n); }
  Shape c() const { return batched(m, n); }
  Shape batched(std::int64_t rows, std::int64_t columns) const {
    return batches == 1 ? Shape{rows, columns} : Shape{batches, rows, columns};
  }
  std::string str() const {
    return Shape{m, n, k, batches}.str() + (a_turned ? " T" : " N") + (b_turned ? "T" : "N") +
           (odd ? " odd" : "");
  }
};

/// By the reference backend.
std::vector<double> reference_product(const Shape& a_shape, const std::vector<float>& a,
                                      const Shape& b_shape, const std::vector<float>& b) {
  const auto backend = make_reference_backend();
  const auto view = [&](const Shape& shape, const std::vector<float>& values) {
    const std::vector<double> wide(values.begin(), values.end());
    View v{backend->allocate(wide.size() * 8), shape, contiguous_strides(shape), 0, DType::f64};
    backend->upload(v.buffer, 0, std::as_bytes(std::span(wide)));
    return v;
  };
  Shape c_shape = a_shape;
  c_shape[c_shape.size() - 1] = b_shape.back();
  std::vector<double> c(static_cast<std::size_t>(c_shape.numel()));
  const View out{backend->allocate(c.size() * 8), c_shape, contiguous_strides(c_shape), 0,
                 DType::f64};
  backend->execute({Op::matmul, {view(a_shape, a), view(b_shape, b)}, {out}, {}});
  backend->download(out.buffer, 0, std::as_writable_bytes(std::span(c)));
  return c;
}

/// The product of noise; checked against the reference.
std::vector<float> check_product(Rig& rig, const Sizes& s, const vulkan::Traits& traits) {
  CAPTURE(s.str());
  CAPTURE(traits.tiles);
  const auto a = noise(s.a().numel(), 1), b = noise(s.b().numel(), 2);
  Bordered left(rig, s.a(), s.a_turned, s.odd, &a);
  Bordered right(rig, s.b(), s.b_turned, s.odd, &b);
  Bordered out(rig, s.c(), false, s.odd, nullptr);
  OtherDevice device(rig.stream, traits);
  vulkan::find_kernel(Op::matmul)
      .kernel({Op::matmul, {left.view, right.view}, {out.view}, {}}, device);
  const auto got = out.values(rig);
  CHECK(distance(got, reference_product(s.a(), a, s.b(), b)) < rounding(s.k));
  return got;
}

/// A layer of three dimensions that do not join, a result that lies turned, every second bias.
void check_linear(Rig& rig, const char* tiles, std::int64_t in, Activation activation) {
  CAPTURE(tiles);
  CAPTURE(in);
  CAPTURE(name(activation));
  constexpr std::int64_t rows = 2 * 9, width = 35;
  auto x = noise(rows * in, 7);
  for (float& value : x) value *= in == 500 ? 0.2F : 0.5F;  // where tanh is not flat
  const auto w = noise(width * in, 8), b = noise(2 * width, 9);
  View spread = rig.make({2, 9 + 1, in});
  std::vector<float> lies(static_cast<std::size_t>(2 * (9 + 1) * in), NAN);
  for (std::int64_t i = 0; i < rows * in; ++i)
    lies[static_cast<std::size_t>(i + i / (9 * in) * in)] = x[static_cast<std::size_t>(i)];
  rig.put(spread, lies);
  spread.shape = {2, 9, in};
  View weight = rig.make({width, in}), bias = rig.make({2 * width});
  rig.put(weight, w);
  rig.put(bias, b);
  bias.shape = {width};
  bias.strides = {2};
  Bordered out(rig, {2, 9, width}, true, true, nullptr);
  vulkan::Traits traits = with_tiles(rig, tiles);
  traits.software = false;  // splits as a GPU does
  Attributes attributes;
  attributes.activation = activation;
  OtherDevice device(rig.stream, traits);
  vulkan::find_kernel(Op::linear)
      .kernel({Op::linear, {spread, weight, bias}, {out.view}, attributes}, device);
  std::vector<float> turned(w.size());
  for (std::int64_t o = 0; o < width; ++o)
    for (std::int64_t i = 0; i < in; ++i)
      turned[static_cast<std::size_t>(i * width + o)] = w[static_cast<std::size_t>(o * in + i)];
  auto want = reference_product({rows, in}, x, {in, width}, turned);
  for (std::size_t i = 0; i < want.size(); ++i)
    want[i] = activated(activation, want[i] + static_cast<double>(b[i % width * 2]));
  CHECK(distance(out.values(rig), want) < rounding(in));
}

}  // namespace

TEST_CASE("tiles are chosen by the shape and the number of processors") {
  vulkan::Traits traits = gpu();
  const auto chosen = [&](std::uint64_t m, std::uint64_t n, std::uint64_t k) {
    return vulkan::choose_tiles({m, n, k, 1}, 1, traits);
  };
  CHECK(chosen(128, 400, 784) == Tiles::small);
  CHECK(chosen(1, 1, 1) == Tiles::small);
  CHECK(chosen(1024, 1024, 1024) == Tiles::medium);
  CHECK(chosen(4096, 4096, 4096) == Tiles::large);
  CHECK(chosen(32, 262144, 512) == Tiles::wide);
  CHECK(vulkan::choose_tiles({64, 64, 64, 4096}, 1, traits) == Tiles::medium);
  traits.compute_units = 8;
  CHECK(chosen(1024, 1024, 1024) == Tiles::large);
  traits.shared_bytes = 16384;
  CHECK(chosen(4096, 4096, 4096) == Tiles::medium);
  traits.tiles = "large";
  CHECK(chosen(1, 1, 1) == Tiles::large);
  traits.tiles = "";
  traits.software = true;
  CHECK(chosen(4096, 4096, 4096) == Tiles::registers);
  CHECK(chosen(4096, 16, 4096) == Tiles::narrow_registers);
}

TEST_CASE("tiles fit their work groups and shared memory") {
  for (const Tiles tiles : {Tiles::small, Tiles::medium, Tiles::wide, Tiles::large}) {
    const vulkan::TileSize tile = vulkan::size_of(tiles);
    CHECK(tile.threads() <= 256);
    CHECK(tile.shared_bytes() <= 32 * 1024);
    CHECK(tile.rows * tile.depth / 4 % tile.threads() == 0);
    CHECK(tile.columns * tile.depth / 4 % tile.threads() == 0);
    CHECK(32 % tile.depth == 0);
  }
}

TEST_CASE("the split of a sum depends on the shape, not on the number of processors") {
  vulkan::Traits few = gpu(), many = gpu(), off = gpu();
  few.compute_units = 4;
  many.compute_units = 1000;
  off.split_k = false;
  int split = 0;
  for (const std::uint64_t k : {0, 1, 7, 128, 255, 256, 400, 784, 4096, 65536, 1000003})
    for (const std::uint64_t m : {1, 20, 32, 128, 1000})
      for (const std::uint64_t n : {1, 16, 400, 784, 50000}) {
        const ProductSize size{m, n, k, 1};
        const auto a = vulkan::choose_split(size, few), b = vulkan::choose_split(size, many);
        CHECK(a.splits == b.splits);
        CHECK(a.chunk == b.chunk);
        CHECK(vulkan::choose_split({n, m, k, 1}, few).splits == a.splits);
        CHECK(vulkan::choose_split(size, off).splits == (k == 0 ? 0 : 1));
        CHECK(a.splits <= 64);
        CHECK(std::uint64_t{a.splits} * a.chunk >= k);
        if (a.splits > 1) {
          ++split;
          CHECK(a.chunk % 16 == 0);
          CHECK(a.chunk >= 64);
          CHECK(std::uint64_t{a.splits - 1} * a.chunk < k);
        }
      }
  CHECK(split > 10);
  CHECK(vulkan::choose_split({128, 400, 784, 1}, few).splits > 1);
  CHECK(vulkan::choose_split({400, 784, 128, 1}, few).splits == 1);
  CHECK(vulkan::choose_split({32, 16, 65536, 1}, few).splits == 64);
}

TEST_CASE("on a processor no invocation makes more loops than lavapipe allows") {
  vulkan::Traits traits = gpu();
  traits.software = true;
  for (const bool split_k : {true, false}) {
    traits.split_k = split_k;
    for (const std::uint64_t k : {65536, 65537, 131072, 10000000})
      for (const std::uint64_t m : {1, 5000}) {
        const auto split = vulkan::choose_split({m, 400, k, 1}, traits);
        CHECK(split.chunk <= vulkan::most_terms);
        CHECK(std::uint64_t{split.splits} * split.chunk >= k);
      }
  }
  const auto rig = make_rig();
  if (!rig) return;
  traits = rig->context.traits();
  traits.split_k = false;
  check_product(*rig, {2, 3, 140000}, traits);
}

TEST_CASE("division by multiplication is exact") {
  const auto quotient = [](std::uint32_t x, const vulkan::Divisor& d) {
    const auto high = static_cast<std::uint32_t>(std::uint64_t{x} * d.multiplier >> 32);
    return (high + x) >> d.shift;
  };
  constexpr std::uint32_t limit = 0x7fffffff;
  std::set<std::uint32_t> divisors;
  for (std::uint32_t d = 1; d < 300; ++d) divisors.insert(d);
  for (int bit = 9; bit < 31; ++bit)
    for (const int near : {-1, 0, 1})
      divisors.insert((1U << bit) + static_cast<std::uint32_t>(near));
  divisors.insert(limit);
  long wrong = 0;
  for (const std::uint32_t d : divisors) {
    const vulkan::Divisor divisor = vulkan::make_divisor(d);
    const auto check = [&](std::uint32_t x) {
      if (x <= limit && quotient(x, divisor) != x / d) ++wrong;
    };
    for (std::uint32_t x = 0; x < 2000; ++x) {
      check(x);
      check(limit - x);
      check(x * d);
      check(x * d + d - 1);
      check(limit / d * d - x);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("every tile takes every layout and gives the same bits") {
  const auto rig = make_rig();
  if (!rig) return;
  struct Run {
    const char* tiles;
    std::vector<Sizes> sizes;
  };
  std::vector<Sizes> all;
  for (const bool a_turned : {false, true})
    for (const bool b_turned : {false, true}) {
      for (const auto& [m, n, k] : {std::array<std::int64_t, 3>{1, 1, 1},
                                    {7, 33, 65},
                                    {65, 129, 33},
                                    {129, 7, 1},
                                    {9, 15, 8}})
        all.push_back({m, n, k, a_turned, b_turned});
      all.push_back({64, 128, 32, a_turned, b_turned, false});
      all.push_back({36, 68, 44, a_turned, b_turned, false});
    }
  // Of the others a few: the layouts are the same code, and each variant takes a software device
  // half a second to compile.
  const std::vector<Sizes> some{{65, 129, 33}, {7, 33, 65}, {36, 68, 44, true, true, false}};
  const std::vector<Run> runs{
      {"register", all}, {"small", all}, {"medium", some}, {"wide", some}, {"large", {some[2]}}};
  std::map<std::string, std::vector<float>> first;
  for (const Run& run : runs)
    for (const Sizes& s : run.sizes) {
      const auto got = check_product(*rig, s, with_tiles(*rig, run.tiles));
      const auto& want = first.try_emplace(s.str(), got).first->second;
      CAPTURE(run.tiles);
      CAPTURE(s.str());
      CHECK(got == want);
    }
}

TEST_CASE("subgroups of any size multiply alike") {
  const auto rig = make_rig();
  if (!rig) return;
  const Sizes s{33, 70, 19};
  vulkan::Traits traits = with_tiles(*rig, "register");
  const auto want = check_product(*rig, s, traits);
  traits.subgroup_size = 1;
  CHECK(check_product(*rig, s, traits) == want);
}

TEST_CASE("sums are split, deterministically, and to the same value") {
  const auto rig = make_rig();
  if (!rig) return;
  const std::vector<Sizes> sizes{
      {5, 7, 1000}, {33, 9, 700, true, true}, {4, 6, 400, true, false, true, 3}};
  std::map<std::string, std::vector<float>> by_second_pass;
  for (const char* tiles : {"register", "small"}) {
    vulkan::Traits traits = with_tiles(*rig, tiles);
    traits.software = false;  // the thresholds of a GPU, whatever the device
    for (const Sizes& s : sizes) {
      const auto split = vulkan::choose_split(
          {static_cast<std::uint64_t>(s.m), static_cast<std::uint64_t>(s.n),
           static_cast<std::uint64_t>(s.k), static_cast<std::uint64_t>(s.batches)},
          traits);
      REQUIRE(split.splits > 1);
      const auto got = check_product(*rig, s, traits);
      CHECK(check_product(*rig, s, traits) == got);
      // Whoever adds the parts up: the last of a tile's groups, or a second pass.
      if (by_second_pass.count(s.str()) == 0) by_second_pass[s.str()] = got;
      CHECK(by_second_pass[s.str()] == got);
      traits.split_k = false;
      CHECK(check_product(*rig, s, traits) != got);  // another order of the sums
      traits.split_k = true;
    }
  }
}

TEST_CASE("matrices in any number of leading dimensions, broadcast and backwards") {
  const auto rig = make_rig();
  if (!rig) return;
  const Shape a_shape{2, 3, 2, 2, 5, 4}, b_shape{2, 3, 2, 2, 4, 3}, c_shape{2, 3, 2, 2, 5, 3};
  const auto a_all = noise(a_shape.numel(), 3), b_all = noise(b_shape.numel(), 4);
  Bordered a(*rig, a_shape, true, true, &a_all);
  Bordered b(*rig, b_shape, false, true, &b_all);
  // Dimension 0 of a is one matrix, dimension 2 of b runs backwards, as do the rows of a.
  a.view.strides[0] = 0;
  b.view.offset += (b.view.shape[2] - 1) * b.view.strides[2];
  b.view.strides[2] = -b.view.strides[2];
  a.view.offset += (a.view.shape[4] - 1) * a.view.strides[4];
  a.view.strides[4] = -a.view.strides[4];
  std::vector<float> a_seen, b_seen;
  for (std::int64_t i = 0; i < a_shape.numel(); ++i) a_seen.push_back(a.memory[a.place(i)]);
  for (std::int64_t i = 0; i < b_shape.numel(); ++i) b_seen.push_back(b.memory[b.place(i)]);
  for (const char* tiles : {"register", "small"}) {
    Bordered out(*rig, c_shape, true, true, nullptr);
    OtherDevice device(rig->stream, with_tiles(*rig, tiles));
    vulkan::find_kernel(Op::matmul).kernel({Op::matmul, {a.view, b.view}, {out.view}, {}}, device);
    CHECK(distance(out.values(*rig), reference_product(a_shape, a_seen, b_shape, b_seen)) <
          rounding(4));
  }
}

TEST_CASE("products with one shared side are one product") {
  const auto rig = make_rig();
  if (!rig) return;
  const Sizes s{6, 5, 4, false, false, true, 7};
  const auto a = noise(s.a().numel(), 5), b = noise(20, 6);
  const View left = rig->make(s.a()), one = rig->make({4, 5}), out = rig->make(s.c());
  rig->put(left, a);
  rig->put(one, b);
  View right = one;
  right.shape = s.b();
  right.strides = {0, 5, 1};
  std::vector<float> b_seen;
  for (int i = 0; i < 7; ++i) b_seen.insert(b_seen.end(), b.begin(), b.end());
  OtherDevice device(rig->stream, with_tiles(*rig, "register"));
  vulkan::find_kernel(Op::matmul).kernel({Op::matmul, {left, right}, {out}, {}}, device);
  CHECK(distance(rig->get<float>(out), reference_product(s.a(), a, s.b(), b_seen)) < rounding(4));
}

TEST_CASE("a sum of nothing is 0, and in a linear layer the bias") {
  const auto rig = make_rig();
  if (!rig) return;
  Bordered out(*rig, {3, 4}, false, true, nullptr);
  vulkan::find_kernel(Op::matmul)
      .kernel({Op::matmul, {rig->make({3, 0}), rig->make({0, 4})}, {out.view}, {}}, rig->stream);
  CHECK(out.values(*rig) == std::vector<float>(12, 0.0F));
  const View bias = rig->make({4});
  rig->put<float>(bias, {1, -2, 3, -4});
  Attributes relu;
  relu.activation = Activation::relu;
  vulkan::find_kernel(Op::linear)
      .kernel({Op::linear, {rig->make({3, 0}), rig->make({4, 0}), bias}, {out.view}, relu},
              rig->stream);
  CHECK(out.values(*rig) == std::vector<float>{1, 0, 3, 0, 1, 0, 3, 0, 1, 0, 3, 0});
}

TEST_CASE("linear layers with every activation, split and whole") {
  const auto rig = make_rig();
  if (!rig) return;
  for (const std::int64_t in : {21, 500})
    for (const auto activation :
         {Activation::identity, Activation::relu, Activation::tanh, Activation::sigmoid})
      check_linear(*rig, "register", in, activation);
  check_linear(*rig, "small", 21, Activation::tanh);
  check_linear(*rig, "small", 500, Activation::sigmoid);
}

TEST_CASE("products of more than a binding holds are taken apart") {
  const auto rig = make_rig();
  if (!rig) return;
  vulkan::Traits traits = with_tiles(*rig, "register");
  traits.max_range = 2048;
  check_product(*rig, {70, 9, 11}, traits);                       // by rows
  check_product(*rig, {9, 70, 11}, traits);                       // by columns
  check_product(*rig, {50, 60, 3, true, true}, traits);           // the result, both ways
  check_product(*rig, {9, 8, 7, false, false, true, 6}, traits);  // by batches
  check_product(*rig, {3, 4, 60, true, false}, traits);           // an operand is packed
}
