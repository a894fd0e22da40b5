#pragma once

#include <cstdint>

#include "framework/tensor/functional.h"

namespace varve::test {

/// The midpoint rule on [low, high], in f64.
struct Grid {
  Grid(double low, double high, std::int64_t count)
      : step((high - low) / static_cast<double>(count)),
        points(Tensor::arange(count, low + step / 2, step, DType::f64)) {}

  double integral(const Tensor& values) const { return sum(values).item() * step; }

  double step;
  Tensor points;
};

}  // namespace varve::test
