#include "framework/losses/losses.h"

#include <cmath>
#include <numbers>

#include "framework/losses/kl.h"
#include "framework/losses/mmd.h"
#include "framework/tensor/functional.h"
#include "tests/corners/objects.h"

namespace varve::corners {
namespace {

constexpr double ln2 = std::numbers::ln2;

Tensor bce(const Tensors& x) { return binary_cross_entropy(x[0], x[1]); }
Tensor bce_logits(const Tensors& x) { return binary_cross_entropy_with_logits(x[0], x[1]); }

Rows reduction_rows_of_losses() {
  return {
      {"sum_per_example",
       "a scalar",
       {scalar(1)},
       [](const Tensors& x) { return sum_per_example(x[0]); },
       Refused{"[sum_per_example] a scalar has no batch axis"}},
      {"sum_per_example",
       "examples of nothing, and no examples",
       {f({2, 0}, {}), f({0, 2}, {})},
       [](const Tensors& x) { return sum_per_example(x[0]) + sum(sum_per_example(x[1])); },
       f({0, 0})},
      {"sum_per_example",
       "infinities and NaN",
       {f({3, 2}, {inf, 1, inf, -inf, nan, 0})},
       [](const Tensors& x) { return sum_per_example(x[0]); },
       f({inf, nan, nan})},
      {"batch_mean",
       "a batch of none",
       {f({})},
       [](const Tensors& x) { return batch_mean(x[0]); },
       Refused{"[batch_mean] a batch of no examples has no mean"}},
      {"batch_mean",
       "a batch of one",
       {f({3})},
       [](const Tensors& x) { return batch_mean(x[0]); },
       scalar(3),
       {f({1})}},
      {"batch_mean",
       "not one number an example",
       {f({1, 2}, {1, 2})},
       [](const Tensors& x) { return batch_mean(x[0]); },
       Refused{"[batch_mean] needs one number an example, got (1, 2)"}},
      {"require_same_shape",
       "shapes that would broadcast",
       {f({2, 1}, {0, 0}), f({2, 3}, {0, 0, 0, 0, 0, 0})},
       [](const Tensors& x) {
         require_same_shape(x[0], x[1], "place");
         return x[0];
       },
       Refused{"[place] needs two tensors of one shape"}},
  };
}

Rows error_rows() {
  return {
      {"squared_error",
       "bytes do not wrap around",
       {u8({2, 1}, {0, 255}), u8({2, 1}, {1, 0})},
       [](const Tensors& x) { return squared_error(x[0], x[1]); },
       f32({1, 65025})},
      {"squared_error",
       "infinities and NaN",
       {f({3, 1}, {inf, inf, nan}), f({3, 1}, {0, inf, 0})},
       [](const Tensors& x) { return squared_error(x[0], x[1]); },
       f({inf, nan, nan})},
      {"squared_error",
       "no examples",
       {f({0, 2}, {}), f({0, 2}, {})},
       [](const Tensors& x) { return squared_error(x[0], x[1]); },
       f({})},
      {"absolute_error",
       "bool targets, and a gradient of 0 at 0",
       {f({2, 1}, {1, 0.5}), boolean({2, 1}, {true, true})},
       [](const Tensors& x) { return absolute_error(x[0], x[1]); },
       f({0, 0.5}),
       {f({2, 1}, {0, -1})}},
      {"huber",
       "on both sides of delta, far away, NaN",
       {f({5, 1}, {0, 0.5, 3, inf, nan}), f({5, 1}, {0, 0, 0, 0, 0})},
       [](const Tensors& x) { return huber(x[0], x[1]); },
       f({0, 0.125, 2.5, inf, nan}),
       {f({5, 1}, {0, 0.5, 1, 1, nan})}},
      {"huber",
       "a delta of infinity",
       {f({1}), f({1})},
       [](const Tensors& x) { return huber(x[0], x[1], inf); },
       Refused{"[huber] delta = inf"}},
      {"huber",
       "a delta of NaN",
       {f({1}), f({1})},
       [](const Tensors& x) { return huber(x[0], x[1], nan); },
       Refused{"[huber] delta = nan"}},
  };
}

Rows entropy_rows() {
  return {
      {"binary_cross_entropy",
       "certain and right, certain and wrong",
       {f({4, 1}, {1, 0, 0, 1}), f({4, 1}, {1, 0, 1, 0})},
       bce,
       f({0, 0, 100, 100}),
       {f({4, 1}, {-1, 1, -1e12, 1e12})}},
      {"binary_cross_entropy",
       "bytes as targets",
       {f({2, 1}, {0.25, 0.25}), u8({2, 1}, {1, 0})},
       bce,
       f({2 * ln2, -std::log(0.75)}),
       {f({2, 1}, {-4, 4.0 / 3})}},
      {"binary_cross_entropy",
       "logits",
       {f({1, 2}, {0.5, -3}), f({1, 2}, {1, 1})},
       bce,
       Refused{"binary_cross_entropy_with_logits() takes logits) is -3 at (0, 1)"}},
      {"binary_cross_entropy",
       "a target outside [0, 1]",
       {f({1, 1}, {0.5}), f({1, 1}, {-1})},
       bce,
       Refused{"[binary_cross_entropy] a target is -1 at (0, 0): a number in [0, 1] is needed"}},
      {"binary_cross_entropy_with_logits",
       "huge logits",
       {f({4, 1}, {1e30, -1e30, 1e30, 0}), f({4, 1}, {1, 0, 0, 0.5})},
       bce_logits,
       f({0, 0, 1e30, ln2}),
       {f({4, 1}, {0, 0, 1, 0})}},
      {"binary_cross_entropy_with_logits",
       "a target outside [0, 1]",
       {f({1, 1}, {0}), f({1, 1}, {200})},
       bce_logits,
       Refused{"[binary_cross_entropy_with_logits] a target is 200 at (0, 0)"}},
      {"binary_cross_entropy_with_logits",
       "a target that is NaN",
       {f({1, 1}, {0}), f({1, 1}, {nan})},
       bce_logits,
       Refused{"a target is nan"}},
      {"binary_cross_entropy_with_logits",
       "no examples",
       {f({0, 2}, {}), u8({0, 2}, {})},
       bce_logits,
       f({})},
      {"cross_entropy",
       "masked logits, huge logits",
       {f({3, 2}, {0, -inf, 0, -inf, 1e30, -1e30}), i32({0, 1, 0})},
       [](const Tensors& x) { return cross_entropy(x[0], x[1]); },
       f({0, inf, 0})},
      {"cross_entropy",
       "labels as bytes, and the gradient",
       {f({1, 2}, {0, 0}), u8({1})},
       [](const Tensors& x) { return cross_entropy(x[0], x[1]); },
       f({ln2}),
       {f({1, 2}, {0.5, -0.5})}},
      {"cross_entropy",
       "a label that names no class",
       {f({1, 2}, {0, 0}), i64({-1})},
       [](const Tensors& x) { return cross_entropy(x[0], x[1]); },
       Refused{"[gather]"}},
      {"cross_entropy",
       "probabilities for labels",
       {f({1, 2}, {0, 0}), f({1})},
       [](const Tensors& x) { return cross_entropy(x[0], x[1]); },
       Refused{"labels must be integers"}},
  };
}

}  // namespace

Rows loss_rows() {
  Rows rows = reduction_rows_of_losses();
  for (const auto& more : {error_rows(), entropy_rows()})
    rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

Rows divergence_rows() {
  return {
      {"kl_diagonal",
       "the prior itself, far from it, an exp() that overflows",
       {f({3, 1}, {0, 1e10, 0}), f({3, 1}, {0, 0, 1000})},
       [](const Tensors& x) { return kl_diagonal(x[0], x[1]); },
       f({0, 0.5e20, inf})},
      {"kl_diagonal",
       "shapes that would broadcast",
       {f({2, 2}, {0, 0, 0, 0}), f({2, 1}, {0, 0})},
       [](const Tensors& x) { return kl_diagonal(x[0], x[1]); },
       Refused{"[kl_diagonal]"}},
      {"kl_isotropic",
       "nearly the prior",
       {f({2, 2}, {0, 0, 1e-4, 0}), f({2, 1}, {0, 0})},
       [](const Tensors& x) { return kl_isotropic(x[0], x[1]); },
       f({0, 0.5e-8}),
       {f({2, 2}, {0, 0, 1e-4, 0}), f({2, 1}, {0, 0})},
       Kind::whole,
       {0, 2e-6}},
      {"kl_diagonal_pair",
       "equal and tiny, nearly equal, an exp() that overflows",
       {f({0, 1e-4, 0}), f({-90, 0, 1000}), f({0, 0, 0}), f({-90, 0, 0})},
       [](const Tensors& x) { return kl_diagonal_pair(x[0], x[1], x[2], x[3]); },
       f({0, 0.5e-8, inf}),
       {},
       Kind::elementwise,
       {0, 2e-6}},
      {"kl_full",
       "equal factors with anything above the diagonal",
       {f({0, 0}), f({2, 2}, {1, 5, 2, 3}), f({0, 0}), f({2, 2}, {1, -5, 2, 3})},
       [](const Tensors& x) { return kl_full(x[0], x[1], x[2], x[3]); },
       scalar(0)},
      {"kl_full",
       "a factor that is none",
       {f({0}), f({1, 1}, {1}), f({0}), f({1, 1}, {-1})},
       [](const Tensors& x) { return kl_full(x[0], x[1], x[2], x[3]); },
       Refused{"[multivariate normal] the factor's diagonal is -1"}},
      {"mmd",
       "a single pair",
       {f({1, 2}, {0, 1}), f({1, 2}, {5, 5})},
       [](const Tensors& x) { return mmd(Kernel::rbf, x[0], x[1]); },
       scalar(0)},
      {"mmd",
       "no pair",
       {f({0, 2}, {}), f({0, 2}, {})},
       [](const Tensors& x) { return mmd(Kernel::imq, x[0], x[1]); },
       Refused{"[mmd] needs rows"}},
      {"kernel_matrix",
       "far from the origin, where the norms cancel",
       {f({2, 1}, {65536, 65537}), f({2, 1}, {65536, 65537})},
       [](const Tensors& x) { return kernel_matrix(Kernel::rbf, x[0], x[1]); },
       f({2, 2}, {1, std::exp(-0.5), std::exp(-0.5), 1})},
      {"kernel_matrix",
       "equal rows, also by multiquadratics",
       {f({1, 2}, {3, 4}), f({1, 2}, {3, 4})},
       [](const Tensors& x) { return kernel_matrix(Kernel::imq, x[0], x[1]); },
       f({1, 1}, {7}),
       {f({1, 2}, {0, 0}), f({1, 2}, {0, 0})}},
      {"kernel_matrix",
       "rows of other lengths",
       {f({1, 2}, {3, 4}), f({1, 1}, {3})},
       [](const Tensors& x) { return kernel_matrix(Kernel::imq, x[0], x[1]); },
       Refused{"[kernel_matrix] needs rows of one length"}},
      refused(
          "parse_kernel", "an unknown name", [](const Tensor&) { parse_kernel("gauss"); },
          "[mmd] unknown kernel 'gauss'"),
      fact("parse_kernel", "the names",
           [](const Tensor&) {
             return parse_kernel("rbf") == Kernel::rbf && parse_kernel("imq") == Kernel::imq;
           }),
      fact("words_of", "the names in the order of the enumerators",
           [](const Tensor&) {
             const auto words = words_of(Kernel{});
             return words.size() == 2 && parse_kernel(words[0]) == Kernel{0} &&
                    parse_kernel(words[1]) == Kernel{1};
           }),
  };
}

}  // namespace varve::corners
