#pragma once

#include <memory>
#include <utility>

#include "framework/backend/backend.h"
#include "framework/backend/device.h"
#include "framework/core/array.h"
#include "framework/tensor/tensor.h"

namespace varve {

/// The values of a tensor on their way to the host, while the device and the host go on:
///
///     PendingArray loss = start_reading(step(batch));
///     ...                             // send off the next step
///     double value = loss.get().as<float>()[0];
class PendingArray {
 public:
  /// Waits for them. Call it once. Throws as Tensor::to_array.
  Array get();

 private:
  friend PendingArray start_reading(const Tensor& tensor);
  PendingArray(Device device, Shape shape, DType dtype, std::unique_ptr<Reading> reading)
      : device_(std::move(device)), shape_(shape), dtype_(dtype), reading_(std::move(reading)) {}

  Device device_;  // first: it outlives what is read from it
  Shape shape_;
  DType dtype_;
  std::unique_ptr<Reading> reading_;
};

/// The values that the tensor has now, whatever is done to it before get(). On a device that does
/// not work by itself (Backend::asynchronous) they are read at once.
PendingArray start_reading(const Tensor& tensor);

}  // namespace varve
