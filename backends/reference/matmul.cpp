#include <vector>

#include "backends/reference/kernels.h"

namespace varve::reference {
namespace {

/// Matrix number `batch` of a view [..., rows, columns].
View matrix(const View& view, std::int64_t batch) {
  const std::size_t rank = view.shape.size();
  View out = view;
  out.shape = {view.shape[rank - 2], view.shape[rank - 1]};
  out.strides = {view.strides[rank - 2], view.strides[rank - 1]};
  for (std::size_t d = rank - 2; d-- > 0; batch /= view.shape[d])
    out.offset += batch % view.shape[d] * view.strides[d];
  return out;
}

template <class T>
void multiply(const View& left, const View& right, const View& result) {
  const Elements<const T> a(left);
  const Elements<const T> b(right);
  const Elements<T> out(result);
  const std::int64_t m = left.shape[0], k = left.shape[1], n = right.shape[1];
  // The whole product first: `out` may be one of the operands.
  std::vector<double> product(static_cast<std::size_t>(m * n), 0.0);
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t l = 0; l < k; ++l)
      for (std::int64_t j = 0; j < n; ++j)
        product[static_cast<std::size_t>(i * n + j)] += double{a(i, l)} * double{b(l, j)};
  for (std::int64_t i = 0; i < out.count(); ++i)
    out[i] = static_cast<T>(product[static_cast<std::size_t>(i)]);
}

void matmul(const Command& command) {
  Shape batches = command.out[0].shape;
  batches.erase(batches.size() - 1);
  batches.erase(batches.size() - 1);
  for_float(command, command.out[0].dtype, [&](auto type) {
    for (std::int64_t batch = 0; batch < batches.numel(); ++batch)
      multiply<decltype(type)>(matrix(command.in[0], batch), matrix(command.in[1], batch),
                               matrix(command.out[0], batch));
  });
}

}  // namespace

void add_matmul(KernelTable& table) { at(table, Op::matmul) = matmul; }

}  // namespace varve::reference
