#pragma once

#include "framework/tensor/tensor.h"

/// Factorisations and what follows from them, of matrices [..., rows, columns] of f32 or f64: every
/// matrix of a batch by itself. They are computed on the host in f64, by LAPACK (see HostLinalg),
/// and wait for the device: not within a captured step. Gradients are ordinary ops, on the device,
/// and can be differentiated again.
///
/// ErrorKind::usage for other dtypes and shapes; ErrorKind::non_finite for entries that are not
/// finite, and for a matrix that is singular, not positive definite or whose iteration does not
/// converge, with its place in the batch; ErrorKind::device without a library.
namespace varve::linalg {

/// L, lower triangular with a positive diagonal, a = L L^T. Of a only the lower half is read; the
/// gradient is symmetric. Murray, "Differentiation of the Cholesky decomposition" (2016).
Tensor cholesky(const Tensor& a);

/// x with a x = b: a [..., n, n], b [..., n, m]; leading axes broadcast.
Tensor solve(const Tensor& a, const Tensor& b);

Tensor inverse(const Tensor& a);

struct SignAndLog {
  Tensor sign;      ///< -1, 1, or 0 of a singular matrix
  Tensor log_size;  ///< ln |det a|; -infinity of a singular matrix, which has no gradient
};
/// The determinant; 1 of a matrix of no rows.
SignAndLog slogdet(const Tensor& a);

struct Svd {
  Tensor u;   ///< [..., rows, k], orthonormal columns; k = min(rows, columns)
  Tensor s;   ///< [..., k], falling, at least 0
  Tensor vt;  ///< [..., k, columns], orthonormal rows
};
/// a = u diag(s) vt. Vectors are determined up to a sign in common. A loss that depends on more
/// (between equal values, or for values of 0) has no gradient: what is undetermined counts as 0.
/// Giles, "An extended collection of matrix derivative results" (2008).
Svd svd(const Tensor& a);

struct Eigh {
  Tensor values;   ///< [..., n], rising
  Tensor vectors;  ///< [..., n, n], orthonormal columns
};
/// Of a symmetric matrix, of which only the lower half is read; the gradient is symmetric. Signs
/// and equal values as in svd().
Eigh eigh(const Tensor& a);

}  // namespace varve::linalg
