#include "framework/linalg/linalg.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include "framework/autograd/function.h"
#include "framework/backend/host.h"
#include "framework/backend/host_linalg.h"
#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve::linalg {
namespace {

// --- On the host ---

/// A batch of matrices.
class Matrices {
 public:
  Matrices(const Tensor& x, const char* op)
      : op_(op), shape_(x.shape()), dtype_(x.dtype()), device_(x.device()) {
    const auto rank = shape_.size();
    if (rank < 2 || !is_floating(dtype_))
      fail(ErrorKind::usage, "[{}] needs matrices of f32 or f64, got {} {}", op, shape_.str(),
           name(dtype_));
    rows_ = static_cast<std::size_t>(shape_[rank - 2]);
    columns_ = static_cast<std::size_t>(shape_[rank - 1]);
    values_ = to_doubles(x.to_array());
    for (const double value : values_)
      if (!std::isfinite(value))
        fail(ErrorKind::non_finite, "[{}] a matrix holds {}: look where the numbers come from", op,
             value);
  }

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  std::size_t count() const {
    return rows_ * columns_ == 0 ? 0 : values_.size() / rows_ / columns_;
  }
  HostLinalg::In operator[](std::size_t i) const {
    return std::span(values_).subspan(i * rows_ * columns_, rows_ * columns_);
  }

  void require_square() const {
    if (rows_ != columns_)
      fail(ErrorKind::usage, "[{}] needs square matrices, got {}", op_, shape_.str());
  }

  [[noreturn]] void fail_at(std::size_t i, const char* what) const {
    fail(ErrorKind::non_finite, "[{}] matrix {} of {} {} {}", op_, i, shape_.str(), name(dtype_),
         what);
  }

  /// The leading axes with others behind them.
  Shape batch(std::initializer_list<std::size_t> sizes) const {
    Shape out(std::span<const std::int64_t>(shape_.begin(), shape_.size() - 2));
    for (const auto size : sizes) out.push_back(static_cast<std::int64_t>(size));
    return out;
  }

  /// Numbers as a tensor of the same dtype and device.
  Tensor tensor(const std::vector<double>& values, const Shape& shape) const {
    Array out = Array::zeros(shape, dtype_);
    if (dtype_ == DType::f64)
      std::copy(values.begin(), values.end(), out.as<double>().begin());
    else
      std::transform(values.begin(), values.end(), out.as<float>().begin(),
                     [](double value) { return static_cast<float>(value); });
    return Tensor::from(out, device_);
  }

 private:
  const char* op_;
  Shape shape_;
  DType dtype_;
  Device device_;
  std::size_t rows_ = 0, columns_ = 0;
  std::vector<double> values_;
};

/// Room for a matrix or vector of `size` numbers for each of a batch.
struct Room {
  Room(const Shape& of, std::size_t each)
      : shape(of), size(each), values(static_cast<std::size_t>(of.numel())) {}
  HostLinalg::Out operator[](std::size_t i) { return std::span(values).subspan(i * size, size); }

