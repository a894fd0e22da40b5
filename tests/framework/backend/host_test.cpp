#include "framework/backend/host.h"

#include <doctest/doctest.h>

#include "framework/tensor/functional.h"

namespace varve {

TEST_CASE("host: the reach of a view") {
  View view{{}, {2, 3}, {10, -2}, 7, DType::f32};
  CHECK(reach(view).first == 3);
  CHECK(reach(view).last == 18);
  view.shape = {2, 0};
  CHECK(reach(view).first == 0);
  CHECK(reach(view).last == 0);
  view = {{}, {}, {}, 4, DType::f32};
  CHECK(reach(view).first == 4);
  CHECK(reach(view).last == 5);
}

TEST_CASE("host: a strided view is read in row-major order, in every dtype") {
  const auto device = Device::open("reference");
  const auto x = Tensor::arange(12, 0, 1, DType::i64, device).reshape({3, 4});
  for (const auto dtype : {DType::f32, DType::f64, DType::i32, DType::i64, DType::u8}) {
    const auto view = cast(x, dtype).transpose().flip(0).slice(1, 1, 3).view();
    const auto array = read(device.backend(), view);
    CHECK(array.dtype == dtype);
    CHECK(array.shape == Shape{4, 2});
    CHECK(to_doubles(array) == std::vector<double>{7, 11, 6, 10, 5, 9, 4, 8});
  }
  const auto flags = less(x, x.flip(0)).view();
  CHECK(to_doubles(read(device.backend(), flags)) ==
        std::vector<double>{1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(read(device.backend(), x.slice(0, 1, 1).view()).bytes.empty());
}

TEST_CASE("host: coordinates and commands as text") {
  CHECK(coordinates({2, 3}, 5) == "(1, 2)");
  CHECK(coordinates({}, 0) == "()");
  const View a{{}, {2, 3}, {3, 1}, 0, DType::f32};
  const View b{{}, {}, {}, 0, DType::boolean};
  CHECK(str(a) == "(2, 3) f32");
  CHECK(str(Command{Op::add, {a, b}, {a}, {}}) == "(2, 3) f32, () bool -> (2, 3) f32");
}

}  // namespace varve
