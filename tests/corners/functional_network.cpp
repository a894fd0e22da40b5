#include "framework/tensor/functional.h"
#include "tests/corners/functional.h"

namespace varve::corners {
namespace {

using Function = std::function<Tensor(const Tensors&)>;

const Window two{{2, 2}, {1, 1}, {0, 0}};
const Window padded{{2, 2}, {2, 2}, {1, 1}};

Rows products() {
  const Function multiply = [](const Tensors& x) { return matmul(x[0], x[1]); };
  const Function layer = [](const Tensors& x) { return linear(x[0], x[1], x[2]); };
  const Function rectified = [](const Tensors& x) {
    return linear(x[0], x[1], {}, Activation::relu);
  };
  const Function solve = [](const Tensors& x) { return solve_triangular(x[0], x[1]); };
  return {
      {"matmul",
       "infinity meets 0",
       {f({2, 2}, {inf, 1, 0, 2}), f({2, 1}, {0, 1})},
       multiply,
       f({2, 1}, {nan, 2})},
      {"matmul",
       "NaN stays in its row",
       {f({2, 2}, {nan, 1, 3, 2}), f({2, 1}, {1, 1})},
       multiply,
       f({2, 1}, {nan, 5}),
       {f({2, 2}, {1, 1, 1, 1}), any()}},
      {"matmul",
       "one element",
       {f({1, 1}, {-2}), f({1, 1}, {3})},
       multiply,
       f({1, 1}, {-6}),
       {f({1, 1}, {3}), f({1, 1}, {-2})}},
      {"matmul",
       "sums of nothing",
       {f({2, 0}, {}), f({0, 2}, {})},
       multiply,
       f({2, 2}, {0, 0, 0, 0})},
      {"matmul",
       "no rows",
       {f({0, 2}, {}), f({2, 3}, {1, 2, 3, 4, 5, 6})},
       multiply,
       f({0, 3}, {})},
      {"matmul",
       "broadcast batches",
       {f({2, 1, 1}, {2, 3}), f({1, 2}, {5, 7})},
       multiply,
       f({2, 1, 2}, {10, 14, 15, 21})},
      {"matmul",
       "integers",
       {i32({1, 1}, {2}), i32({1, 1}, {3})},
       multiply,
       Refused{"[matmul] needs f32 or f64"}},
      {"matmul",
       "sizes differ",
       {f({1, 2}, {1, 2}), f({1, 2}, {1, 2})},
       multiply,
       Refused{"[matmul] inner sizes differ"}},
      {"linear", "no rows", {f({0, 2}, {}), f({1, 2}, {1, 1}), f({5})}, layer, f({0, 1}, {})},
      {"linear", "no features", {f({2, 0}, {}), f({1, 0}, {}), f({5})}, layer, f({2, 1}, {5, 5})},
      {"linear",
       "NaN stays in its row",
       {f({2, 1}, {nan, 2}), f({1, 1}, {3}), f({-inf})},
       layer,
       f({2, 1}, {nan, -inf})},
      {"linear",
       "a NaN is not rectified away",
       {f({3, 1}, {nan, -2, 2}), f({1, 1}, {1})},
       rectified,
       f({3, 1}, {nan, 0, 2}),
       {any(), any()}},
      {"linear",
       "a vector",
       {f({1, 2}), f({1, 2}, {3, -1}), f({0.5})},
       layer,
       f({1.5}),
       {f({3, -1}), f({1, 2}, {1, 2}), f({1})}},
      {"solve_triangular",
       "the other half is not read",
       {f({2, 2}, {2, nan, 1, 4}), f({2, 1}, {2, 9})},
       solve,
       f({2, 1}, {1, 2})},
      {"solve_triangular",
       "singular",
       {f({2, 2}, {2, 0, 1, 0}), f({2, 1}, {2, 9})},
       solve,
       f({2, 1}, {1, inf})},
      {"solve_triangular",
       "one element",
       {f({1, 1}, {4}), f({1, 1}, {2})},
       solve,
       f({1, 1}, {0.5}),
       {f({1, 1}, {-0.125}), f({1, 1}, {0.25})}},
      {"solve_triangular", "nothing", {f({0, 0}, {}), f({0, 2}, {})}, solve, f({0, 2}, {})},
  };
}

Rows norms() {
  const auto norm = [](double epsilon) -> Function {
    return [epsilon](const Tensors& x) { return layer_norm(x[0], {}, {}, epsilon); };
  };
  const Function batch = [](const Tensors& x) { return batch_norm(x[0], {}, {}).y; };
  const Function spread = [](const Tensors& x) { return batch_norm(x[0], {}, {}).variance; };
  return {
      {"layer_norm",
       "three numbers",
       {f({1, 3}, {1, 2, 3})},
       norm(0),
       f({1, 3}, {-1.2247448713915890, 0, 1.2247448713915890}),
       {f({1, 3}, {0, 0, 0})},
       Kind::whole,
       {5e-6, 2e-6}},
      {"layer_norm",
       "one feature",
       {f({2, 1}, {5, -3})},
       norm(1e-5),
       f({2, 1}, {0, 0}),
       {f({2, 1}, {0, 0})}},
      {"layer_norm", "constant", {f({1, 2}, {4, 4})}, norm(1e-5), f({1, 2}, {0, 0})},
      {"layer_norm",
       "NaN stays in its row",
       {f({2, 2}, {nan, 1, 1, 3})},
       norm(1e-5),
       f({2, 2}, {nan, nan, -0.9999950000374997, 0.9999950000374997})},
      {"layer_norm", "infinity", {f({1, 2}, {inf, 1})}, norm(1e-5), f({1, 2}, {nan, nan})},
      {"layer_norm", "no rows", {f({0, 2}, {})}, norm(1e-5), f({0, 2}, {})},
      {"batch_norm",
       "two rows",
       {f({2, 2}, {1, 4, 3, 4})},
       batch,
       f({2, 2}, {-0.9999950000374997, 0, 0.9999950000374997, 0})},
      {"batch_norm", "one row", {f({1, 2}, {7, nan})}, batch, f({1, 2}, {0, nan})},
      {"batch_norm", "the variance is biased", {f({2, 1}, {1, 3})}, spread, f({1})},
  };
}

Rows convolutions() {
  const Function convolve = [](const Tensors& x) { return conv2d(x[0], x[1], x[2], two); };
  const Function transpose = [](const Tensors& x) { return conv_transpose2d(x[0], x[1], {}, two); };
  const auto image = [](Array numbers) {
    numbers.shape = {1, 2, 2, 1};
    return numbers;
  };
  return {
      {"conv2d",
       "one window",
       {image(f({1, 2, 3, 4})), image(f({1, 0, 0, -1})), f({0.5})},
       convolve,
       f({1, 1, 1, 1}, {-2.5}),
       {image(f({1, 0, 0, -1})), image(f({1, 2, 3, 4})), f({1})}},
      {"conv2d",
       "NaN",
       {image(f({1, nan, 3, 4})), image(f({1, 1, 1, 1})), f({0})},
       convolve,
       f({1, 1, 1, 1}, {nan})},
      {"conv2d",
       "no images",
       {f({0, 2, 2, 1}, {}), image(f({1, 1, 1, 1})), f({0})},
       convolve,
       f({0, 1, 1, 1}, {})},
      {"conv2d",
       "too small",
       {f({1, 1, 1, 1}, {1}), image(f({1, 1, 1, 1})), f({0})},
       convolve,
       Refused{"[conv2d]"}},
      {"conv_transpose2d",
       "one pixel",
       {f({1, 1, 1, 1}, {3}), image(f({1, 0, -1, 2}))},
       transpose,
       image(f({3, 0, -3, 6})),
       {f({1, 1, 1, 1}, {2}), image(f({3, 3, 3, 3}))}},
      {"conv_transpose2d",
       "infinity",
       {f({1, 1, 1, 1}, {inf}), image(f({1, 1, -1, 2}))},
       transpose,
       image(f({inf, inf, -inf, inf}))},
      {"conv_transpose2d",
       "no images",
       {f({0, 1, 1, 1}, {}), image(f({1, 1, 1, 1}))},
       transpose,
       f({0, 2, 2, 1}, {})},
      {"unfold",
       "infinity outside",
       {image(f({1, nan, 3, 4}))},
       [](const Tensors& x) {
         return unfold(x[0], padded, -inf).reshape({4, 4});
       },
       f({4, 4},
         {-inf, -inf, -inf, 1, -inf, -inf, nan, -inf, -inf, 3, -inf, -inf, 4, -inf, -inf, -inf}),
       {image(f({1, 1, 1, 1}))}},
      {"unfold",
       "no images",
       {f({0, 2, 2, 1}, {})},
       [](const Tensors& x) { return unfold(x[0], two); },
       f({0, 1, 1, 2, 2, 1}, {})},
      {"fold",
       "overlaps add up",
       {f({1, 1, 2, 1, 2, 1}, {1, 2, inf, nan})},
       [](const Tensors& x) {
         return fold(x[0], {{1, 2}, {1, 1}, {0, 0}}, 1, 3).reshape({3});
       },
       f({1, inf, nan}),
       {f({1, 1, 2, 1, 2, 1}, {1, 1, 1, 1})}},
      {"max_pool2d",
       "all -infinity",
       {image(f({-inf, -inf, -inf, -inf}))},
       [](const Tensors& x) { return max_pool2d(x[0], two); },
       f({1, 1, 1, 1}, {-inf}),
       {image(f({0.25, 0.25, 0.25, 0.25}))}},
      {"max_pool2d",
       "ties and NaN",
       {f({1, 2, 4, 1}, {1, 0, nan, 2, 1, 1, 3, 4})},
       [](const Tensors& x) {
         return max_pool2d(x[0], {{2, 2}, {2, 2}, {0, 0}});
       },
       f({1, 1, 2, 1}, {1, nan})},
      {"max_pool2d",
       "padding never wins",
       {image(f({-5, -6, -7, -8}))},
       [](const Tensors& x) { return max_pool2d(x[0], padded); },
       f({1, 2, 2, 1}, {-5, -6, -7, -8}),
       {image(f({1, 1, 1, 1}))}},
      {"avg_pool2d",
       "infinities",
       {image(f({inf, 1, 2, 3}))},
       [](const Tensors& x) { return avg_pool2d(x[0], two); },
       f({1, 1, 1, 1}, {inf}),
       {image(f({0.25, 0.25, 0.25, 0.25}))}},
      {"avg_pool2d",
       "padding counts",
       {image(f({4, 8, 12, 16}))},
       [](const Tensors& x) { return avg_pool2d(x[0], padded); },
       f({1, 2, 2, 1}, {1, 2, 3, 4})},
      {"upsample_nearest",
       "NaN and zeros",
       {f({1, 1, 2, 1}, {nan, -0.0})},
       [](const Tensors& x) { return upsample_nearest(x[0], 2).reshape({8}); },
       f({nan, nan, -0.0, -0.0, nan, nan, -0.0, -0.0}),
       {f({1, 1, 2, 1}, {4, 4})}},
      {"upsample_nearest",
       "by nothing",
       {f({1, 1, 2, 1}, {1, 2})},
       [](const Tensors& x) { return upsample_nearest(x[0], 0); },
       Refused{"[upsample_nearest]"}},
  };
}

Rows variational() {
  const Function sampled = [](const Tensors& x) { return reparameterize(x[0], x[1], x[2]); };
  const Function entropy = [](const Tensors& x) { return bce_with_logits(x[0], x[1]); };
  const Function divergence = [](const Tensors& x) { return gaussian_kl(x[0], x[1]); };
  return {
      {"reparameterize",
       "no spread, and all of it",
       {f({5, 5, -1}), f({-inf, inf, 0}), f({3, 3, 2})},
       sampled,
       f({5, inf, 1}),
       {f({1, 1, 1}), f({0, inf, 1}), f({0, inf, 1})},
       Kind::elementwise},
      {"reparameterize",
       "NaN",
       {f({nan, 0, 0}), f({0, nan, 0}), f({0, 1, nan})},
       sampled,
       f({nan, nan, nan}),
       {},
       Kind::elementwise},
      {"bce_with_logits",
       "certain and right",
       {f({inf, -inf, 1000}), f({1, 0, 1})},
       entropy,
       f({0, 0, 0}),
       {f({0, 0, 0}), any()},
       Kind::elementwise},
      {"bce_with_logits",
       "certain and wrong",
       {f({inf, -inf, 1000}), f({0, 1, 0})},
       entropy,
       f({inf, inf, 1000}),
       {f({1, -1, 1}), any()},
       Kind::elementwise},
      {"bce_with_logits",
       "almost certain",
       {f({20, -20, 0, 0.5}), f({1, 0, 0.5, 0.25})},
       entropy,
       f({2.0611536203143807e-9, 2.0611536203143807e-9, 0.69314718055994531, 0.8490769841801067}),
       {any(), f({-20, 20, 0, -0.5})},
       Kind::elementwise,
       {1.2e-38, 2e-6}},
      {"bce_with_logits",
       "NaN",
       {f({nan, 0}), f({0, nan})},
       entropy,
       f({nan, nan}),
       {},
       Kind::elementwise},
      {"gaussian_kl",
       "the ends",
       {f({0, 0, inf, 0}), f({-inf, inf, 0, 1000})},
       divergence,
       f({inf, inf, inf, inf}),
       {f({0, 0, inf, 0}), f({-0.5, inf, 0, inf})},
       Kind::elementwise},
      {"gaussian_kl",
       "near the prior",
       {f({0, 0, 0x1p-10, 0}), f({0, 0x1p-10, 0, -50})},
       divergence,
       f({0, 2.3849620826756e-7, 4.76837158203125e-7, 24.5}),
       {f({0, 0, 0x1p-10, 0}), f({0, 0.00048851974620826762, 0, -0.5})},
       Kind::elementwise,
       {1e-10, 2e-5}},
      {"gaussian_kl",
       "NaN",
       {f({nan, 0}), f({0, nan})},
       divergence,
       f({nan, nan}),
       {},
       Kind::elementwise},
  };
}

}  // namespace

Rows network_rows() {
  Rows out;
  for (const auto& rows : {products(), norms(), convolutions(), variational()})
    out.insert(out.end(), rows.begin(), rows.end());
  return out;
}

}  // namespace varve::corners
