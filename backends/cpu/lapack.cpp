#include "backends/cpu/lapack.h"

#include <algorithm>
#include <stdexcept>
#include <xtensor-blas/xlinalg.hpp>
#include <xtensor/xadapt.hpp>
#include <xtensor/xtensor.hpp>

#include "backends/cpu/blas_call.h"

namespace varve::cpu {
namespace {

using In = HostLinalg::In;
using Out = HostLinalg::Out;
using Matrix = xt::xtensor<double, 2>;

Matrix matrix(In values, std::size_t rows, std::size_t columns) {
  Matrix out = Matrix::from_shape({rows, columns});
  std::copy(values.begin(), values.end(), out.begin());
  return out;
}

/// Row by row, whatever the layout of the result.
template <class E>
void store(const E& values, Out to) {
  const Matrix rows = values;
  std::copy(rows.begin(), rows.end(), to.begin());
}

/// xtensor-blas throws where LAPACK says that it failed.
template <class F>
bool succeeds(const F& f) {
  const BlasCall call;
  try {
    f();
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

class Lapack : public HostLinalg {
 public:
  bool cholesky(In a, std::size_t n, Out l) const override {
    return succeeds([&] { store(xt::linalg::cholesky(matrix(a, n, n)), l); });
  }

  bool solve(In a, In b, std::size_t n, std::size_t m, Out x) const override {
    return succeeds([&] { store(xt::linalg::solve(matrix(a, n, n), matrix(b, n, m)), x); });
  }

  std::pair<double, double> slogdet(In a, std::size_t n) const override {
    const BlasCall call;
    const auto [sign, size] = xt::linalg::slogdet(matrix(a, n, n));
    return {sign, size};
  }

  bool svd(In a, std::size_t rows, std::size_t columns, Out u, Out s, Out vt) const override {
    return succeeds([&] {
      const auto found = xt::linalg::svd(matrix(a, rows, columns), false);
      store(std::get<0>(found), u);
      std::copy(std::get<1>(found).begin(), std::get<1>(found).end(), s.begin());
      store(std::get<2>(found), vt);
    });
  }

  bool eigh(In a, std::size_t n, Out values, Out vectors) const override {
    return succeeds([&] {
      const auto found = xt::linalg::eigh(matrix(a, n, n), 'L');
      std::copy(std::get<0>(found).begin(), std::get<0>(found).end(), values.begin());
      store(std::get<1>(found), vectors);
    });
  }

  void multiply(In a, In b, std::size_t rows, std::size_t inner, std::size_t columns,
                Out c) const override {
    const BlasCall call;
    store(xt::linalg::dot(matrix(a, rows, inner), matrix(b, inner, columns)), c);
  }
};

}  // namespace

const HostLinalg& lapack() {
  static const Lapack library;
  return library;
}

}  // namespace varve::cpu
