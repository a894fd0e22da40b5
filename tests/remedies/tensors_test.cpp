#include <doctest/doctest.h>
#include <cmath>

#include "framework/autograd/autograd.h"
#include "framework/backend/decorators.h"
#include "framework/backend/registry.h"
#include "framework/linalg/linalg.h"
#include "framework/ops/table.h"
#include "framework/program/capture.h"
#include "framework/statistics/eigen.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/tensor.h"
#include "tests/remedies/remedies.h"

namespace varve::remedies {
namespace {

Tensor ones() { return Tensor::full({2, 2}, 1); }

Tensor leaf() {
  Tensor x = ones();
  x.set_requires_grad();
  return x;
}

Tensor integers() { return Tensor::arange(3, 0, 1, DType::i32); }

Device other_device() { return Device::open("reference"); }

Matrix matrix_of(double value) {
  Matrix matrix(2, 2);
  matrix(0, 0) = value;
  return matrix;
}

void product_with_overwritten(bool clones) {
  Tensor x = ones();
  Tensor y = leaf();
  const Tensor z = y * (clones ? x.clone() : x);
  x.assign(ones() * 2.0);
  backward(sum(z));
}

/// Negates a part of a tensor onto another part of it, or elsewhere, under the checks.
void negate_part(bool elsewhere) {
  const Device device = Device::open("reference");
  device.push(std::make_unique<Check>(device.backend()));
  const Tensor x = Tensor::full({6}, 1, DType::f32, device);
  const Tensor out = elsewhere ? x.clone() : x;
  device.backend().execute({Op::neg, {x.slice(0, 0, 4).view()}, {out.slice(0, 1, 5).view()}, {}});
}

}  // namespace

Remedies of_tensors() {
  const auto twice = [](bool keep) {
    const Tensor loss = sum(square(leaf()));
    backward(loss, keep);
    backward(loss);
  };
  const auto captured = [](auto function) {
    capture([=](const Tensors& in) { return function(in[0]); })({ones()});
  };
  return {
      {"[backward] this graph was consumed by an earlier backward(); give that one keep_graph, or "
       "compute the loss anew",
       [=] { twice(false); },
       {[=] { twice(true); },
        [] {
          const Tensor x = leaf();
          for (int i = 0; i < 2; ++i) backward(sum(square(x)));
        }}},
      {"[grad] the loss must have one element, it is {}; reduce it first",
       [] { backward(square(leaf())); },
       {[] { backward(sum(square(leaf()))); }}},
      {"{} overlaps {} {} in memory; give it memory of its own", [] { negate_part(false); }, {[] {
         negate_part(true);
       }}},
      {"[{}] a value that this gradient needs was overwritten after it had been used: by assign(), "
       "upload() or an optimizer's step; clone() it before it is used, or call backward() before "
       "it is overwritten",
       [] { product_with_overwritten(false); },
       {[] { product_with_overwritten(true); },
        [] {
          Tensor x = ones();
          backward(sum(leaf() * x));
          x.assign(ones() * 2.0);
        }}},
      {"[{}] inputs are on different devices: {} and {}; move one with to()",
       [] { ones() + ones().to(other_device()); },
       {[] {
         const Device device = other_device();
         ones().to(device) + ones().to(device);
       }}},
      {"[{}] has no input to take a device from; use apply_into",
       [] { apply(Op::fill, {}, {}); },
       {[] {
         Tensor out = Tensor::scalar(1);
         apply_into(Op::fill, {}, {out});
       }}},
      {"[capture] a host value was written while recording; make the tensor before the captured "
       "function and upload() to it between calls, or write a number as a number: x * 0.5",
       [=] { captured([](const Tensor& x) {
               return Tensors{x * Tensor::from({1, 2})};
             }); },
       {[=] {
          Tensor factor = Tensor::from({1, 2});
          auto step = capture([=](const Tensors& in) { return Tensors{in[0] * factor}; });
          step({ones()});
          factor.upload(Array::of<float>({2}, std::vector<float>{3, 4}));
          step({ones()});
        },
        [=] { captured([](const Tensor& x) { return Tensors{x * 0.5}; }); }}},
      {"[capture] a value was read back while recording: nothing is computed before the function "
       "has returned; return the tensor and read it outside of the captured function",
       [=] {
         captured([](const Tensor& x) {
           sum(x).item();
           return Tensors{x};
         });
       },
       {[] {
         capture([](const Tensors& in) { return Tensors{sum(in[0])}; })({ones()})[0].item();
       }}},
      {"[symmetric_eigen] the matrix holds {}, every entry must be finite: look where the numbers "
       "come from",
       [] { symmetric_eigen(matrix_of(NAN)); },
       {[] { symmetric_eigen(matrix_of(1)); }}},
      {"[clamp] no {} lies from {} to {}; cast first", [] { clamp(integers(), 1e10, 2e10); }, {[] {
         clamp(cast(integers(), DType::i64), 1e10, 2e10);
       }}},
      {"[one_hot] the indices must be integers, got {}; cast them",
       [] { one_hot(ones(), 3); },
       {[] { one_hot(cast(ones(), DType::i32), 3); }}},
      {"[full] {} cannot hold {}; use another dtype",
       [] { Tensor::full({2}, 300, DType::u8); },
       {[] { Tensor::full({2}, 300, DType::i32); }}},
      {"[arange] {} cannot hold all from {} to {}; use another dtype",
       [] { Tensor::arange(300, 0, 1, DType::u8); },
       {[] { Tensor::arange(300, 0, 1, DType::i32); }}},
      {"[autograd] only a leaf can be marked; detach() the tensor first",
       [] { square(leaf()).set_requires_grad(); },
       {[] { square(leaf()).detach().set_requires_grad(); }}},
      {"[on_gradient] no gradient flows to this tensor of {}: mark it, or what it is made of, with "
       "set_requires_grad() before",
       [] { ones().on_gradient([](const Tensor& gradient) { return gradient; }); },
       {[] { leaf().on_gradient([](const Tensor& gradient) { return gradient; }); },
        [] { square(leaf()).on_gradient([](const Tensor& gradient) { return gradient; }); }}},
      {"[einsum] products are of f32 or f64, got {}; cast the operands",
       [] {
         einsum("i,i->", {integers(), integers()});
       },
       {[] {
         const Tensor x = cast(integers(), DType::f32);
         einsum("i,i->", {x, x});
       }}},
      {"[{0}=] this is a leaf that requires gradients: {0}= would give the variable another value "
       "and leave the parameter as it is; write a.assign(a {0} b) to overwrite it, or c = a {0} b",
       [] {
         Tensor a = leaf();
         a += ones();
       },
       {[] {
          Tensor a = leaf();
          a.assign(a + ones());
        },
        [] {
          const Tensor a = leaf();
          const Tensor c = a + ones();
          backward(sum(c));
        }}},
      {"[{0}=] {1} {2} would become {3} {4}; write a = a {0} b if that is meant",
       [] {
         Tensor a = integers();
         a /= integers() + 1.0;
       },
       {[] {
         Tensor a = integers();
         a = a / (integers() + 1.0);
       }}},
      {"[{}] a matrix holds {}: look where the numbers come from",
       [] {
         linalg::inverse(Tensor::full({2, 2}, NAN));
       },
       {[] { linalg::inverse(Tensor::eye(2)); }}},
  };
}

}  // namespace varve::remedies

TEST_CASE("remedies of tensors") {
  varve::remedies::check(varve::test::Place(), varve::remedies::of_tensors());
}
