#pragma once

#include "tests/corners/corners.h"

/// The corner table of framework/tensor/functional.h, a family a file.
namespace varve::corners {

Rows unary_rows();
Rows binary_rows();
Rows reduction_rows();
Rows indexing_rows();
Rows network_rows();
Rows convolution_rows();
Rows random_rows();

}  // namespace varve::corners
