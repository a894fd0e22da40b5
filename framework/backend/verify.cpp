#include <utility>

#include "framework/autograd/autograd.h"
#include "framework/backend/compare.h"
#include "framework/backend/decorators.h"
#include "framework/backend/host.h"
#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

bool computes_in_f64(const Backend& backend) {
  const Spec number{{1}, DType::f64};
  return backend.supports(Op::add, {{number, number}, {number}, {}});
}

}  // namespace

Verify::Verify(Backend& inner, std::unique_ptr<Backend> oracle)
    : Decorator(inner), oracle_(std::move(oracle)), wide_(computes_in_f64(oracle_.backend())) {}

DType Verify::widened(DType dtype) const {
  return wide_ && dtype == DType::f32 ? DType::f64 : dtype;
}

void Verify::execute(const Command& command) {
  const NoGrad guard;
  Tensors inputs;  // read first: the command may overwrite them
  // Of a draw, each dtype has its own digits; anything else is compared with wider arithmetic.
  const auto oracle_dtype = [&](DType dtype) {
    return command.op == Op::random ? dtype : widened(dtype);
  };
  for (const auto& view : command.in)
    inputs.push_back(cast(Tensor::from(read(inner(), view), oracle_), oracle_dtype(view.dtype)));

  inner().execute(command);

  Attributes attributes = command.attributes;
  attributes.dtype = oracle_dtype(attributes.dtype);
  Tensors want;
  for (const auto& view : command.out)
    want.push_back(Tensor::empty(view.shape, oracle_dtype(view.dtype), oracle_));
  apply_into(command.op, inputs, want, attributes);
  const auto scale =
      accumulates(command.op) ? magnitudes(command.op, inputs, attributes) : Tensors{};

  for (std::size_t i = 0; i < want.size(); ++i) {
    const auto got = read(inner(), command.out[i]);
    const auto expected = to_doubles(want[i].to_array());
    const auto magnitude = scale.empty() ? std::vector<double>{} : to_doubles(scale[i].to_array());
    const auto found = first_difference(got, expected, magnitude, row(command.op).tolerance);
    if (found)
      fail(ErrorKind::non_finite, "[{}] output {} at {}: {} gives {}, {} gives {}: {}",
           row(command.op).name, i, coordinates(got.shape, found->index), inner().name(),
           found->got, oracle_.name(), found->want, str(command));
  }
  ++compared_;
}

}  // namespace varve
