#include "backends/vulkan/kernel.h"

#include <array>

namespace varve::vulkan {

KernelEntry find_kernel(Op op) {
  using Family = KernelEntry (*)(Op);
  constexpr std::array<Family, 10> families{
      elementwise_kernel, creation_kernel, random_kernel, reduce_kernel, rows_kernel,
      index_kernel,       window_kernel,   matmul_kernel, conv_kernel,   optim_kernel};
  for (const Family family : families) {
    if (const KernelEntry entry = family(op); entry.kernel != nullptr) return entry;
  }
  return {};
}

}  // namespace varve::vulkan
