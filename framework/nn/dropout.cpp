#include "framework/nn/dropout.h"

#include <fmt/format.h>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {

Dropout::Dropout(DropoutConfig config) : p_(config.p) {
  if (!(p_ >= 0 && p_ < 1))
    fail(ErrorKind::usage, "[Dropout] p = {}: a probability in [0, 1) is needed", p_);
}

Tensor Dropout::forward(const Tensor& x) { return is_training() && p_ > 0 ? dropout(x, p_) : x; }

std::string Dropout::describe() const { return fmt::format("Dropout({})", p_); }

}  // namespace varve
