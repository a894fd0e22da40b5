#include "backends/cpu/gemm.h"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <xtensor-blas/xblas.hpp>

#include "framework/core/error.h"

#if VARVE_ONEDNN
#include "backends/cpu/onednn.h"
#endif

extern "C" {
void openblas_set_num_threads(int threads);
char* openblas_get_corename();
}

namespace varve::cpu {

namespace {

xt::blas_index_t index(std::int64_t value) {
  if (value > std::numeric_limits<xt::blas_index_t>::max())
    fail(ErrorKind::usage, "[matmul] BLAS counts to {}, not to {}; multiply parts of the matrices",
         std::numeric_limits<xt::blas_index_t>::max(), value);
  return static_cast<xt::blas_index_t>(value);
}

template <class T>
cxxblas::Transpose transposed(const Matrix<T>& matrix) {
  return matrix.column == 1 ? cxxblas::NoTrans : cxxblas::Trans;
}

/// BLAS wants a step of at least 1 for a matrix of one row too.
template <class T>
xt::blas_index_t leading(const Matrix<T>& matrix, std::int64_t rows, std::int64_t columns) {
  return index(matrix.column == 1 ? std::max({matrix.row, columns, std::int64_t{1}})
                                  : std::max({matrix.column, rows, std::int64_t{1}}));
}

}  // namespace

template <class T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<const T> a, Matrix<const T> b,
          T beta, Matrix<T> c) {
  if (m == 0 || n == 0) return;
  if (k == 0) {
    for (std::int64_t i = 0; i < m; ++i) {
      T* row = c.data + i * c.row;
      for (std::int64_t j = 0; j < n; ++j) row[j] = beta == T{0} ? T{0} : beta * row[j];
    }
    return;
  }
#if VARVE_ONEDNN
  if constexpr (std::is_same_v<T, float>) {
    onednn_gemm(transposed(a) == cxxblas::Trans, transposed(b) == cxxblas::Trans, m, n, k, a.data,
                leading(a, m, k), b.data, leading(b, k, n), beta, c.data, leading(c, m, n));
    return;
  }
#endif
  cxxblas::gemm<xt::blas_index_t>(cxxblas::RowMajor, transposed(a), transposed(b), index(m),
                                  index(n), index(k), T{1}, a.data, leading(a, m, k), b.data,
                                  leading(b, k, n), beta, c.data, leading(c, m, n));
}

template <class T>
void solve_triangular(bool lower, std::int64_t n, std::int64_t m, const T* t, T* b) {
  if (n == 0 || m == 0) return;
  cxxblas::trsm<xt::blas_index_t>(
      cxxblas::RowMajor, cxxblas::Left, lower ? cxxblas::Lower : cxxblas::Upper, cxxblas::NoTrans,
      cxxblas::NonUnit, index(n), index(m), T{1}, t, index(n), b, index(m));
}

template void gemm(std::int64_t, std::int64_t, std::int64_t, Matrix<const float>,
                   Matrix<const float>, float, Matrix<float>);
template void gemm(std::int64_t, std::int64_t, std::int64_t, Matrix<const double>,
                   Matrix<const double>, double, Matrix<double>);
template void solve_triangular(bool, std::int64_t, std::int64_t, const float*, float*);
template void solve_triangular(bool, std::int64_t, std::int64_t, const double*, double*);

std::string blas_description() {
  const auto openblas = std::string("OpenBLAS (") + openblas_get_corename() + ")";
#if VARVE_ONEDNN
  return onednn_description() + ", " + openblas;
#else
  return openblas;
#endif
}

void use_one_blas_thread() { openblas_set_num_threads(1); }

}  // namespace varve::cpu
