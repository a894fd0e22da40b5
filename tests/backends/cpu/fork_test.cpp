#include "framework/tensor/functional.h"
#include "tests/forked.h"

using namespace varve;
using namespace varve::testing;

TEST_CASE("a child computes on with its parent's cpu device, and ends") {
  if (!can_fork()) return;
  const Device device = Device::open("cpu:3");
  Tensor x = Tensor::full({300000}, 2, DType::f64, device);
  CHECK(sum(exp(log(x))).item() == doctest::Approx(600000));
  for (const End end : {End::at_once, End::after_main}) {
    CHECK(in_child(end, [&] {
            const Tensor a = Tensor::full({256, 256}, 1, DType::f32, device);
            const bool right = sum(x * 2.0).item() == 1200000 && sum(matmul(a, a)).item() == 0x1p24;
            const int grandchild = in_child(End::at_once, [&] { return sum(x).item() == 600000; });
            return right && grandchild == 1 ? 0 : 1;
          }) == 0);
    CHECK(in_child(end, [&] {
            x = Tensor();
            return 0;
          }) == 0);
  }
  CHECK(sum(x * 2.0).item() == 1200000);
}
