#include "framework/nn/group_norm.h"

#include "framework/nn/rms_norm.h"
#include "framework/tensor/functional.h"
#include "tests/framework/nn/support.h"

using namespace varve;

TEST_CASE("GroupNorm: gradients in the input, weight and bias") {
  GroupNorm layer({.groups = 2, .channels = 4, .dtype = DType::f64});
  const auto x = test::leaf(test::wave(2 * 3 * 4), {2, 3, 4});
  const auto result = test::gradcheck_layer(layer, x);
  CHECK_MESSAGE(result.ok, result.message);
}

TEST_CASE("GroupNorm: one group of all channels is a layer's norm, as many groups an instance's") {
  const auto x = test::f64(test::wave(2 * 2 * 2 * 3), {2, 2, 2, 3});
  const auto flat = x.reshape({2, 12});
  const auto whole = GroupNorm({.dtype = DType::f64})(x).reshape({2, 12});
  test::check_close(whole, layer_norm(flat, {}, {}).to_vector<double>());
  const auto each = GroupNorm({.groups = 3, .dtype = DType::f64})(x);
  test::check_close(each, InstanceNorm2d({.dtype = DType::f64})(x).to_vector<double>());
}

TEST_CASE("InstanceNorm2d and RMSNorm: gradients in the input and the weights") {
  InstanceNorm2d instance({.channels = 2, .affine = true, .dtype = DType::f64});
  const auto image = test::leaf(test::wave(1 * 2 * 3 * 2), {1, 2, 3, 2});
  const auto of_instance = test::gradcheck_layer(instance, image);
  CHECK_MESSAGE(of_instance.ok, of_instance.message);
  RMSNorm rms({.features = 3, .dtype = DType::f64});
  const auto rows = test::leaf(test::wave(2 * 3), {2, 3});
  const auto of_rms = test::gradcheck_layer(rms, rows);
  CHECK_MESSAGE(of_rms.ok, of_rms.message);
}