  Shape shape;
  std::size_t size;
  std::vector<double> values;
};

// --- Pieces of gradients ---

Tensor zero(const Tensor& like) { return Tensor::zeros({}, like.dtype(), like.device()); }

Tensor symmetric(const Tensor& x) { return (x + x.transpose()) * 0.5; }

/// 1 / x, and 0 where x is 0.
Tensor reciprocal_or_zero(const Tensor& x) {
  const auto none = x == 0.0;
  return where(none, zero(x), 1.0 / where(none, zero(x) + 1.0, x));
}

/// x_j - x_i at (i, j).
Tensor gaps(const Tensor& x) { return x.unsqueeze(-2) - x.unsqueeze(-1); }

/// Below the diagonal as it is, half of the diagonal, 0 above.
Tensor lower_half(const Tensor& x) {
  const auto i = Tensor::arange(x.size(-1), 0, 1, DType::i32, x.device());
  return where(i < i.unsqueeze(1), x, zero(x)) + diagonal_embed(x.diagonal() * 0.5);
}

Tensors cholesky_gradient(const Saved& saved, const Tensors& gradients) {
  // L^-T P L^-1 with P the lower half of L^T g.
  const auto upper = saved[0].transpose();
  const auto left = solve_triangular(upper, lower_half(matmul(upper, gradients[0])), false);
  const auto both = solve_triangular(upper, left.transpose(), false);
  return {symmetric(both)};
}

Tensors eigh_gradient(const Saved& saved, const Tensors& gradients) {
  const auto& vectors = saved[1];
  const auto turned = matmul(vectors.transpose(), gradients[1]);
  const auto inner = turned * reciprocal_or_zero(gaps(saved[0])) + diagonal_embed(gradients[0]);
  return {symmetric(matmul(matmul(vectors, inner), vectors.transpose()))};
}

Tensors svd_gradient(const Saved& saved, const Tensors& gradients) {
  const auto& u = saved[0];
  const auto& s = saved[1];
  const auto& vt = saved[2];
  const auto slope = reciprocal_or_zero(gaps(square(s)));
  const auto turn = [&](const Tensor& product) { return slope * (product - product.transpose()); };
  const auto by_u = turn(matmul(u.transpose(), gradients[0]));
  const auto by_v = turn(matmul(vt, gradients[2].transpose()));
  const auto inner = by_u * s.unsqueeze(-2) + s.unsqueeze(-1) * by_v + diagonal_embed(gradients[1]);
  // And out of the spaces that u and v span.
  const auto inverse = reciprocal_or_zero(s);
  const auto out_u = gradients[0] * inverse.unsqueeze(-2);
  const auto out_v = inverse.unsqueeze(-1) * gradients[2];
  const auto beside_u = out_u - matmul(u, matmul(u.transpose(), out_u));
  const auto beside_v = out_v - matmul(matmul(out_v, vt.transpose()), vt);
  return {matmul(matmul(u, inner) + beside_u, vt) + matmul(u, beside_v)};
}

Tensor with_batch(const Tensor& x, const Shape& batch) {
  Shape shape = batch;
  shape.push_back(x.size(-2));
  shape.push_back(x.size(-1));
  return x.expand(shape);
}

}  // namespace

Tensor cholesky(const Tensor& a) {
  static const CustomFunction function{"cholesky",
                                       [](Saved& saved, const Tensors& in) {
                                         const Matrices all(in[0], "cholesky");
                                         all.require_square();
                                         const auto n = all.rows();
                                         Room factor(in[0].shape(), n * n);
                                         for (std::size_t i = 0; i < all.count(); ++i)
                                           if (!host_linalg().cholesky(all[i], n, factor[i]))
                                             all.fail_at(i, "is not positive definite");
                                         const auto result =
                                             all.tensor(factor.values, factor.shape);
                                         saved.save(result);
                                         return Tensors{result};
                                       },
                                       cholesky_gradient};
  return apply(function, {a})[0];
}

Tensor solve(const Tensor& a, const Tensor& b) {
  static const CustomFunction function{"solve",
                                       [](Saved& saved, const Tensors& in) {
                                         const Matrices left(in[0], "solve");
                                         const Matrices right(in[1], "solve");
                                         const auto n = left.rows();
                                         const auto m = right.columns();
                                         Room x(in[1].shape(), n * m);
                                         for (std::size_t i = 0; i < right.count(); ++i)
                                           if (!host_linalg().solve(left[i], right[i], n, m, x[i]))
                                             left.fail_at(i, "is singular");
                                         const auto result = left.tensor(x.values, x.shape);
                                         saved.save(in[0]);
                                         saved.save(result);
                                         return Tensors{result};
                                       },
                                       [](const Saved& saved, const Tensors& gradients) {
                                         const auto by_b =
                                             solve(saved[0].transpose(), gradients[0]);
                                         return Tensors{-matmul(by_b, saved[1].transpose()), by_b};
                                       }};
  const bool fits = a.rank() >= 2 && b.rank() >= 2 && a.size(-1) == a.size(-2) &&
                    a.size(-1) == b.size(-2) && a.dtype() == b.dtype();
  if (!fits)
    fail(ErrorKind::usage, "[solve] {} {} and {} {} do not fit: need (..., n, n) and (..., n, m)",
         a.shape().str(), name(a.dtype()), b.shape().str(), name(b.dtype()));
  const auto lead = [](const Tensor& x) {
    return Shape(std::span<const std::int64_t>(x.shape().begin(), x.rank() - 2));
  };
  const auto batch = broadcast(lead(a), lead(b), "solve");
  return apply(function, {with_batch(a, batch), with_batch(b, batch)})[0];
}

