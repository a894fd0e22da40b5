#include "tests/corners/objects.h"

#include "framework/tensor/functional.h"

namespace varve::corners {

Row fact(std::string_view function, std::string_view situation,
         const std::function<bool(const Tensor&)>& holds) {
  const auto run = [holds](const Tensors& x) {
    const DefaultDevice here(x[0].device());
    return Tensor::full({}, holds(x[0]) ? 1 : 0, DType::f32, x[0].device());
  };
  return {function, situation, {f({1})}, run, f32({}, {1})};
}

Row refused(std::string_view function, std::string_view situation,
            const std::function<void(const Tensor&)>& call, const std::string& says) {
  const auto run = [call](const Tensors& x) {
    const DefaultDevice here(x[0].device());
    call(x[0]);
    return x[0];
  };
  return {function, situation, {f({1})}, run, Refused{says}};
}

}  // namespace varve::corners
