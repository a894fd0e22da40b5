#include "framework/nn/extent.h"

#include <algorithm>

#include "framework/core/error.h"

namespace varve {

void require_window(const Extent& kernel, const Extent& stride, const Extent& padding,
                    const char* layer) {
  const auto least = [](const Extent& e) { return std::min(e.height, e.width); };
  if (least(kernel) < 1 || least(stride) < 1 || least(padding) < 0)
    fail(ErrorKind::usage,
         "[{}] kernel {}, stride {}, padding {}: kernel and stride must be at least 1, padding at "
         "least 0",
         layer, kernel.str(), stride.str(), padding.str());
}

void require_dilation(const Extent& dilation, const char* layer) {
  if (dilation.height < 1 || dilation.width < 1)
    fail(ErrorKind::usage, "[{}] dilation {}: it must be at least 1", layer, dilation.str());
}

}  // namespace varve
