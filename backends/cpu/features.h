#pragma once

#include <cstdint>

namespace varve::cpu {

/// Instruction sets that matter, a bit each.
enum Feature : std::uint32_t {
  feature_sse42 = 1,
  feature_avx2 = 2,
  feature_fma = 4,
  feature_bmi2 = 8,
  feature_avx512 = 16,        ///< f, bw, cd, dq, vl
  feature_avx512_vbmi2 = 32,  ///< of the generation after: Ice Lake, Zen 4
};

/// What the kernels were compiled for; a constant, so that reading it runs none of their code.
extern const std::uint32_t compiled_features;

/// Throws ErrorKind::device if this processor lacks one of them. Compiled for any processor.
void require_compiled_features();

}  // namespace varve::cpu
