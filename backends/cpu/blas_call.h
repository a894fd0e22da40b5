#pragma once

#include <mutex>

namespace varve::cpu {

/// To be held while OpenBLAS or LAPACK is called. Each call at the same time as others takes a
/// buffer, which stays for the next; if there is no memory for one, OpenBLAS tries again for ever.
/// So the call that needs one more than before looks first, and until it is over no other begins.
/// Throws ErrorKind::memory.
class BlasCall {
 public:
  BlasCall();
  ~BlasCall();
  BlasCall(const BlasCall&) = delete;
  BlasCall& operator=(const BlasCall&) = delete;

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace varve::cpu
