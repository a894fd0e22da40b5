#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/ops/table.h"

namespace varve::conformance {

/// How an input lies in memory. An input of too low a rank for its layout lies plainly.
enum class Layout : std::uint8_t {
  plain,
  transposed,  ///< the last two axes
  reversed,    ///< all axes
  stepped,     ///< every second element of the last axis
  inner,       ///< a block in the middle of something larger
  flipped,     ///< negative strides on the first and the last axis
  expanded,    ///< stride 0 on the first axis
  repeated,    ///< stride 0 on the last axis
};
inline constexpr int layout_count = 8;

/// What the elements are. Smooth ops take any; the others keep away from their kinks.
enum class Values : std::uint8_t {
  normal,      ///< standard normal
  positive,    ///< in [0.5, 2); integers in [1, 4]
  clear,       ///< normal, but at least 0.1 away from 0
  unit,        ///< in [0, 1)
  distinct,    ///< no two closer than 0.02, also between the inputs of a case
  whole,       ///< small integers, both signs for signed dtypes
  index,       ///< whole, in [0, bound)
  triangular,  ///< normal / 4, and about 2 on the diagonal of the last two axes
};

struct Input {
  Shape shape;
  Values values = Values::normal;
  Layout layout = Layout::plain;
  DType dtype = DType::f32;    ///< f32 stands for the floating-point dtype under test
  std::int64_t bound = 0;      ///< Values::index
  bool differentiable = true;  ///< as far as the dtype is
};

struct Case {
  std::vector<Input> in;
  Attributes attributes = {};  ///< its dtype f32 stands for the one under test, too
};

/// Sample inputs for an op; empty if nobody has written any, which is a failure of its own.
std::vector<Case> cases_of(Op op);

// The parts of cases_of, an op family a file.
std::vector<Case> elementwise_cases(Op op);
std::vector<Case> structural_cases(Op op);
std::vector<Case> network_cases(Op op);

/// "conv2d (2, 5, 5, 3) stepped, (4, 3, 3, 3)".
std::string describe(Op op, const Case& sample);

}  // namespace varve::conformance
