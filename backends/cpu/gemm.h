#pragma once

#include <cstdint>
#include <string>

namespace varve::cpu {

/// A matrix in memory: element (i, j) lies at data[i * row + j * column]. One of the steps is 1,
/// the other at least the extent it spans: what BLAS can take.
template <class T>
struct Matrix {
  T* data;
  std::int64_t row;
  std::int64_t column = 1;
};

/// c = a b + beta c for c [m, n], a [m, k], b [k, n], on the calling thread. The columns of c lie
/// together. Any of m, n, k may be 0.
template <class T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<const T> a, Matrix<const T> b,
          T beta, Matrix<T> c);

/// Solves t y = b in place of b [n, m], t [n, n] triangular; both packed row-major.
template <class T>
void solve_triangular(bool lower, std::int64_t n, std::int64_t m, const T* t, T* b);

/// Lets the BLAS library use the calling thread only: the backend has its own threads.
void use_one_blas_thread();
/// The libraries, and the processor that OpenBLAS' kernels are for: "OpenBLAS (Haswell)".
std::string blas_description();

}  // namespace varve::cpu
