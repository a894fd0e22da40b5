#pragma once

#include <functional>
#include <memory>

#include "framework/tensor/tensor.h"

namespace varve {

/// A function on tensors that runs eagerly at first and is then replayed as a compiled program.
///
/// Calls 1 and 2 execute and record; if the two recordings are the same, the second is compiled and
/// later calls replay it. A recording that changes from call to call (a host number that was baked
/// in, a branch) throws ErrorKind::usage naming the command.
///
/// Rules, each of which is checked: reading or writing values from the host inside the function
/// throws; inputs must keep shape, dtype and device (a change records anew); the results are
/// overwritten by the next call, clone() them to keep. What changes between steps lives in tensors
/// that are written outside with Tensor::upload.
class Captured {
 public:
  using Function = std::function<Tensors(const Tensors& inputs)>;

  explicit Captured(Function function, Device device = default_device());
  ~Captured();
  Captured(Captured&&) noexcept;
  Captured& operator=(Captured&&) noexcept;

  /// Runs the function. Inputs that are the same tensors in every call are read where they are;
  /// when others come, they are copied into private ones from then on.
  Tensors operator()(const Tensors& inputs);
  /// Whether the next call with like inputs will be a replay.
  bool compiled() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Wraps `function`; see Captured.
Captured capture(Captured::Function function, const Device& device = default_device());

}  // namespace varve
