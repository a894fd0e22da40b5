#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace varve {

/// Dense linear algebra on the host, in double: what the framework asks a library for. Matrices are
/// row-major and finite, and of at least one element. Any thread may call.
class HostLinalg {
 public:
  using In = std::span<const double>;
  using Out = std::span<double>;

  virtual ~HostLinalg() = default;
  /// L [n, n], 0 above the diagonal, with a = L L^T; of a only the lower half is read. false if a
  /// is not positive definite.
  virtual bool cholesky(In a, std::size_t n, Out l) const = 0;
  /// x [n, m] with a x = b. false if a is singular.
  virtual bool solve(In a, In b, std::size_t n, std::size_t m, Out x) const = 0;
  /// Sign (0 if singular) and logarithm of the size of the determinant.
  virtual std::pair<double, double> slogdet(In a, std::size_t n) const = 0;
  /// u [rows, k], s [k] falling, vt [k, columns], k = min(rows, columns). false if it did not
  /// converge.
  virtual bool svd(In a, std::size_t rows, std::size_t columns, Out u, Out s, Out vt) const = 0;
  /// Values [n] rising, vectors [n, n] in columns; of a only the lower half is read. false if it
  /// did not converge.
  virtual bool eigh(In a, std::size_t n, Out values, Out vectors) const = 0;
  /// c [rows, columns] = a [rows, inner] b [inner, columns].
  virtual void multiply(In a, In b, std::size_t rows, std::size_t inner, std::size_t columns,
                        Out c) const = 0;
};

/// The library from now on; register_backends() gives LAPACK. It must live as long as the process.
void set_host_linalg(const HostLinalg& library);
/// Throws ErrorKind::device if there is none.
const HostLinalg& host_linalg();

}  // namespace varve
