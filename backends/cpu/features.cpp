#include "backends/cpu/features.h"

#include <string>

#include "framework/core/error.h"

namespace varve::cpu {

namespace {

struct Known {
  Feature feature;
  const char* name;
  bool here;
};

}  // namespace

void require_compiled_features() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  const Known known[] = {
      {feature_sse42, "SSE4.2", __builtin_cpu_supports("sse4.2") != 0},
      {feature_avx2, "AVX2", __builtin_cpu_supports("avx2") != 0},
      {feature_fma, "FMA", __builtin_cpu_supports("fma") != 0},
      {feature_bmi2, "BMI2", __builtin_cpu_supports("bmi2") != 0},
      {feature_avx512, "AVX-512", avx512},
      {feature_avx512_vbmi2, "AVX-512 VBMI2", __builtin_cpu_supports("avx512vbmi2") != 0},
  };
  for (const Known& k : known) {
    if ((compiled_features & k.feature) == 0 || k.here) continue;
    fail(ErrorKind::device,
         "[cpu] this build uses {} instructions and the processor has none, rebuild with "
         "-DVARVE_CPU_ARCH=native (or x86-64-v2 for any)",
         k.name);
  }
#endif
}

}  // namespace varve::cpu
