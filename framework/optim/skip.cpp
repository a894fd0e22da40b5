#include "framework/optim/skip.h"

#include "framework/ops/table.h"
#include "framework/tensor/functional.h"

namespace varve {

Tensor goes(const Tensor& non_finite) {
  return equal(non_finite, Tensor::zeros({}, non_finite.dtype(), non_finite.device()));
}

void assign_unless(const Tensor& non_finite, Tensor target, const Tensor& value) {
  if (non_finite.defined())
    apply_into(Op::where, {goes(non_finite).expand(target.shape()), value, target}, {target});
  else
    target.assign(value);
}

}  // namespace varve
