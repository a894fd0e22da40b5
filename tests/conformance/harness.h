#pragma once

#include <functional>
#include <string>
#include <vector>

#include "framework/backend/device.h"
#include "framework/ops/table.h"
#include "tests/conformance/cases.h"
#include "tests/devices.h"

namespace varve::conformance {

using testing::computes_in_f64;
using testing::devices;
using testing::unavailable;
/// The oracle.
const Device& reference();

/// Whether the device has the dtypes of a case.
bool can_run(const Device& device, const Case& sample);

/// Attributes with the dtype under test, completed by the row's shape rule.
Attributes attributes_of(Op op, const Case& sample, DType floating);
/// Dense tensors from which `arrange` makes the inputs: what the layout leaves out is there as
/// well. The same numbers on every device; f64 holds what f32 rounds to.
Tensors make_bases(const Case& sample, DType floating, const Device& device);
/// The inputs, as views of the bases.
Tensors arrange(const Case& sample, const Tensors& bases);
Tensors make_inputs(const Case& sample, DType floating, const Device& device);
/// Which inputs have a gradient.
std::vector<bool> differentiable(const Case& sample);
/// As many elements as all inputs have together.
std::int64_t size_of(const Case& sample);

/// The results' shapes and dtypes.
Specs specs_of(Op op, const Case& sample, DType floating);
/// apply(), also for ops that have no input.
Tensors run(Op op, const Case& sample, DType floating, const Device& device);
/// What the backend is asked about.
Signature signature_of(Op op, const Case& sample, DType floating);

/// "" or how `got` differs from `want` (f64) anywhere.
std::string compare(const Tensors& got, const Tensors& want, const Tensors& magnitudes,
                    const Tolerance& tolerance);

/// Fixed normal numbers for the gradients of results.
Tensors seeds_for(const Tensors& outputs);
/// Gradients of sum(outputs * seeds) for those inputs that have one.
Tensors gradients(const std::function<Tensors(const Tensors&)>& function, const Tensors& inputs,
                  const std::vector<bool>& differentiable);

/// The largest magnitude of each gradient, at each of its elements: gradients sum terms that
/// cancel.
Tensors largest(const Tensors& gradients);

/// Runs `test(device, op, case)`, which returns "" or what is wrong, on every backend and case, and
/// reports each failure with doctest. An exception is a failure, too.
using CaseTest = std::function<std::string(const Device&, Op, const Case&)>;
void for_every_case(const CaseTest& test);

}  // namespace varve::conformance
