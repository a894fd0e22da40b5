#pragma once

#include <cstdint>
#include <string>

namespace varve::cpu {

/// c = a b + beta c in f32, row-major, on the calling thread; `trans` of an operand says that it is
/// stored transposed. Built where oneDNN is found (VARVE_ONEDNN): its kernels are made at run time
/// for this very processor and beat OpenBLAS on the small and skinny products of training.
void onednn_gemm(bool a_trans, bool b_trans, std::int64_t m, std::int64_t n, std::int64_t k,
                 const float* a, std::int64_t lda, const float* b, std::int64_t ldb, float beta,
                 float* c, std::int64_t ldc);

/// "oneDNN 2.6.3".
std::string onednn_description();

}  // namespace varve::cpu
