#include "backends/cpu/features.h"

namespace varve::cpu {

const std::uint32_t compiled_features = 0U
#ifdef __SSE4_2__
                                        | feature_sse42
#endif
#ifdef __AVX2__
                                        | feature_avx2
#endif
#ifdef __FMA__
                                        | feature_fma
#endif
#ifdef __BMI2__
                                        | feature_bmi2
#endif
#ifdef __AVX512VL__
                                        | feature_avx512
#endif
#ifdef __AVX512VBMI2__
                                        | feature_avx512_vbmi2
#endif
    ;

}  // namespace varve::cpu
