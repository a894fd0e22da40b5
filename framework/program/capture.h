#pragma once

#include <functional>
#include <memory>

#include "framework/tensor/tensor.h"

namespace varve {

/// A function on tensors whose device work is replayed as a compiled program: the results, and all
/// that it changes, are those of calling the function itself, bit for bit.
///
/// Every call runs the function, on the host alone: what it asks of the device is compared, command
/// by command, with what it asked for before. If it is the same to the end, the program of it is
/// replayed; the first time the work is done one by one, the second time compiled. So whatever the
/// function reads from the host (numbers, branches, train and eval mode, which parameters want
/// gradients, where their memory is) counts at every call. A number that changes costs a small
/// write, anything else that changes a program of its own; the latest eight are kept.
///
/// Within the function nothing is computed yet: reading values (item(), to_array()) or writing them
/// from the host (upload(), Tensor::from()) throws ErrorKind::usage. If it throws, nothing on the
/// device has changed, and gradients that it noted are forgotten.
///
/// The results are outside of the graph and belong to the caller. A captured function that calls
/// another one makes that a part of its own.
///
/// Threads: one call at a time; different ones may run on different threads.
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
  /// Whether the latest call was a program's.
  bool compiled() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Wraps `function`; see Captured.
Captured capture(Captured::Function function, const Device& device = default_device());

}  // namespace varve
