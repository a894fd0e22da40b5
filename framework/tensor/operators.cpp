#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/operands.h"

namespace varve {
namespace {

using namespace operands;

/// A number to compare a tensor with: never wrapped around, as it may be in arithmetic.
Tensor comparand(double value, const Tensor& beside) {
  const auto dtype = beside.dtype();
  if (is_floating(dtype) || holds(dtype, value)) return scalar(value, dtype, beside);
  return scalar(value, holds(DType::i64, value) ? DType::i64 : DType::f32, beside);
}

Tensor compared(Op op, const Tensor& a, const Tensor& b) { return binary(op, a, b, promote(a, b)); }

Tensor truth(const Tensor& x) { return cast(x, DType::boolean); }

/// What `a op= b` leaves in a.
Tensor& becomes(Tensor& a, const Tensor& result, const char* op) {
  if (a.requires_grad() && !a.impl()->node)
    fail(
        ErrorKind::usage,
        "[{0}=] this is a leaf that requires gradients: {0}= would give the variable another value "
        "and leave the parameter as it is; write a.assign(a {0} b) to overwrite it, or c = a {0} b",
        op);
  if (a.spec() != result.spec())
    fail(ErrorKind::usage,
         "[{0}=] {1} {2} would become {3} {4}; write a = a {0} b if that is meant", op,
         a.shape().str(), name(a.dtype()), result.shape().str(), name(result.dtype()));
  return a = result;
}

}  // namespace

Tensor less(const Tensor& a, const Tensor& b) { return compared(Op::less, a, b); }
Tensor greater(const Tensor& a, const Tensor& b) { return compared(Op::less, b, a); }
Tensor equal(const Tensor& a, const Tensor& b) { return compared(Op::equal, a, b); }
Tensor not_equal(const Tensor& a, const Tensor& b) { return logical_not(equal(a, b)); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return logical_or(less(a, b), equal(a, b)); }
Tensor greater_equal(const Tensor& a, const Tensor& b) { return less_equal(b, a); }

Tensor logical_and(const Tensor& a, const Tensor& b) { return where(truth(a), truth(b), truth(a)); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return where(truth(a), truth(a), truth(b)); }
Tensor logical_not(const Tensor& x) { return equal(truth(x), scalar(0, DType::boolean, x)); }

Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
Tensor operator+(const Tensor& a, double b) { return add(a, number(b, a)); }
Tensor operator-(const Tensor& a, double b) { return sub(a, number(b, a)); }
Tensor operator*(const Tensor& a, double b) { return mul(a, number(b, a)); }
Tensor operator/(const Tensor& a, double b) { return div(a, scalar(b, floating(a.dtype()), a)); }
Tensor operator+(double a, const Tensor& b) { return add(number(a, b), b); }
Tensor operator-(double a, const Tensor& b) { return sub(number(a, b), b); }
Tensor operator*(double a, const Tensor& b) { return mul(number(a, b), b); }
Tensor operator/(double a, const Tensor& b) { return div(scalar(a, floating(b.dtype()), b), b); }
Tensor operator-(const Tensor& a) { return neg(a); }

Tensor operator==(const Tensor& a, const Tensor& b) { return equal(a, b); }
Tensor operator!=(const Tensor& a, const Tensor& b) { return not_equal(a, b); }
Tensor operator<(const Tensor& a, const Tensor& b) { return less(a, b); }
Tensor operator<=(const Tensor& a, const Tensor& b) { return less_equal(a, b); }
Tensor operator>(const Tensor& a, const Tensor& b) { return greater(a, b); }
Tensor operator>=(const Tensor& a, const Tensor& b) { return greater_equal(a, b); }
Tensor operator==(const Tensor& a, double b) { return equal(a, comparand(b, a)); }
Tensor operator!=(const Tensor& a, double b) { return not_equal(a, comparand(b, a)); }
Tensor operator<(const Tensor& a, double b) { return less(a, comparand(b, a)); }
Tensor operator<=(const Tensor& a, double b) { return less_equal(a, comparand(b, a)); }
Tensor operator>(const Tensor& a, double b) { return greater(a, comparand(b, a)); }
Tensor operator>=(const Tensor& a, double b) { return greater_equal(a, comparand(b, a)); }
Tensor operator==(double a, const Tensor& b) { return b == a; }
Tensor operator!=(double a, const Tensor& b) { return b != a; }
Tensor operator<(double a, const Tensor& b) { return b > a; }
Tensor operator<=(double a, const Tensor& b) { return b >= a; }
Tensor operator>(double a, const Tensor& b) { return b < a; }
Tensor operator>=(double a, const Tensor& b) { return b <= a; }

Tensor& operator+=(Tensor& a, const Tensor& b) { return becomes(a, a + b, "+"); }
Tensor& operator+=(Tensor& a, double b) { return becomes(a, a + b, "+"); }
Tensor& operator-=(Tensor& a, const Tensor& b) { return becomes(a, a - b, "-"); }
Tensor& operator-=(Tensor& a, double b) { return becomes(a, a - b, "-"); }
Tensor& operator*=(Tensor& a, const Tensor& b) { return becomes(a, a * b, "*"); }
Tensor& operator*=(Tensor& a, double b) { return becomes(a, a * b, "*"); }
Tensor& operator/=(Tensor& a, const Tensor& b) { return becomes(a, a / b, "/"); }
Tensor& operator/=(Tensor& a, double b) { return becomes(a, a / b, "/"); }

}  // namespace varve
