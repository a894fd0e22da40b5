#include <algorithm>
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "backends/vulkan/gemm.h"
#include "backends/vulkan/kernel.h"
#include "backends/vulkan/layout.h"
#include "backends/vulkan/lines.h"
#include "backends/vulkan/shaders.h"
#include "framework/core/error.h"

namespace varve::vulkan {

namespace {

/// C = activation(A B + bias): views [..., m, k], [..., k, n] and [..., m, n] of the same leading
/// sizes. A bias has n elements.
struct Product {
  Op op;
  View a, b, c;
  std::optional<View> bias;
  Activation activation = Activation::identity;

  std::size_t batch_rank() const { return c.shape.size() - 2; }
};

/// A leading dimension of all three.
struct BatchDim {
  std::int64_t size, a, b, c;  ///< strides

  /// Whether it goes on where `inner` ends, for all three.
  bool continues(const BatchDim& inner) const {
    return a == inner.size * inner.a && b == inner.size * inner.b && c == inner.size * inner.c;
  }
};

/// One dispatch: sizes, and strides where a shader needs them.
struct Shape2d {
  std::int64_t m, n, k;
  std::int64_t a_m, a_k, b_k, b_n, c_m, c_n, bias_m, bias_n;
  std::vector<BatchDim> batch;  ///< outermost first

