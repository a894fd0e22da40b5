#include "backends/cpu/gemm.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <xtensor-blas/xblas.hpp>

#include "backends/cpu/blas_call.h"
#include "backends/cpu/kernel.h"
#include "framework/core/error.h"

#if VARVE_ONEDNN
#include "backends/cpu/onednn.h"
#endif

extern "C" {
void openblas_set_num_threads(int threads);
char* openblas_get_corename();

// When it is loaded, OpenBLAS starts a thread for each further core. Varve gives it no work for
// them, and where memory is short they spin for ever and the process cannot end. The number comes
// from this function of OpenBLAS' own, which another build of it may lack: then nothing changes.
extern int blas_num_threads __attribute__((weak));
extern int blas_cpu_number __attribute__((weak));
__attribute__((weak)) int blas_get_cpu_number() {
  if (&blas_num_threads != nullptr) blas_num_threads = 1;
  if (&blas_cpu_number != nullptr) blas_cpu_number = 1;
  return 1;
}
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
std::int64_t leading(const Matrix<T>& matrix, std::int64_t rows, std::int64_t columns) {
  return matrix.column == 1 ? std::max({matrix.row, columns, std::int64_t{1}})
                            : std::max({matrix.column, rows, std::int64_t{1}});
}

/// Longer sums are halved, so that their rounding error does not grow with their length: the
/// libraries may add one product after the other.
constexpr std::int64_t most_products = 1 << 13;

template <class T>
void sum_of_halves(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<const T>& a,
                   const Matrix<const T>& b, T beta, const Matrix<T>& c) {
  const std::int64_t half = k / 32 * 16;
  const Scratch memory(static_cast<std::size_t>(m * n) * sizeof(T));
  const Matrix<T> rest{memory.as<T>(), n, 1};
  gemm<T>(m, n, half, a, b, beta, c);
  gemm<T>(m, n, k - half, {a.data + half * a.column, a.row, a.column},
          {b.data + half * b.row, b.row, b.column}, T{0}, rest);
  for (std::int64_t i = 0; i < m; ++i) {
    T* row = c.data + i * c.row;
    for (std::int64_t j = 0; j < n; ++j) row[j] += rest.data[i * n + j];
  }
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
  if (k > most_products) {
    sum_of_halves(m, n, k, a, b, beta, c);
    return;
  }
#if VARVE_ONEDNN
  if constexpr (std::is_same_v<T, float>) {
    onednn_gemm(transposed(a) == cxxblas::Trans, transposed(b) == cxxblas::Trans, m, n, k, a.data,
                leading(a, m, k), b.data, leading(b, k, n), beta, c.data, leading(c, m, n));
    return;
  }
#endif
  const BlasCall call;
  cxxblas::gemm<xt::blas_index_t>(cxxblas::RowMajor, transposed(a), transposed(b), index(m),
                                  index(n), index(k), T{1}, a.data, index(leading(a, m, k)), b.data,
                                  index(leading(b, k, n)), beta, c.data, index(leading(c, m, n)));
}

template <class T>
void solve_triangular(bool lower, std::int64_t n, std::int64_t m, const T* t, T* b) {
  if (n == 0 || m == 0) return;
  const BlasCall call;
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
