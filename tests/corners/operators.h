#pragma once

#include "tests/corners/corners.h"

namespace varve::corners {

/// The corner table of what framework/tensor/tensor.h computes: its operators, `full` and `arange`.
Rows operator_rows();

}  // namespace varve::corners