  /// The same product, transposed.
  void turn() {
    std::swap(m, n);
    std::swap(a_m, b_n);
    std::swap(a_k, b_k);
    std::swap(c_m, c_n);
    std::swap(bias_m, bias_n);
    for (BatchDim& dim : batch) std::swap(dim.a, dim.b);
  }
};

std::vector<BatchDim> batch_of(const Product& p) {
  std::vector<BatchDim> dims;
  for (std::size_t d = 0; d < p.batch_rank(); ++d) {
    if (p.c.shape[d] == 1) continue;
    const BatchDim dim{p.c.shape[d], p.a.strides[d], p.b.strides[d], p.c.strides[d]};
    if (!dims.empty() && dims.back().continues(dim)) {
      dims.back() = {dims.back().size * dim.size, dim.a, dim.b, dim.c};
    } else {
      dims.push_back(dim);
    }
  }
  return dims;
}

Shape2d shape_of(const Product& p) {
  const std::size_t r = p.c.shape.size();
  Shape2d s{p.c.shape[r - 2],
            p.c.shape[r - 1],
            p.a.shape[r - 1],
            p.a.strides[r - 2],
            p.a.strides[r - 1],
            p.b.strides[r - 2],
            p.b.strides[r - 1],
            p.c.strides[r - 2],
            p.c.strides[r - 1],
            0,
            0,
            batch_of(p)};
  if (p.bias) s.bias_n = p.bias->strides[0];
  // Products with one and the same right side are one with more rows, and likewise.
  if (!s.batch.empty()) {
    const BatchDim& inner = s.batch.back();
    if (inner.b == 0 && inner.a == s.m * s.a_m && inner.c == s.m * s.c_m) {
      s.m *= inner.size;
      s.batch.pop_back();
    } else if (inner.a == 0 && inner.b == s.n * s.b_n && inner.c == s.n * s.c_n && !p.bias) {
      s.n *= inner.size;
      s.batch.pop_back();
    }
  }
  return s;
}

/// Whether transposed fewer tiles are half empty.
bool turning_pays(const Shape2d& s, const Traits& traits) {
  const TileSize tile = size_of(traits.software ? Tiles::registers : Tiles::wide);
  const auto area = [&](std::int64_t m, std::int64_t n) {
    return std::uint64_t{pieces(static_cast<std::uint64_t>(m), tile.rows)} * tile.rows *
           pieces(static_cast<std::uint64_t>(n), tile.columns) * tile.columns;
  };
  return area(s.n, s.m) < area(s.m, s.n);
}

/// Whether four neighbours can be read as a vector, wherever a tile starts: one dimension is
/// packed, of `length` elements, and all other steps are whole vectors.
bool reads_vectors(std::uint32_t place, std::int64_t length, std::int64_t step, std::int64_t other,
                   const std::vector<BatchDim>& batch, std::int64_t BatchDim::*stride) {
  return step == 1 && place % 4 == 0 && length % 4 == 0 && other % 4 == 0 &&
         std::all_of(batch.begin(), batch.end(),
                     [&](const BatchDim& dim) { return dim.*stride % 4 == 0; });
}

struct MatmulPush {
  GemmPush gemm;
  std::int32_t a_m, a_k, b_k, b_n, c_m, c_n, bias_m, bias_n;
  std::int32_t a_inner, a_outer, b_inner, b_outer, c_inner, c_outer, c_split;
  std::uint32_t inner;
};

/// Inner and outer of at most two leading dimensions.
std::pair<BatchDim, BatchDim> two_of(const std::vector<BatchDim>& batch) {
  const BatchDim none{1, 0, 0, 0};
  return {batch.empty() ? none : batch.back(), batch.size() < 2 ? none : batch.front()};
}

MatmulPush push_of(const GemmPlan& plan, const Shape2d& s) {
  const auto narrow = [](std::int64_t value) { return static_cast<std::int32_t>(value); };
  const auto [inner, outer] = two_of(s.batch);
  return {push_of(plan),
          narrow(s.a_m),
          narrow(s.a_k),
          narrow(s.b_k),
          narrow(s.b_n),
          narrow(s.c_m),
          narrow(s.c_n),
          narrow(s.bias_m),
          narrow(s.bias_n),
          narrow(inner.a),
          narrow(outer.a),
          narrow(inner.b),
          narrow(outer.b),
          narrow(inner.c),
          narrow(outer.c),
          0,
          static_cast<std::uint32_t>(inner.size)};
}

/// The strides of partial sums, which lie like C but packed.
Shape2d partial_shape(Shape2d s, bool along_m) {
  s.c_m = along_m ? 1 : s.n;
  s.c_n = along_m ? s.m : 1;
  std::int64_t step = s.m * s.n;
  for (std::size_t d = s.batch.size(); d-- > 0; step *= s.batch[d].size) s.batch[d].c = step;
  return s;
}

SplitResult result_of(const Shape2d& s, bool along_m, Activation activation) {
  const auto narrow = [](std::int64_t value) { return static_cast<std::int32_t>(value); };
  const auto [inner, outer] = two_of(s.batch);
  SplitResult r;
  r.slow = static_cast<std::uint32_t>(along_m ? s.n : s.m);
  r.fast = static_cast<std::uint32_t>(along_m ? s.m : s.n);
  r.inner = static_cast<std::uint32_t>(inner.size);
  r.c_slow = narrow(along_m ? s.c_n : s.c_m);
  r.c_fast = narrow(along_m ? s.c_m : s.c_n);
  r.c_inner = narrow(inner.c);
  r.c_outer = narrow(outer.c);
  r.bias_slow = narrow(along_m ? s.bias_n : s.bias_m);
  r.bias_fast = narrow(along_m ? s.bias_m : s.bias_n);
  r.activation = activation;
  return r;
}

void multiply(const Product& p, const Shape2d& s, const View& a, const View& b, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  if (s.k > std::numeric_limits<std::int32_t>::max()) {
    fail(ErrorKind::memory,
         "[{}] sums of {} products are more than shaders count; use the cpu "
         "backend",
         name(p.op), s.k);
  }
  std::uint64_t batches = 1;
  for (const BatchDim& dim : s.batch) batches *= static_cast<std::uint64_t>(dim.size);
  const ProductSize size{static_cast<std::uint64_t>(s.m), static_cast<std::uint64_t>(s.n),
                         static_cast<std::uint64_t>(s.k), batches};
  const GemmPlan plan = plan_gemm(size, traits, true);
  const View* bias = p.bias ? &*p.bias : nullptr;
  const bool along_m = std::abs(s.c_m) < std::abs(s.c_n);
  const std::uint64_t count = size.m * size.n * size.batches;
  if (plan.split.splits == 0) {  // sums of nothing
    const View nothing = encoder.scratch({1});
    add_splits(p.op, 0, count, nothing, bias, p.c, result_of(s, along_m, p.activation), encoder);
    return;
  }
  const bool split = plan.leaves_parts();
  MatmulPush push = push_of(plan, split ? partial_shape(s, along_m) : s);
  push.c_split = static_cast<std::int32_t>(count);
  push.gemm.has_bias = bias != nullptr && !split;
  push.gemm.activation = split ? 0 : static_cast<std::uint32_t>(p.activation);
  const View partial =
      split ? encoder.scratch({plan.split.splits, static_cast<std::int64_t>(count)}) : View{};
  const ProductShaders variants{shaders::matmul_tiled, shaders::matmul_joined,
                                shaders::matmul_register};
  Dispatch d(traits, variants.of(plan), p.op);
  push.gemm.a = d.read(a);
  push.gemm.b = d.read(b);
  push.gemm.bias = d.read(bias != nullptr ? *bias : a);
  push.gemm.c = d.write(split ? partial : p.c);
  const View parts = bind_parts(d, push.gemm, plan, encoder);
  GemmAccess access;
  access.a_along_k = s.a_k == 1;
  access.b_along_k = s.b_k == 1;
  access.a_vectors = access.a_along_k
                         ? reads_vectors(push.gemm.a, s.k, s.a_k, s.a_m, s.batch, &BatchDim::a)
                         : reads_vectors(push.gemm.a, s.m, s.a_m, s.a_k, s.batch, &BatchDim::a);
  access.b_vectors = access.b_along_k
                         ? reads_vectors(push.gemm.b, s.k, s.b_k, s.b_n, s.batch, &BatchDim::b)
                         : reads_vectors(push.gemm.b, s.n, s.b_n, s.b_k, s.batch, &BatchDim::b);
  access.c_along_m = along_m;
  access.activation = static_cast<Activation>(push.gemm.activation);
  d.push(push).constants(constants_of(plan, access, traits));
  encoder.run(d, groups_of(plan, traits));
  if (split) {
    add_splits(p.op, plan.split.splits, count, partial, bias, p.c,
               result_of(s, along_m, p.activation), encoder);
  }
}

void encode(const Product& p, Encoder& encoder);

/// Indices [begin, end) of leading dimension d.
Product batches(Product p, std::size_t d, std::int64_t begin, std::int64_t end) {
  p.a = narrowed(p.a, d, begin, end);
  p.b = narrowed(p.b, d, begin, end);
  p.c = narrowed(p.c, d, begin, end);
  return p;
}

/// If an operand reaches too far for a binding: encodes halves of the product, or the product of
/// packed operands, and returns true.
bool encode_parts(const Product& p, Encoder& encoder) {
  const std::uint64_t most = encoder.traits().max_range;
  if (!too_far(p.a, most) && !too_far(p.b, most) && !too_far(p.c, most)) return false;
  const std::size_t r = p.c.shape.size();
  for (std::size_t d = 0; d + 2 < r; ++d) {
    if (p.c.shape[d] < 2) continue;
    encode(batches(p, d, 0, p.c.shape[d] / 2), encoder);
    encode(batches(p, d, p.c.shape[d] / 2, p.c.shape[d]), encoder);
    return true;
  }
  const auto fits = [&](const View& view) {
    View dense = view;
    dense.strides = contiguous_strides(view.shape);
    return !too_far(dense, most);
  };
  Product q = p;
  if (too_far(p.a, most) && fits(p.a)) {
    q.a = packed(p.a, encoder);
  } else if (too_far(p.b, most) && fits(p.b)) {
    q.b = packed(p.b, encoder);
  } else if (too_far(p.c, most) && fits(p.c)) {
    q.c = encoder.scratch(p.c.shape);
    encode(q, encoder);
    copy_view(q.c, p.c, encoder);
    return true;
  } else {
    const bool rows =
        too_far(p.a, most) || (!too_far(p.b, most) && p.c.shape[r - 2] >= p.c.shape[r - 1]);
    const std::int64_t size = p.c.shape[rows ? r - 2 : r - 1];
    if (size < 2) return false;  // the binding says what is wrong
    for (const auto& [begin, end] :
         {std::pair(std::int64_t{0}, size / 2), std::pair(size / 2, size)}) {
      q = p;
      q.c = narrowed(p.c, rows ? r - 2 : r - 1, begin, end);
      if (rows) {
        q.a = narrowed(p.a, r - 2, begin, end);
      } else {
        q.b = narrowed(p.b, r - 1, begin, end);
        if (p.bias) q.bias = narrowed(*p.bias, 0, begin, end);
      }
      encode(q, encoder);
    }
    return true;
  }
  encode(q, encoder);
  return true;
}

void encode(const Product& p, Encoder& encoder) {
  if (encode_parts(p, encoder)) return;
  Shape2d s = shape_of(p);
  if (s.batch.size() > 2) {  // one matrix after the other of a dimension that stands alone
    std::size_t d = 0;
    while (p.c.shape[d] < 2) ++d;
    for (std::int64_t i = 0; i < p.c.shape[d]; ++i) encode(batches(p, d, i, i + 1), encoder);
    return;
  }
  if (turning_pays(s, encoder.traits())) {
    s.turn();
    multiply(p, s, p.b, p.a, encoder);
  } else {
    multiply(p, s, p.a, p.b, encoder);
  }
}

void matmul(const Command& command, Encoder& encoder) {
  encode({command.op, command.in[0], command.in[1], command.out[0], {}, Activation::identity},
         encoder);
}

/// All dimensions but the last as one; nothing if the strides do not allow it.
std::optional<View> as_matrix(const View& view) {
  View matrix = view;
  const std::size_t last = view.shape.size() - 1;
  std::int64_t rows = 1, stride = 0;
  for (std::size_t d = 0; d < last; ++d) {
    if (view.shape[d] == 1) continue;
    if (rows > 1 && stride != view.shape[d] * view.strides[d]) return std::nullopt;
    rows *= view.shape[d];
    stride = view.strides[d];
  }
  matrix.shape = {rows, view.shape[last]};
  matrix.strides = {stride, view.strides[last]};
  return matrix;
}

void linear(const Command& command, Encoder& encoder) {
  const View& x = command.in[0];
  const View& out = command.out[0];
  Product p{command.op, {}, command.in[1], {}, {}, command.attributes.activation};
  const std::optional<View> rows = as_matrix(x);
  p.a = rows ? *rows : *as_matrix(packed(x, encoder));
  std::swap(p.b.shape[0], p.b.shape[1]);
  std::swap(p.b.strides[0], p.b.strides[1]);
  if (command.in.size() > 2) p.bias = command.in[2];
  if (const std::optional<View> matrix = as_matrix(out)) {
    p.c = *matrix;
    encode(p, encoder);
    return;
  }
  const View dense = encoder.scratch(out.shape);
  p.c = *as_matrix(dense);
  encode(p, encoder);
  copy_view(dense, out, encoder);
}

}  // namespace

KernelEntry matmul_kernel(Op op) {
  switch (op) {
    case Op::matmul:
      return {matmul, nullptr};
    case Op::linear:
      return {linear, nullptr};
    default:
      return {};
  }
}

}  // namespace varve::vulkan