Tensor inverse(const Tensor& a) {
  if (a.rank() < 2 || a.size(-1) != a.size(-2))
    fail(ErrorKind::usage, "[inverse] needs square matrices, got {}", a.shape().str());
  return solve(a, Tensor::eye(a.size(-1), a.dtype(), a.device()));
}

SignAndLog slogdet(const Tensor& a) {
  static const CustomFunction function{
      "slogdet",
      [](Saved& saved, const Tensors& in) {
        const Matrices all(in[0], "slogdet");
        all.require_square();
        Room sign(all.batch({}), 1);
        Room size(all.batch({}), 1);
        for (std::size_t i = 0; i < sign.values.size(); ++i)
          std::tie(sign.values[i], size.values[i]) =
              all.rows() == 0 ? std::pair(1.0, 0.0) : host_linalg().slogdet(all[i], all.rows());
        saved.save(in[0]);
        return Tensors{all.tensor(sign.values, sign.shape), all.tensor(size.values, size.shape)};
      },
      [](const Saved& saved, const Tensors& gradients) {
        const auto slope = gradients[1].unsqueeze(-1).unsqueeze(-1);
        return Tensors{inverse(saved[0]).transpose() * slope};
      }};
  const auto out = apply(function, {a});
  return {out[0].detach(), out[1]};
}

Svd svd(const Tensor& a) {
  static const CustomFunction function{
      "svd",
      [](Saved& saved, const Tensors& in) {
        const Matrices all(in[0], "svd");
        const auto rows = all.rows();
        const auto columns = all.columns();
        const auto k = std::min(rows, columns);
        Room u(all.batch({rows, k}), rows * k);
        Room s(all.batch({k}), k);
        Room vt(all.batch({k, columns}), k * columns);
        for (std::size_t i = 0; i < all.count(); ++i)
          if (!host_linalg().svd(all[i], rows, columns, u[i], s[i], vt[i]))
            all.fail_at(i, "has singular values that did not converge");
        const Tensors out{all.tensor(u.values, u.shape), all.tensor(s.values, s.shape),
                          all.tensor(vt.values, vt.shape)};
        for (const auto& part : out) saved.save(part);
        return out;
      },
      svd_gradient};
  const auto out = apply(function, {a});
  return {out[0], out[1], out[2]};
}

Eigh eigh(const Tensor& a) {
  static const CustomFunction function{
      "eigh",
      [](Saved& saved, const Tensors& in) {
        const Matrices all(in[0], "eigh");
        all.require_square();
        const auto n = all.rows();
        Room values(all.batch({n}), n);
        Room vectors(all.batch({n, n}), n * n);
        for (std::size_t i = 0; i < all.count(); ++i)
          if (!host_linalg().eigh(all[i], n, values[i], vectors[i]))
            all.fail_at(i, "has eigenvalues that did not converge");
        const Tensors out{all.tensor(values.values, values.shape),
                          all.tensor(vectors.values, vectors.shape)};
        for (const auto& part : out) saved.save(part);
        return out;
      },
      eigh_gradient};
  const auto out = apply(function, {a});
  return {out[0], out[1]};
}

}  // namespace varve::linalg
