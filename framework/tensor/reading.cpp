#include "framework/tensor/reading.h"

#include <utility>

namespace varve {

Array PendingArray::get() { return {dtype_, shape_, reading_->wait()}; }

PendingArray start_reading(const Tensor& tensor) {
  require_computed(tensor);
  const Tensor packed = tensor.detach().contiguous();
  const auto size = size_of(packed.dtype());
  const View& view = packed.view();
  return {packed.device(), packed.shape(), packed.dtype(),
          packed.device().backend().start_reading(view.buffer,
                                                  static_cast<std::size_t>(view.offset) * size,
                                                  static_cast<std::size_t>(packed.numel()) * size)};
}

}  // namespace varve
