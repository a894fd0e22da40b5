#include <algorithm>
#include <optional>
#include <utility>

#include "backends/cpu/activation.h"
#include "backends/cpu/gemm.h"
#include "backends/cpu/kernel.h"

namespace varve::cpu {

namespace {

// A panel is what one task multiplies. Two make use of two processors early; more only while each
// is large, because every panel packs its operands anew.
constexpr std::int64_t worth_two_panels = 1'000'000;  // multiplications and additions
constexpr std::int64_t large_panel = 24'000'000;
constexpr std::int64_t most_panels = 64;
constexpr std::int64_t panel_unit = 16;

struct Panels {
  std::int64_t rows, cols;  ///< of one panel
  std::int64_t down, across;
  std::int64_t count() const { return down * across; }
};

Panels make_panels(std::int64_t m, std::int64_t n, std::int64_t k) {
  Panels p{m, n, 1, 1};
  while (p.count() < most_panels &&
         2 * p.rows * p.cols * k > (p.count() == 1 ? worth_two_panels : large_panel)) {
    std::int64_t& longer = p.rows > p.cols ? p.rows : p.cols;
    if (longer <= panel_unit) break;
    longer = pieces(longer, 2 * panel_unit) * panel_unit;
    p.down = pieces(m, p.rows);
    p.across = pieces(n, p.cols);
  }
  return p;
}

/// A stack of matrices as gemm takes them.
template <class T>
struct Stack {
  Matrix<const T> matrix;
  Strides batch;
};

template <class T>
bool blas_takes(const View& view) {
  const std::size_t r = view.shape.size();
  const std::int64_t row = view.strides[r - 2];
  const std::int64_t column = view.strides[r - 1];
  return (column == 1 && row >= view.shape[r - 1]) || (row == 1 && column >= view.shape[r - 2]);
}

template <class T>
Stack<T> make_stack(const View& view, std::optional<Packed>& packed, ThreadPool& pool) {
  const std::size_t r = view.shape.size();
  Strides strides = view.strides;
  const T* data = view.data<T>();
  if (!blas_takes<T>(view)) {
    packed.emplace(view, pool);
    data = packed->as<T>();
    strides = contiguous_strides(view.shape);
  }
  Stack<T> stack{{data, strides[r - 2], strides[r - 1]}, {}};
  if (stack.matrix.column != 1 && stack.matrix.row != 1) stack.matrix.column = 1;
  for (std::size_t d = 0; d + 2 < r; ++d) stack.batch.push_back(strides[d]);
  return stack;
}

std::int64_t batch_offset(const Shape& shape, const Strides& batch, std::int64_t index) {
  std::int64_t offset = 0;
  for (std::size_t d = batch.size(); d-- > 0;) {
    offset += index % shape[d] * batch[d];
    index /= shape[d];
  }
  return offset;
}

template <class T>
Matrix<const T> part(const Matrix<const T>& x, std::int64_t row, std::int64_t column) {
  return {x.data + row * x.row + column * x.column, x.row, x.column};
}

/// One panel of c = a b.
template <class T>
void multiply_panel(const Panels& p, std::int64_t index, std::int64_t m, std::int64_t n,
                    std::int64_t k, const Matrix<const T>& a, const Matrix<const T>& b,
                    const Matrix<T>& c) {
  const std::int64_t i = index / p.across * p.rows;
  const std::int64_t j = index % p.across * p.cols;
  gemm<T>(std::min(p.rows, m - i), std::min(p.cols, n - j), k, part(a, i, 0), part(b, 0, j), T{0},
          {c.data + i * c.row + j, c.row, 1});
}

template <class T>
void multiply(const Command& command, ThreadPool& pool) {
  const Shape& shape = command.out[0].shape;
  const std::size_t r = shape.size();
  const std::int64_t m = shape[r - 2];
  const std::int64_t n = shape[r - 1];
  const std::int64_t k = command.in[0].shape[r - 1];
  const std::int64_t batches = shape.numel() / std::max<std::int64_t>(m * n, 1);
  std::optional<Packed> packed_a, packed_b;
  const Stack<T> a = make_stack<T>(command.in[0], packed_a, pool);
  const Stack<T> b = make_stack<T>(command.in[1], packed_b, pool);
  const PackedResult out(command.out[0], pool);
  const Panels panels = make_panels(m, n, k);
  // Many small products: several to a task.
  const std::int64_t group =
      std::max<std::int64_t>(1, worth_two_panels / (2 * m * n * std::max<std::int64_t>(k, 1)));
  const std::int64_t total = batches * panels.count();
  pool.parallel_for(pieces(total, group), [&](std::int64_t task) {
    const std::int64_t end = std::min((task + 1) * group, total);
    for (std::int64_t i = task * group; i < end; ++i) {
      const std::int64_t batch = i / panels.count();
      Matrix<const T> left = a.matrix;
      Matrix<const T> right = b.matrix;
      left.data += batch_offset(shape, a.batch, batch);
      right.data += batch_offset(shape, b.batch, batch);
      multiply_panel<T>(panels, i % panels.count(), m, n, k, left, right,
                        {out.as<T>() + batch * m * n, n, 1});
    }
  });
}

/// x w^T + b, then the activation, panel by panel while it is in the cache.
template <class T>
void linear_rows(const Command& command, ThreadPool& pool) {
  const View& weight = command.in[1];
  const std::int64_t n = weight.shape[0];
  const std::int64_t k = weight.shape[1];
  const std::int64_t m = command.out[0].shape.numel() / n;
  const Packed x(command.in[0], pool);
  View transposed = weight;
  std::swap(transposed.shape[0], transposed.shape[1]);
  std::swap(transposed.strides[0], transposed.strides[1]);
  std::optional<Packed> packed_weight, bias;
  const Stack<T> w = make_stack<T>(transposed, packed_weight, pool);
  if (command.in.size() > 2) bias.emplace(command.in[2], pool);
  const PackedResult out(command.out[0], pool);
  const Panels panels = make_panels(m, n, k);
  pool.parallel_for(panels.count(), [&](std::int64_t index) {
    const std::int64_t i = index / panels.across * panels.rows;
    const std::int64_t j = index % panels.across * panels.cols;
    multiply_panel<T>(panels, index, m, n, k, {x.as<T>(), k, 1}, w.matrix, {out.as<T>(), n, 1});
    finish_rows(std::min(panels.rows, m - i), std::min(panels.cols, n - j),
                bias ? bias->as<T>() + j : nullptr, command.attributes.activation,
                out.as<T>() + i * n + j, n);
  });
}

void matmul(const Command& command, ThreadPool& pool) {
  dispatch_floating(command.out[0].dtype, [&]<class T>() { multiply<T>(command, pool); });
}

void linear(const Command& command, ThreadPool& pool) {
  dispatch_floating(command.out[0].dtype, [&]<class T>() { linear_rows<T>(command, pool); });
}

/// One matrix of the stack after the other; copies, because BLAS solves in place.
template <class T>
void solve(const Command& command, ThreadPool& pool) {
  const Shape& shape = command.out[0].shape;
  const std::int64_t n = shape[shape.size() - 2];
  const std::int64_t m = shape.back();
  const Packed t(command.in[0], pool);
  const Packed b(command.in[1], pool);
  const PackedResult out(command.out[0], pool);
  pool.parallel_for(shape.numel() / (n * m), [&](std::int64_t i) {
    T* y = out.as<T>() + i * n * m;
    if (y != b.as<T>() + i * n * m) std::copy_n(b.as<T>() + i * n * m, n * m, y);
    solve_triangular<T>(command.attributes.lower, n, m, t.as<T>() + i * n * n, y);
  });
}

void solve_triangular_stack(const Command& command, ThreadPool& pool) {
  dispatch_floating(command.out[0].dtype, [&]<class T>() { solve<T>(command, pool); });
}

}  // namespace

Kernel matmul_kernel(Op op) {
  switch (op) {
    case Op::matmul:
      return matmul;
    case Op::linear:
      return linear;
    case Op::solve_triangular:
      return solve_triangular_stack;
    default:
      return nullptr;
  }
}

}  // namespace varve::cpu
