#include "framework/distributions/validate.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/program/recorder.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// " at (2, 0)": where element `index` in row-major order lies; nothing of a scalar.
std::string place_of(const Shape& shape, std::size_t index) {
  if (shape.empty()) return "";
  Shape at = shape;
  for (std::size_t i = shape.size(); i-- > 0;) {
    const auto size = static_cast<std::size_t>(shape[i]);
    at[i] = static_cast<std::int64_t>(index % size);
    index /= size;
  }
  return " at " + at.str();
}

Tensor like(const Tensor& x, double value) {
  return Tensor::full({}, value, x.dtype(), x.device());
}

/// 0 where x is valid, `fault` elsewhere.
Tensor mark(const std::function<Tensor()>& valid, const Tensor& x, double fault) {
  const NoGrad guard;
  return where(valid(), like(x, 0), like(x, fault));
}

}  // namespace

Tensor validated(const Tensor& x, const std::function<Tensor()>& valid, Validate validate,
                 std::string_view where, std::string_view what, std::string_view needed) {
  if (validate == Validate::shapes || x.numel() == 0) return x;
  if (is_recording(x.device())) return x + 0 * mark(valid, x, infinity);  // 0 or NaN
  // Faults are marked, and not what is good, so that a backend that computes nothing finds none.
  const Tensor fault = mark(valid, x, 1);
  if (max(fault).item() == 0) return x;
  const auto faults = fault.to_vector<double>();
  const auto first =
      static_cast<std::size_t>(std::find(faults.begin(), faults.end(), 1.0) - faults.begin());
  fail(ErrorKind::usage, "[{}] {} is {}{}: {} is needed", where, what, x.to_vector<double>()[first],
       place_of(x.shape(), first), needed);
}

Tensor floating_argument(const Tensor& x, std::string_view where) {
  if (!x.defined()) fail(ErrorKind::usage, "[{}] an argument is undefined", where);
  return is_floating(x.dtype()) ? x : cast(x, DType::f32);
}

bool is_recording(const Device& device) { return Recorder::of(device) != nullptr; }

std::pair<Tensor, Tensor> floating_arguments(const Tensor& a, const Tensor& b,
                                             std::string_view where) {
  const Tensor left = floating_argument(a, where), right = floating_argument(b, where);
  const DType dtype = promote(left.dtype(), right.dtype());
  return {cast(left, dtype), cast(right, dtype)};
}

Tensor is_not_negative(const Tensor& x) { return equal(abs(x), x); }

Tensor is_within(const Tensor& x, double low, double high) { return equal(clamp(x, low, high), x); }

}  // namespace varve
