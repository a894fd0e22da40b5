#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/operands.h"

namespace varve {
namespace {

using namespace operands;

std::int64_t checked_axis(const Tensor& x, std::int64_t axis, const char* op) {
  return static_cast<std::int64_t>(normalize_axis(axis, x.rank(), op));
}

}  // namespace

Tensor cumsum(const Tensor& x, std::int64_t axis) {
  const auto wide = is_floating(x.dtype()) ? x : cast(x, DType::i64);
  return apply1(Op::cumsum, {wide}, with_axis(checked_axis(x, axis, "cumsum")));
}

Tensor argsort(const Tensor& x, std::int64_t axis, bool descending) {
  const auto at = checked_axis(x, axis, "argsort");
  if (!descending) return apply1(Op::argsort, {x}, with_axis(at));
  // Backwards twice, so that equal ones stay in their order.
  const auto order = apply1(Op::argsort, {x.flip(at)}, with_axis(at)).flip(at);
  return static_cast<double>(x.size(at) - 1) - order;
}

Sorted sort(const Tensor& x, std::int64_t axis, bool descending) {
  const auto indices = argsort(x, axis, descending);
  return {gather(x, indices, axis), indices};
}

Sorted topk(const Tensor& x, std::int64_t count, std::int64_t axis, bool largest) {
  const auto at = checked_axis(x, axis, "topk");
  if (count < 0 || count > x.size(at))
    fail(ErrorKind::usage, "[topk] axis {} of {} has no {} elements", axis, x.shape().str(), count);
  const auto indices = argsort(x, at, largest).slice(at, 0, count);
  return {gather(x, indices, at), indices};
}

}  // namespace varve
