#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "framework/core/array.h"
#include "framework/ops/table.h"

namespace varve {

/// What `op` gives on the absolute values of its inputs: the sum of the terms' magnitudes.
/// Only for an op that accumulates (see OpTraits).
Tensors magnitudes(Op op, const Tensors& inputs, const Attributes& attributes);

struct Difference {
  std::int64_t index;  ///< in row-major order
  double got, want;
};

/// The first element where |got - want| > absolute + relative * max(|want|, magnitude).
/// `want` is rounded to the dtype of `got` first; two NaN are equal; `magnitude` may be empty.
std::optional<Difference> first_difference(const Array& got, std::span<const double> want,
                                           std::span<const double> magnitude,
                                           const Tolerance& tolerance);

}  // namespace varve
