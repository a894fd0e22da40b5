#include "backends/cpu/onednn.h"

#include <dnnl.h>
#include <fmt/core.h>
#include <omp.h>

#include "framework/core/error.h"
#include "framework/platform/platform.h"

namespace varve::cpu {
namespace {

/// oneDNN would spread a call over OpenMP's threads; the backend has its own. The setting belongs
/// to the calling thread, whose owner gets it back.
class OneOpenMpThread {
 public:
  OneOpenMpThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneOpenMpThread() { omp_set_num_threads(before_); }
  OneOpenMpThread(const OneOpenMpThread&) = delete;
  OneOpenMpThread& operator=(const OneOpenMpThread&) = delete;

 private:
  int before_;
};

}  // namespace

void onednn_gemm(bool a_trans, bool b_trans, std::int64_t m, std::int64_t n, std::int64_t k,
                 const float* a, std::int64_t lda, const float* b, std::int64_t ldb, float beta,
                 float* c, std::int64_t ldc) {
  const OneOpenMpThread one_thread;
  // Up to version 3.11.1 its kernels point rsp into a buffer on the heap, where the frame of a
  // signal handler overwrites what lies below (oneDNN issue 4845).
  const platform::SignalsHeld held;
  const auto status = dnnl_sgemm(a_trans ? 'T' : 'N', b_trans ? 'T' : 'N', m, n, k, 1.0F, a, lda, b,
                                 ldb, beta, c, ldc);
  if (status == dnnl_out_of_memory) fail(ErrorKind::memory, "[matmul] oneDNN ran out of memory");
  if (status != dnnl_success)
    fail(ErrorKind::device, "[matmul] oneDNN refused {} x {} x {}: status {}", m, n, k,
         static_cast<int>(status));
}

std::string onednn_description() {
  const auto* version = dnnl_version();
  return fmt::format("oneDNN {}.{}.{}", version->major, version->minor, version->patch);
}

}  // namespace varve::cpu
