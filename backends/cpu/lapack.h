#pragma once

#include "framework/backend/host_linalg.h"

namespace varve::cpu {

/// LAPACK, through xtensor-blas.
const HostLinalg& lapack();

}  // namespace varve::cpu
