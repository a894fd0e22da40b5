#include "framework/tensor/functional.h"
#include "tests/corners/functional.h"

namespace varve::corners {
namespace {

using Reduce = Tensor (*)(const Tensor&, Axes, bool);

/// Over everything, without axes.
Row whole(std::string_view function, std::string_view situation, Reduce run, Array in,
          std::variant<Array, Refused> want, Array gradient = any()) {
  return {function,        situation,
          {std::move(in)}, [run](const Tensors& x) { return run(x[0], {}, false); },
          std::move(want), {std::move(gradient)}};
}

/// Over one axis.
Row along(std::string_view function, std::string_view situation, Reduce run, std::int64_t axis,
          Array in, std::variant<Array, Refused> want, Array gradient = any()) {
  return {function,        situation,
          {std::move(in)}, [=](const Tensors& x) { return run(x[0], {axis}, false); },
          std::move(want), {std::move(gradient)}};
}

constexpr std::int64_t big = (std::int64_t{1} << 60) + 1;

Rows sums() {
  const Reduce spread = [](const Tensor& x, Axes axes, bool keep) {
    return variance(x, axes, keep);
  };
  return {
      whole("sum", "nothing", sum, f({}), scalar(0)),
      along("sum", "no rows", sum, 0, f({0, 3}, {}), f({0, 0, 0})),
      along("sum", "no columns", sum, 1, f({3, 0}, {}), f({0, 0, 0})),
      along("sum", "for nothing", sum, 1, f({0, 3}, {}), f({})),
      whole("sum", "one element", sum, f({-0.5}), scalar(-0.5), f({1})),
      whole("sum", "infinities", sum, f({inf, 1, inf}), scalar(inf), f({1, 1, 1})),
      whole("sum", "opposite infinities", sum, f({inf, -inf}), scalar(nan)),
      along("sum", "NaN stays in its row", sum, 1, f({2, 2}, {nan, 1, 2, 3}), f({nan, 5})),
      whole("sum", "integers widen", sum, i32({INT32_MAX, INT32_MAX, 1}),
            i64({}, {2 * std::int64_t{INT32_MAX} + 1})),
      whole("sum", "bytes widen", sum, u8({255, 255, 255}), i64({}, {765})),
      whole("sum", "bool is counted", sum, boolean({true, false, true}), i64({}, {2})),
      whole("sum", "wide integers wrap around", sum, i64({INT64_MAX, 1, big}),
            i64({}, {INT64_MIN + big})),
      {"sum",
       "kept axes",
       {f({1, 2})},
       [](const Tensors& x) { return sum(x[0], {0}, true); },
       f({3})},
      {"sum",
       "of an expanded view",
       {f({1}, {2})},
       [](const Tensors& x) { return sum(x[0].expand({129})); },
       scalar(258),
       {f({129})}},
      whole("mean", "nothing", mean, f({}), scalar(nan)),
      along("mean", "no rows", mean, 0, f({0, 2}, {}), f({nan, nan})),
      whole("mean", "one element", mean, f({-0.5}), scalar(-0.5), f({1})),
      whole("mean", "infinities", mean, f({inf, 1}), scalar(inf), f({0.5, 0.5})),
      whole("mean", "bytes are f32", mean, u8({255, 254}), f32({}, {254.5})),
      whole("mean", "bool is f32", mean, boolean({true, true, true, false}), f32({}, {0.75})),
      whole("mean", "extremes", mean, i32({INT32_MAX, INT32_MAX}), f32({}, {0x1p31})),
      whole("variance", "nothing", spread, f({}), scalar(nan)),
      whole("variance", "one element", spread, f({7}), scalar(0), f({0})),
      whole("variance", "constant", spread, f({5, 5, 5, 5}), scalar(0), f({0, 0, 0, 0})),
      whole("variance", "far from 0", spread, f({1e6, 1e6 + 1}), scalar(0.25), f({-0.5, 0.5})),
      whole("variance", "infinities", spread, f({inf, 1}), scalar(nan)),
      whole("variance", "bytes", spread, u8({0, 255}), f32({}, {16256.25})),
  };
}

Rows extrema() {
  return {
      whole("max", "nothing", max, f({}), Refused{"[max] of no elements"}),
      along("max", "no columns", max, 1, f({3, 0}, {}), Refused{"[max] of no elements"}),
      along("max", "for nothing", max, 1, f({0, 3}, {}), f({})),
      whole("max", "ties share", max, f({1, 3, 3}), scalar(3), f({0, 0.5, 0.5})),
      whole("max", "NaN", max, f({1, nan, 3}), scalar(nan)),
      whole("max", "all -infinity", max, f({-inf, -inf}), scalar(-inf), f({0.5, 0.5})),
      along("max", "NaN stays in its row", max, 1, f({2, 2}, {nan, 1, 2, 3}), f({nan, 3})),
      whole("max", "extremes", max, i32({INT32_MIN, INT32_MIN}), i32({}, {INT32_MIN})),
      whole("max", "wide integers, to the bit", max, i64({big, big + 1, INT64_MIN}),
            i64({}, {big + 1})),
      whole("max", "bytes", max, u8({0, 255, 7}), u8({}, {255})),
      whole("max", "any", max, boolean({true, false}), boolean({}, {true})),
      along("max", "any of a column", max, 0,
            boolean({2, 3}, {true, false, false, false, false, true}),
            boolean({true, false, true})),
      whole("min", "nothing", min, f({}), Refused{"[min] of no elements"}),
      whole("min", "ties share", min, f({1, 1, 3}), scalar(1), f({0.5, 0.5, 0})),
      whole("min", "NaN", min, f({1, nan, 3}), scalar(nan)),
      whole("min", "all infinity", min, f({inf, inf}), scalar(inf), f({0.5, 0.5})),
      along("min", "NaN stays in its column", min, 0, f({2, 2}, {nan, 1, 2, 3}), f({nan, 1})),
      whole("min", "bytes", min, u8({0, 255, 7}), u8({}, {0})),
      whole("min", "the largest bytes", min, u8({255, 255}), u8({}, {255})),
      whole("min", "extremes", min, i32({INT32_MIN, 5}), i32({}, {INT32_MIN})),
      whole("min", "wide extremes", min, i64({INT64_MIN, INT64_MAX}), i64({}, {INT64_MIN})),
      whole("min", "all", min, boolean({true, false}), boolean({}, {false})),
      whole("min", "all, and they are", min, boolean({true, true}), boolean({}, {true})),
      {"argmax",
       "the first of equals",
       {f({1, 3, 3, 2})},
       [](const Tensors& x) { return argmax(x[0]); },
       i64({}, {1})},
      {"argmax",
       "the first NaN",
       {f({5, nan, nan})},
       [](const Tensors& x) { return argmax(x[0]); },
       i64({}, {1})},
      {"argmax",
       "all -infinity",
       {f({-inf, -inf})},
       [](const Tensors& x) { return argmax(x[0]); },
       i64({}, {0})},
      {"argmax",
       "bytes, down a column",
       {u8({2, 2}, {0, 255, 1, 255})},
       [](const Tensors& x) { return argmax(x[0], 0); },
       i64({1, 0})},
      {"argmax",
       "wide integers, to the bit",
       {i64({big, big + 1})},
       [](const Tensors& x) { return argmax(x[0]); },
       i64({}, {1})},
      {"argmax",
       "bool",
       {boolean({false, true, true})},
       [](const Tensors& x) { return argmax(x[0]); },
       i64({}, {1})},
      {"argmax",
       "nothing",
       {f({2, 0}, {})},
       [](const Tensors& x) { return argmax(x[0], 1); },
       Refused{"[argmax] of no elements"}},
  };
}

Rows spreads() {
  const Reduce unbiased = [](const Tensor& x, Axes axes, bool keep) {
    return variance(x, axes, keep, 1);
  };
  const Reduce deviation = [](const Tensor& x, Axes axes, bool keep) {
    return standard_deviation(x, axes, keep, 1);
  };
  const Reduce biased = [](const Tensor& x, Axes axes, bool keep) {
    return standard_deviation(x, axes, keep);
  };
  const Reduce one = [](const Tensor& x, Axes axes, bool keep) { return norm(x, 1, axes, keep); };
  const Reduce two = [](const Tensor& x, Axes axes, bool keep) { return norm(x, 2, axes, keep); };
  const Reduce most = [](const Tensor& x, Axes axes, bool keep) {
    return norm(x, inf, axes, keep);
  };
  const Reduce three = [](const Tensor& x, Axes axes, bool keep) { return norm(x, 3, axes, keep); };
  return {
      whole("variance", "unbiased", unbiased, f({1, 3, 8}), scalar(13), f({-3, -1, 4})),
      whole("variance", "unbiased, of one", unbiased, f({5}), scalar(nan)),
      whole("standard_deviation", "unbiased", deviation, f({1, 3, 8}), scalar(3.605551275463989),
            f({-0.41602514716892186, -0.1386750490563073, 0.5547001962252291})),
      whole("standard_deviation", "no slope where it is 0", biased, f({5, 5, 5}), scalar(0),
            f({0, 0, 0})),
      whole("standard_deviation", "unbiased, of one", deviation, f({5}), scalar(nan)),
      whole("standard_deviation", "nothing", biased, f({}), scalar(nan)),
      along("standard_deviation", "infinity stays in its row", biased, 1, f({2, 2}, {inf, 1, 1, 3}),
            f({nan, 1})),
      whole("standard_deviation", "bytes are f32", biased, u8({0, 255}), f32({}, {127.5})),
      whole("norm", "1", one, f({3, -4, 0}), scalar(7), f({1, -1, 0})),
      whole("norm", "1, of nothing", one, f({}), scalar(0)),
      whole("norm", "1, of NaN", one, f({nan, 1}), scalar(nan)),
      whole("norm", "2", two, f({3, -4}), scalar(5), f({0.6, -0.8})),
      whole("norm", "2, no slope at 0", two, f({0, -0.0}), scalar(0), f({0, 0})),
      whole("norm", "2, of nothing", two, f({}), scalar(0)),
      whole("norm", "2, of infinity", two, f({inf, 1}), scalar(inf), f({nan, 0})),
      whole("norm", "2, of NaN", two, f({nan, 1}), scalar(nan)),
      whole("norm", "2, whose squares overflow", two, f32({3e30, 4e30}), f32({}, {5e30}),
            f32({0.6, 0.8})),
      whole("norm", "2, whose squares underflow", two, f32({3e-30, 4e-30}), f32({}, {5e-30}),
            f32({0.6, 0.8})),
      along("norm", "2, a row of zeros beside others", two, 1, f({2, 2}, {0, 0, 3, 4}), f({0, 5}),
            f({2, 2}, {0, 0, 0.6, 0.8})),
      whole("norm", "infinity: ties share", most, f({3, -4, 4}), scalar(4), f({0, -0.5, 0.5})),
      whole("norm", "infinity, no slope at 0", most, f({0, 0}), scalar(0), f({0, 0})),
      whole("norm", "infinity, of nothing", most, f({}), Refused{"[norm] of no elements"}),
      whole("norm", "3", three, f({1}), Refused{"[norm] p is 1, 2 or infinity, got 3"}),
      whole("norm", "integers are f32", two, i32({3, 4}), f32({}, {5})),
  };
}

Rows products() {
  const auto running = [](const Tensors& x) { return cumsum(x[0], -1); };
  return {
      whole("prod", "nothing", prod, f({}), scalar(1)),
      along("prod", "no rows", prod, 0, f({0, 2}, {}), f({1, 1})),
      whole("prod", "one element", prod, f({-0.5}), scalar(-0.5), f({1})),
      whole("prod", "one zero", prod, f({2, 0, 3}), scalar(0), f({0, 6, 0})),
      whole("prod", "two zeros", prod, f({0, 0, 3, 5, 7}), scalar(0), f({0, 0, 0, 0, 0})),
      along("prod", "NaN and infinity stay in their rows", prod, 1,
            f({3, 3}, {1, 2, 3, nan, 1, 1, inf, 0, 1}), f({6, nan, nan})),
      along("prod", "down a column", prod, 0, f({3, 2}, {1, 2, 3, 4, 5, 6}), f({15, 48}),
            f({3, 2}, {15, 24, 5, 12, 3, 8})),
      whole("prod", "integers widen", prod, i32({INT32_MAX, 2}), i64({}, {2LL * INT32_MAX})),
      whole("prod", "wide integers wrap around", prod, i64({big, 16}), i64({}, {16})),
      whole("prod", "bool", prod, boolean({true, false}), i64({}, {0})),
      {"prod",
       "kept axes",
       {f({2, 2}, {1, 2, 3, 4})},
       [](const Tensors& x) { return prod(x[0], {0}, true); },
       f({1, 2}, {3, 8})},
      {"prod",
       "an axis twice",
       {f({1, 1}, {1})},
       [](const Tensors& x) {
         return prod(x[0], {0, -2});
       },
       Refused{"[prod] an axis is named twice"}},
      whole("any", "nothing", varve::any, f({}), boolean({}, {false})),
      whole("any", "NaN is not 0", varve::any, f({0, nan}), boolean({}, {true})),
      whole("any", "zeros", varve::any, f({0, -0.0}), boolean({}, {false})),
      along("any", "bytes", varve::any, 1, u8({2, 2}, {0, 0, 0, 255}), boolean({false, true})),
      whole("all", "nothing", varve::all, f({}), boolean({}, {true})),
      whole("all", "NaN is not 0", varve::all, f({nan, 1}), boolean({}, {true})),
      whole("all", "a zero", varve::all, f({1, -0.0}), boolean({}, {false})),
      along("all", "bool", varve::all, 0, boolean({2, 2}, {true, false, true, true}),
            boolean({true, false})),
      {"cumsum",
       "infinities",
       {f({1, inf, -inf, 2})},
       running,
       f({1, inf, nan, nan}),
       {f({4, 3, 2, 1})}},
      {"cumsum", "nothing", {f({2, 0}, {})}, running, f({2, 0}, {})},
      {"cumsum", "one element", {f({-0.5})}, running, f({-0.5}), {f({1})}},
      {"cumsum",
       "rows",
       {f({2, 3}, {1, 2, 3, nan, 5, 6})},
       running,
       f({2, 3}, {1, 3, 6, nan, nan, nan}),
       {f({2, 3}, {3, 2, 1, 3, 2, 1})}},
      {"cumsum", "bytes widen", {u8({255, 255})}, running, i64({255, 510})},
      {"cumsum",
       "wide integers wrap around",
       {i64({INT64_MAX, 1})},
       running,
       i64({INT64_MAX, INT64_MIN})},
      {"cumsum",
       "an axis too many",
       {f({1})},
       [](const Tensors& x) { return cumsum(x[0], 1); },
       Refused{"[cumsum]"}},
  };
}

Rows exponentials() {
  const auto soft = [](const Tensors& x) { return softmax(x[0]); };
  const auto log_soft = [](const Tensors& x) { return log_softmax(x[0]); };
  return {
      whole("logsumexp", "large", logsumexp, f({1000, 1000}), scalar(1000.6931471805599),
            f({0.5, 0.5})),
      whole("logsumexp", "all -infinity", logsumexp, f({-inf, -inf}), scalar(-inf), f({nan, nan})),
      whole("logsumexp", "infinity", logsumexp, f({inf, 0}), scalar(inf), f({nan, 0})),
      whole("logsumexp", "one masked", logsumexp, f({-inf, 1}), scalar(1), f({0, 1})),
      whole("logsumexp", "NaN", logsumexp, f({nan, 1}), scalar(nan)),
      whole("logsumexp", "nothing", logsumexp, f({}), scalar(-inf)),
      whole("logsumexp", "one element", logsumexp, f({-3}), scalar(-3), f({1})),
      whole("logsumexp", "integers", logsumexp, i32({0, 0}), f32({}, {0.69314718})),
      along("logsumexp", "a masked row beside others", logsumexp, 1, f({2, 2}, {-inf, -inf, 0, 0}),
            f({-inf, 0.69314718055994531})),
      {"softmax", "masked", {f({0, -inf})}, soft, f({1, 0})},
      {"softmax", "all masked", {f({-inf, -inf})}, soft, f({nan, nan})},
      {"softmax",
       "an all masked row beside others",
       {f({2, 2}, {-inf, -inf, 3, 3})},
       soft,
       f({2, 2}, {nan, nan, 0.5, 0.5})},
      {"softmax", "infinity", {f({inf, 0})}, soft, f({nan, nan})},
      {"softmax", "far apart", {f({1000, 1000, -1000})}, soft, f({0.5, 0.5, 0})},
      {"softmax", "one element", {f({-7})}, soft, f({1}), {f({0})}},
      {"softmax", "nothing", {f({0, 3}, {})}, soft, f({0, 3}, {})},
      {"softmax", "rows of nothing", {f({3, 0}, {})}, soft, f({3, 0}, {})},
      {"softmax", "integers", {i32({5, 5})}, soft, f32({0.5, 0.5})},
      {"softmax",
       "the gradient with a mask",
       {f({-inf, 0, 1}), f({1, 2, 3})},
       [](const Tensors& x) { return softmax(x[0]) * x[1]; },
       f({0, 0.53788284273999024, 2.1931757358900148}),
       {f({0, -0.19661193324148185, 0.19661193324148185})}},
      {"log_softmax", "masked", {f({0, -inf})}, log_soft, f({0, -inf})},
      {"log_softmax", "all masked", {f({-inf, -inf})}, log_soft, f({nan, nan})},
      {"log_softmax", "far apart", {f({1000, 0})}, log_soft, f({0, -1000})},
      {"log_softmax", "one element", {f({-7})}, log_soft, f({0}), {f({0})}},
      {"log_softmax", "rows of nothing", {f({3, 0}, {})}, log_soft, f({3, 0}, {})},
      {"log_softmax",
       "the gradient of what is left",
       {f({-inf, 0, 1})},
       [](const Tensors& x) { return log_softmax(x[0]).slice(0, 1, 3); },
       f({-1.3132616875182228, -0.31326168751822286}),
       {f({0, 0.46211715726000979, -0.46211715726000979})}},
      {"global_norm",
       "no slope at 0",
       {f({0, 0}), f({0})},
       [](const Tensors& x) { return global_norm(x); },
       scalar(0),
       {f({0, 0}), f({0})}},
      {"global_norm",
       "two tensors",
       {f({3}), f({0, 4})},
       [](const Tensors& x) { return global_norm(x); },
       scalar(5),
       {f({0.6}), f({0, 0.8})}},
      {"global_norm",
       "infinity",
       {f({inf, 1})},
       [](const Tensors& x) { return global_norm(x); },
       scalar(inf)},
      {"global_norm",
       "NaN",
       {f({nan, 1})},
       [](const Tensors& x) { return global_norm(x); },
       scalar(nan)},
      {"global_norm",
       "nothing",
       {f({}), f({2})},
       [](const Tensors& x) { return global_norm(x); },
       scalar(2),
       {any(), f({1})}},
  };
}

}  // namespace

Rows reduction_rows() {
  Rows out;
  for (const auto& rows : {sums(), extrema(), spreads(), products(), exponentials()})
    out.insert(out.end(), rows.begin(), rows.end());
  return out;
}

}  // namespace varve::corners
