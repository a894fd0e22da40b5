#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <string_view>
#include <vector>

#include "framework/autograd/autograd.h"
#include "framework/core/philox.h"
#include "framework/linalg/linalg.h"
#include "framework/tensor/functional.h"
#include "tests/conformance/harness.h"

namespace varve::conformance {
namespace {

/// A public function that is put together of ops: the table of ops does not see it.
struct Function {
  std::string_view name;
  std::vector<Shape> in;
  std::function<Tensor(const Tensors&)> run;
};

const double infinity = std::numeric_limits<double>::infinity();

ConvOptions apart(std::int64_t dilation, std::int64_t groups) {
  return {{dilation, dilation}, groups};
}

/// A symmetric positive definite matrix of any.
Tensor definite(const Tensor& x) {
  return matmul(x, x.transpose()) + Tensor::eye(x.size(-1), x.dtype(), x.device());
}
Tensor regular(const Tensor& x) { return x + Tensor::eye(x.size(-1), x.dtype(), x.device()) * 4.0; }

std::vector<Function> matrix_functions() {
  return {
      {"cholesky", {{2, 3, 3}}, [](const Tensors& x) { return linalg::cholesky(definite(x[0])); }},
      {"solve",
       {{3, 3}, {2, 3, 2}},
       [](const Tensors& x) { return linalg::solve(regular(x[0]), x[1]); }},
      {"inverse", {{3, 3}}, [](const Tensors& x) { return linalg::inverse(regular(x[0])); }},
      {"slogdet",
       {{2, 3, 3}},
       [](const Tensors& x) { return square(linalg::slogdet(regular(x[0])).log_size); }},
      {"eigh",
       {{3, 3}},
       [](const Tensors& x) {
         const auto [values, vectors] = linalg::eigh(definite(x[0]));
         return matmul(vectors * exp(-values).unsqueeze(-2), vectors.transpose());
       }},
      {"eigh, one vector",
       {{3, 3}},
       [](const Tensors& x) {
         return square(linalg::eigh(definite(x[0])).vectors.slice(-1, 0, 1));
       }},
      {"svd, tall",
       {{3, 2}},
       [](const Tensors& x) {
         const auto [u, s, vt] = linalg::svd(x[0]);
         return matmul(u * square(s), vt);
       }},
      {"svd, wide",
       {{2, 3}},
       [](const Tensors& x) {
         const auto [u, s, vt] = linalg::svd(x[0]);
         return matmul(u * sqrt(s), vt);
       }},
  };
}

std::vector<Function> functions() {
  const Window strided{{1, 1}, {2, 2}, {1, 1}};
  return {
      {"prod", {{2, 3}}, [](const Tensors& x) { return prod(x[0], {1}); }},
      {"standard_deviation",
       {{2, 3}},
       [](const Tensors& x) { return standard_deviation(x[0], {1}); }},
      {"norm 1", {{2, 3}}, [](const Tensors& x) { return norm(x[0], 1, {1}); }},
      {"norm 2", {{2, 3}}, [](const Tensors& x) { return norm(x[0], 2, {1}); }},
      {"norm infinity", {{2, 3}}, [](const Tensors& x) { return norm(x[0], infinity, {1}); }},
      {"rsqrt", {{3}}, [](const Tensors& x) { return rsqrt(square(x[0]) + 0.5); }},
      {"cumsum", {{2, 3}}, [](const Tensors& x) { return square(cumsum(x[0], 1)); }},
      {"sort", {{2, 4}}, [](const Tensors& x) { return square(sort(x[0]).values); }},
      {"topk", {{2, 4}}, [](const Tensors& x) { return square(topk(x[0], 2).values); }},
      {"einsum", {{2, 3}, {3, 2}, {2}}, [](const Tensors& x) { return einsum("ij,jk,k->ik", x); }},
      {"einsum, diagonal", {{3, 3}, {3}}, [](const Tensors& x) { return einsum("ii,i->i", x); }},
      {"rms_norm", {{2, 3}, {3}}, [](const Tensors& x) { return rms_norm(x[0], x[1]); }},
      {"group_norm",
       {{2, 2, 4}, {4}, {4}},
       [](const Tensors& x) { return group_norm(x[0], 2, x[1], x[2]); }},
      {"scaled_dot_product_attention",
       {{3, 2}, {3, 2}, {3, 2}},
       [](const Tensors& x) { return scaled_dot_product_attention(x[0], x[1], x[2]); }},
      {"scaled_dot_product_attention, causal",
       {{3, 2}, {3, 2}, {3, 2}},
       [](const Tensors& x) {
         AttentionOptions options;
         options.causal = true;
         return scaled_dot_product_attention(x[0], x[1], x[2], options);
       }},
      {"pad, reflect",
       {{2, 3}},
       [](const Tensors& x) {
         return square(pad(x[0], {1, 2}, {0, 1}, PadMode::reflect));
       }},
      {"pad, replicate",
       {{2, 3}},
       [](const Tensors& x) {
         return square(pad(x[0], {1, 2}, {0, 1}, PadMode::replicate));
       }},
      {"pad, circular",
       {{2, 3}},
       [](const Tensors& x) {
         return square(pad(x[0], {1, 2}, {0, 1}, PadMode::circular));
       }},
      {"upsample_bilinear",
       {{1, 2, 2, 1}},
       [](const Tensors& x) { return square(upsample_bilinear(x[0], 2)); }},
      {"pixel_shuffle",
       {{1, 1, 2, 4}},
       [](const Tensors& x) { return square(pixel_shuffle(x[0], 2)); }},
      {"pixel_unshuffle",
       {{1, 2, 4, 1}},
       [](const Tensors& x) { return square(pixel_unshuffle(x[0], 2)); }},
      {"conv2d, groups",
       {{1, 3, 3, 4}, {2, 2, 2, 2}, {2}},
       [=](const Tensors& x) {
         return conv2d(x[0], x[1], x[2], strided, Activation::tanh, apart(1, 2));
       }},
      {"conv2d, dilation",
       {{1, 4, 4, 1}, {2, 2, 2, 1}, {2}},
       [](const Tensors& x) {
         return conv2d(x[0], x[1], x[2], {}, Activation::identity, apart(2, 1));
       }},
      {"conv2d, dilation and stride",
       {{1, 4, 4, 1}, {1, 2, 2, 1}, {1}},
       [=](const Tensors& x) {
         return conv2d(x[0], x[1], x[2], strided, Activation::identity, apart(2, 1));
       }},
      {"conv_transpose2d, groups",
       {{1, 2, 2, 4}, {4, 2, 2, 1}, {2}},
       [=](const Tensors& x) {
         return conv_transpose2d(x[0], x[1], x[2], strided, Activation::identity, 1, apart(1, 2));
       }},
      {"conv_transpose2d, dilation",
       {{1, 2, 2, 2}, {2, 2, 2, 1}, {1}},
       [](const Tensors& x) {
         return conv_transpose2d(x[0], x[1], x[2], {}, Activation::identity, 0, apart(2, 1));
       }},
      {"conv1d",
       {{2, 4, 2}, {2, 3, 1}, {2}},
       [](const Tensors& x) {
         return conv1d(x[0], x[1], x[2], {2, 1, 1, 2, Activation::identity});
       }},
  };
}

Tensors leaves(const Function& function, const Device& device) {
  Tensors out;
  for (std::size_t i = 0; i < function.in.size(); ++i) {
    PhiloxStream random(5, i);
    std::vector<double> values(static_cast<std::size_t>(function.in[i].numel()));
    for (auto& value : values) value = static_cast<double>(random.normal());
    out.push_back(Tensor::from(std::span<const double>(values), function.in[i], device));
    out.back().set_requires_grad();
  }
  return out;
}

}  // namespace

TEST_SUITE("conformance: functions of ops") {
  TEST_CASE("gradients agree with finite differences, to the second order, of one use and of two") {
    GradcheckOptions options;
    options.second_order = true;
    for (const auto& device : devices()) {
      if (!computes_in_f64(device)) continue;
      auto all = functions();
      for (auto& function : matrix_functions()) all.push_back(std::move(function));
      for (const auto& function : all) {
        CAPTURE(device.name());
        CAPTURE(function.name);
        const auto once = gradcheck(function.run, leaves(function, device), options);
        CHECK_MESSAGE(once.ok, once.message);
        const auto twice = [&](const Tensors& x) {
          Tensors scaled;
          for (const auto& one : x) scaled.push_back(one * 1.5);
          return function.run(x) * function.run(scaled);
        };
        const auto again = gradcheck(twice, leaves(function, device));
        CHECK_MESSAGE(again.ok, again.message);
      }
    }
  }
}

}  // namespace varve::conformance
