#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "framework/tensor/tensor.h"

namespace varve {

/// What distributions and losses check of their arguments. Shapes and dtypes are checked always.
///
/// `values` (the default, as PyTorch's validate_args) also checks the values that would otherwise
/// give a plausible wrong number: it computes whether all are valid on the device and reads that
/// one number back, which waits for a device that works asynchronously. `shapes` trusts them, for
/// callers whose values are right by construction, as a standard deviation that is an exp().
///
/// In a captured step nothing can be read back. There a value that is not valid turns into NaN, and
/// with it all that is computed from it: visible, and never a plausible number.
enum class Validate : std::uint8_t { values, shapes };

/// x, if `valid()` (bool, of x's shape) is true everywhere. Otherwise throws ErrorKind::usage:
/// "[normal] standard deviation is -1 at (2): at least 0 is needed", with `where`, `what` and
/// `needed`; in a captured step gives NaN at those places instead. Zero elements are valid.
Tensor validated(const Tensor& x, const std::function<Tensor()>& valid, Validate validate,
                 std::string_view where, std::string_view what, std::string_view needed);

/// Whether commands of the device are being recorded by capture(), so that nothing can be read.
bool is_recording(const Device& device);

/// x as it is if it is floating, integers and bool as f32. Throws ErrorKind::usage if undefined.
Tensor floating_argument(const Tensor& x, std::string_view where);
/// Both in one floating dtype: f64 if either is, else f32.
std::pair<Tensor, Tensor> floating_arguments(const Tensor& a, const Tensor& b,
                                             std::string_view where);

/// Bool tensors, elementwise; false for NaN.
Tensor is_not_negative(const Tensor& x);
/// low <= x <= high.
Tensor is_within(const Tensor& x, double low, double high);

}  // namespace varve
