#include "framework/tensor/functional.h"
#include "tests/corners/functional.h"

namespace varve::corners {
namespace {

Rows indices() {
  const auto taken = [](const Tensors& x) { return take(x[0], x[1]); };
  const auto gathered = [](const Tensors& x) { return gather(x[0], x[1], 0); };
  const auto scattered = [](const Tensors& x) { return scatter_add(x[0], x[1], x[2], 0); };
  const auto hot = [](const Tensors& x) { return one_hot(x[0], 3); };
  return {
      {"take",
       "rows, twice",
       {f({2, 2}, {1, nan, 3, inf}), i64({1, 1})},
       taken,
       f({2, 2}, {3, inf, 3, inf}),
       {f({2, 2}, {0, 0, 2, 2})}},
      {"take", "one number", {f({2, 2}, {1, 2, 3, 4}), i32({}, {1})}, taken, f({3, 4})},
      {"take", "nothing", {f({2, 2}, {1, 2, 3, 4}), i64({})}, taken, f({0, 2}, {})},
      {"take", "below 0", {f({1, 2}), i64({-1})}, taken, Refused{"[gather] index -1"}},
      {"take", "beyond the end", {f({1, 2}), i32({0, 2})}, taken, Refused{"[gather] index 2"}},
      {"take", "a float names no row", {f({1, 2}), f({1})}, taken, Refused{"must be i32 or i64"}},
      {"take", "from a scalar", {scalar(1), i32({0})}, taken, Refused{"[take] needs rows"}},
      {"take", "bytes", {u8({0, 255}), i32({1, 0})}, taken, u8({255, 0})},
      {"gather",
       "repeats",
       {f({-0.0, inf, nan}), i64({2, 0, 2})},
       gathered,
       f({nan, -0.0, nan}),
       {f({1, 0, 2})}},
      {"gather",
       "wide integers, to the bit",
       {i64({INT64_MIN, INT64_MAX}), i64({1, 0})},
       gathered,
       i64({INT64_MAX, INT64_MIN})},
      {"gather", "below 0", {f({1, 2}), i64({-1})}, gathered, Refused{"[gather] index -1"}},
      {"gather", "beyond the end", {f({1, 2}), i32({2})}, gathered, Refused{"[gather] index 2"}},
      {"gather", "bool", {boolean({true, false}), i32({1})}, gathered, boolean({false})},
      {"scatter_add",
       "one place, twice",
       {f({10, 20, 30}), i64({0, 0, 2}), f({1, 2, inf})},
       scattered,
       f({13, 20, inf}),
       {f({1, 1, 1}), any(), f({1, 1, 1})}},
      {"scatter_add", "nothing", {f({10, -0.0}), i32({}), f({})}, scattered, f({10, -0.0})},
      {"scatter_add",
       "integers wrap around",
       {i32({INT32_MAX, 0}), i32({0}), i32({1})},
       scattered,
       i32({INT32_MIN, 0})},
      {"scatter_add",
       "wide integers wrap around",
       {i64({INT64_MAX}), i32({0}), i64({1})},
       scattered,
       i64({INT64_MIN})},
      {"scatter_add",
       "bytes wrap around",
       {u8({255, 1}), i32({0}), u8({2})},
       scattered,
       u8({1, 1})},
      {"scatter_add",
       "beyond the end",
       {f({1, 2}), i64({2}), f({1})},
       scattered,
       Refused{"[scatter_add] index 2"}},
      {"one_hot", "all classes", {i32({2, 0})}, hot, f32({2, 3}, {0, 0, 1, 1, 0, 0})},
      {"one_hot", "bytes", {u8({2})}, hot, f32({1, 3}, {0, 0, 1})},
      {"one_hot", "one number", {i64({}, {1})}, hot, f32({0, 1, 0})},
      {"one_hot", "nothing", {i64({})}, hot, f32({0, 3}, {})},
      {"one_hot", "no such class", {i64({0, 3})}, hot, Refused{"index 3"}},
      {"one_hot", "below 0", {i32({-1})}, hot, Refused{"index -1"}},
      {"one_hot", "floats name no class", {f({1})}, hot, Refused{"[one_hot] the indices"}},
      {"one_hot",
       "as bool",
       {i32({1})},
       [](const Tensors& x) { return one_hot(x[0], 2, DType::boolean); },
       boolean({1, 2}, {false, true})},
      {"one_hot",
       "as bytes",
       {i32({1})},
       [](const Tensors& x) { return one_hot(x[0], 2, DType::u8); },
       u8({1, 2}, {0, 1})},
  };
}

Rows shapes() {
  const auto joined = [](const Tensors& x) { return concat(x, 0); };
  const auto stacked = [](const Tensors& x) { return stack(x, 0); };
  const auto padded = [](double value) {
    return [value](const Tensors& x) { return pad(x[0], {1}, {2}, value); };
  };
  return {
      {"diagonal_embed",
       "infinities stay on it",
       {f({inf, nan})},
       [](const Tensors& x) { return diagonal_embed(x[0]); },
       f({2, 2}, {inf, 0, 0, nan}),
       {f({1, 1})}},
      {"diagonal_embed",
       "nothing",
       {f({})},
       [](const Tensors& x) { return diagonal_embed(x[0]); },
       f({0, 0}, {})},
      {"diagonal_embed",
       "a scalar",
       {scalar(1)},
       [](const Tensors& x) { return diagonal_embed(x[0]); },
       Refused{"[diagonal_embed]"}},
      {"concat",
       "one is empty",
       {f({1, nan}), f({}), f({-0.0})},
       joined,
       f({1, nan, -0.0}),
       {f({1, 1}), any(), f({1})}},
      {"concat", "different dtypes", {f({1}), i32({1})}, joined, Refused{"[concat]"}},
      {"concat", "bytes", {u8({255}), u8({0})}, joined, u8({255, 0})},
      {"concat", "no tensors", {}, joined, Refused{"[concat] of no tensors"}},
      {"stack",
       "scalars",
       {scalar(1), scalar(-inf)},
       stacked,
       f({1, -inf}),
       {scalar(1), scalar(1)}},
      {"stack", "different shapes", {f({1}), f({1, 2})}, stacked, Refused{"[concat]"}},
      {"stack", "no tensors", {}, stacked, Refused{"[concat] of no tensors"}},
      {"pad", "zeros", {f({inf, nan})}, padded(0), f({0, inf, nan, 0, 0}), {f({1, 1})}},
      {"pad", "a number", {f({inf, nan})}, padded(7), f({7, inf, nan, 7, 7}), {f({1, 1})}},
      {"pad", "infinity", {f({1, -2})}, padded(-inf), f({-inf, 1, -2, -inf, -inf}), {f({1, 1})}},
      {"pad", "NaN", {f({1})}, padded(nan), f({nan, 1, nan, nan}), {f({1})}},
      {"pad", "bytes", {u8({0, 255})}, padded(9), u8({9, 0, 255, 9, 9})},
      {"pad", "wide integers", {i64({INT64_MIN})}, padded(-1), i64({-1, INT64_MIN, -1, -1})},
      {"pad", "bool", {boolean({false})}, padded(1), boolean({true, false, true, true})},
      {"pad", "beyond a byte", {u8({0})}, padded(300), Refused{"u8 cannot hold 300"}},
      {"pad", "a fraction in integers", {i32({0})}, padded(0.5), Refused{"i32 cannot hold 0.5"}},
      {"pad", "nothing", {f({})}, padded(2), f({2, 2, 2})},
      {"pad",
       "by less than 0",
       {f({1})},
       [](const Tensors& x) { return pad(x[0], {-1}, {0}); },
       Refused{"[pad]"}},
  };
}

Rows orders() {
  const auto up = [](const Tensors& x) { return sort(x[0]).values; };
  const auto down = [](const Tensors& x) { return sort(x[0], -1, true).values; };
  const auto places = [](const Tensors& x) { return argsort(x[0]); };
  const auto places_down = [](const Tensors& x) { return argsort(x[0], -1, true); };
  const auto two = [](const Tensors& x) { return topk(x[0], 2).values; };
  const Array mixed = f({3, nan, -inf, 1, inf, 1, -0.0, 0});
  return {
      {"sort", "NaN is the largest", {mixed}, up, f({-inf, -0.0, 0, 1, 1, 3, inf, nan})},
      {"sort", "descending", {mixed}, down, f({nan, inf, 3, 1, 1, -0.0, 0, -inf})},
      {"sort",
       "the gradient goes where it came from",
       {f({3, 1, 2}), f({10, 20, 30})},
       [](const Tensors& x) { return sort(x[0]).values * x[1]; },
       f({10, 40, 90}),
       {f({30, 10, 20})}},
      {"sort", "bytes", {u8({255, 0, 7})}, up, u8({0, 7, 255})},
      {"sort",
       "wide integers, to the bit",
       {i64({INT64_MAX, INT64_MIN, INT64_MAX - 1})},
       up,
       i64({INT64_MIN, INT64_MAX - 1, INT64_MAX})},
      {"sort", "bool", {boolean({true, false, true})}, up, boolean({false, true, true})},
      {"sort", "nothing", {f({})}, up, f({})},
      {"argsort", "equal ones stay in their order", {mixed}, places, i64({2, 6, 7, 3, 5, 0, 4, 1})},
      {"argsort", "descending, too", {mixed}, places_down, i64({1, 4, 0, 3, 5, 6, 7, 2})},
      {"argsort", "one element", {f({2, 1}, {nan, 5})}, places, i64({2, 1}, {0, 0})},
      {"argsort",
       "down a column",
       {i32({3, 2}, {3, 1, 1, 2, 2, 0})},
       [](const Tensors& x) { return argsort(x[0], 0); },
       i64({3, 2}, {1, 2, 2, 0, 0, 1})},
      {"argsort", "lines of nothing", {f({2, 0}, {})}, places, i64({2, 0}, {})},
      {"topk", "NaN is the largest", {mixed}, two, f({nan, inf})},
      {"topk",
       "the smallest, and where they are",
       {f({2, 3}, {3, 1, 2, 6, 6, 4})},
       [](const Tensors& x) { return topk(x[0], 2, -1, false).indices; },
       i64({2, 2}, {1, 2, 2, 0})},
      {"topk", "its gradient", {f({5, 7, 6})}, two, f({7, 6}), {f({0, 1, 1})}},
      {"topk", "none", {f({1, 2})}, [](const Tensors& x) { return topk(x[0], 0).values; }, f({})},
      {"topk", "more than there are", {f({1})}, two, Refused{"[topk] axis -1 of (1) has no 2"}},
  };
}

Rows paddings() {
  const auto mode = [](PadMode how, std::int64_t before, std::int64_t after) {
    return [=](const Tensors& x) { return pad(x[0], {before}, {after}, how); };
  };
  return {
      {"pad",
       "mirrored",
       {f({1, nan, 3})},
       mode(PadMode::reflect, 2, 1),
       f({3, nan, 1, nan, 3, nan}),
       {f({1, 3, 2})}},
      {"pad",
       "mirrored too far",
       {f({1, 2})},
       mode(PadMode::reflect, 0, 2),
       Refused{"[pad] axis 0 of (2) is too short"}},
      {"pad",
       "replicated",
       {f({1, -inf})},
       mode(PadMode::replicate, 3, 1),
       f({1, 1, 1, 1, -inf, -inf}),
       {f({4, 2})}},
      {"pad",
       "nothing replicated",
       {f({})},
       mode(PadMode::replicate, 1, 0),
       Refused{"[pad] axis 0"}},
      {"pad",
       "circular",
       {u8({1, 2, 3})},
       mode(PadMode::circular, 3, 1),
       u8({1, 2, 3, 1, 2, 3, 1})},
      {"pad",
       "circular too far",
       {u8({1})},
       mode(PadMode::circular, 0, 2),
       Refused{"[pad] axis 0"}},
      {"pad",
       "mirrored along two axes",
       {f({2, 2}, {1, 2, 3, 4})},
       [](const Tensors& x) {
         return pad(x[0], {1, 0}, {0, 1}, PadMode::reflect);
       },
       f({3, 3}, {3, 4, 3, 1, 2, 1, 3, 4, 3}),
       {f({2, 2}, {2, 1, 4, 2})}},
      {"pad",
       "less than 0 replicated",
       {f({1})},
       mode(PadMode::replicate, -1, 0),
       Refused{"[pad]"}},
  };
}

}  // namespace

Rows indexing_rows() {
  Rows out;
  for (const auto& rows : {indices(), shapes(), orders(), paddings()})
    out.insert(out.end(), rows.begin(), rows.end());
  return out;
}

}  // namespace varve::corners
