#include "framework/tensor/reading.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "framework/core/error.h"
#include "framework/program/capture.h"
#include "framework/tensor/functional.h"
#include "tests/conformance/harness.h"

using namespace varve;

TEST_CASE("what is read later is what was there, in any order and of any view") {
  for (const auto& device : conformance::devices()) {
    CAPTURE(device.name());
    Tensor x = Tensor::arange(12, 0, 1, DType::f32, device).reshape({3, 4});
    const Tensor turned = x.transpose(), tail = x.slice(1, 2, 4), none = x.slice(0, 1, 1);
    std::vector<std::pair<PendingArray, Array>> all;
    const auto ask = [&](const Tensor& tensor) {
      const Array now = tensor.to_array();
      all.emplace_back(start_reading(tensor), now);
    };
    for (int round = 0; round < 5; ++round) {
      for (const Tensor& tensor : {x, turned, tail, none, sum(x)}) ask(tensor);
      for (const DType dtype : {DType::i32, DType::i64, DType::u8, DType::boolean})
        ask(cast(x, dtype));
      x.assign(x + 1.0);
    }
    while (!all.empty()) {
      auto [pending, want] = std::move(all.back());
      all.pop_back();
      const Array got = pending.get();
      CHECK(got.dtype == want.dtype);
      CHECK(got.shape == want.shape);
      CHECK(got.bytes == want.bytes);
    }
  }
}

TEST_CASE("nothing is read later out of a captured step that is being recorded") {
  for (const auto& device : conformance::devices()) {
    CAPTURE(device.name());
    auto step = capture(
        [](const Tensors& in) -> Tensors {
          static_cast<void>(start_reading(in[0] * 2.0));
          return {};
        },
        device);
    std::string message;
    try {
      step({Tensor::ones({3}, DType::f32, device)});
    } catch (const Error& error) {
      message = error.what();
    }
    CHECK(message.find("a value was read back while recording") != std::string::npos);
  }
}
