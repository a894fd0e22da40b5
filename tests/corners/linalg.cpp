#include "framework/linalg/linalg.h"

#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "tests/corners/objects.h"

namespace varve::corners {
namespace {

constexpr Tolerance close{4e-6, 8e-6};

Tensor weighed(const Tensor& y) { return y * wave_beside(y, y.shape(), 0.9); }

/// Onto the first vector, whatever its sign is.
Tensor projector(const Tensor& vectors) {
  const auto first = vectors.slice(-1, 0, 1);
  return matmul(first, first.transpose());
}
Tensor first_part(const linalg::Svd& parts) {
  return matmul(parts.u.slice(-1, 0, 1), parts.vt.slice(-2, 0, 1));
}

Rows as_torch() {
  return {
      {"cholesky",
       "a batch of two, as PyTorch",
       {f({2, 3, 3}, {4, 1, 0.5, 1, 3, 0.25, 0.5, 0.25, 2, 1, 0, 0, 0, 2, -1, 0, -1, 3})},
       [](const Tensors& x) { return weighed(linalg::cholesky(x[0])); },
       f({2, 3, 3}, {1.92711637083439, 0, -0, 0.0582746024252468, 1.60838029528096, -0,
                     -0.218863043672107, 0.0446292203770644, 1.00473179217529, -0.778352078534296,
                     -0, 0, 0, -1.39570936721123, 0, 0, 0.158219130504818, -1.482620821238}),
       {f({2, 3, 3}, {0.2932483659856, -0.0629136789686323, -0.293043199113151, -0.0629136789686323,
                      0.28485566698369, 0.166696507482666, -0.293043199113151, 0.166696507482666,
                      0.260048228563016, -0.389176039267148, 0.143526325663866, 0.49767555245578,
                      0.143526325663866, -0.462613165490913, -0.227371647376209, 0.49767555245578,
                      -0.227371647376209, -0.296524164247599})},
       Kind::whole,
       close},
      {"solve",
       "one matrix, two right sides, as PyTorch",
       {f({3, 3}, {2, -1, 0.5, 1, 3, 0.25, -0.75, 0.5, 1}),
        f({2, 3, 2},
          {0.644217687237691, 0.675463180551151, -0.81827711106441, -0.464602179413757,
           0.937999976774739, 0.222889914100246, -0.995436253306377, 0.05, 0.986771964274613,
           -0.287903316665065, -0.912582449791185, 0.523065765157696})},
       [](const Tensors& x) { return weighed(linalg::solve(x[0], x[1])); },
       f({2, 3, 2},
         {-0.0941499799834155, 0.016487002923999, 0.325799553910637, -0.0267175322519974,
          0.996687093918084, -0.155801738008702, 0.00330644313668073, -0.0805928142559908,
          0.306602914362013, 0.0695854134018653, 0.588895148790022, 0.425137179694687}),
       {f({3, 3}, {0.170215634860212, 0.540015373337517, -1.72155288173046, -0.0458120163972174,
                   -0.0931574453883718, 0.323832213133657, 0.18622654019264, 0.288434720160229,
                   -1.07509929681228}),
        f({2, 3, 2},
          {0.796972707519493, -0.0890826782593258, -0.169966009943401, 0.0655427553573219,
           0.61389495957119, -0.338323478961596, -0.578850553533621, 0.617997460155635,
           0.0905991138811538, -0.16080969694037, -0.255533091330213, 0.644148944884901})},
       Kind::whole,
       close},
      {"inverse",
       "one matrix, as PyTorch",
       {f({3, 3}, {2, -1, 0.5, 1, 3, 0.25, -0.75, 0.5, 1})},
       [](const Tensors& x) { return weighed(linalg::inverse(x[0])); },
       f({3, 3},
         {0.33326072578339, 0.0212210538435891, 0.210510159487179, -0.0166498864072134,
          0.277111374527167, -0, -0.289623275836773, -0.0178067222468338, 0.608742189062717}),
       {f({3, 3}, {-0.0367319420177598, -0.0264665427206118, 0.040019555551009, -0.171198860760929,
                   -0.0509323261412966, 0.173880532243584, 0.427105592423613, -0.268262104833352,
                   -0.36479210181551})},
       Kind::whole,
       close},
      {"slogdet",
       "a batch of two, as PyTorch",
       {f({2, 3, 3},
          {2, -1, 0.5, 1, 3, 0.25, -0.75, 0.5, 1, -2, 1, -0.5, -1, -3, -0.25, 0.75, -0.5, -1})},
       [](const Tensors& x) { return weighed(linalg::slogdet(x[0]).log_size); },
       f({2}, {2.04058537393637, 0.298858365561044}),
       {f({2, 3, 3},
          {0.33326072578339, -0.137651169345313, 0.318771129010199, 0.144895967731909,
           0.275302338690627, -0.0289791935463817, -0.202854354824672, 0, 0.811417419298689,
           -0.0488084238402548, 0.0201600011514096, -0.0466863184558959, -0.0212210538435891,
           -0.0403200023028192, 0.00424421076871781, 0.0297094753810247, -0, -0.118837901524099})},
       Kind::whole,
       close},
      {"eigh",
       "values, as PyTorch",
       {f({2, 3, 3}, {4, 1, 0.5, 1, 3, 0.25, 0.5, 0.25, 2, 1, 0, 0, 0, 2, -1, 0, -1, 3})},
       [](const Tensors& x) { return weighed(linalg::eigh(x[0]).values); },
       f({2, 3}, {1.81310836884675, 0.336819643269179, -4.73119630405707, 0.116549204850494,
                  1.3403547532457, -1.32593394580094}),
       {f({2, 3, 3},
          {-0.615955771120891, -0.48395112364473, -0.367167781407726, -0.48395112364473,
           -0.157043091393233, -0.133507002869718, -0.367167781407726, -0.133507002869718,
           0.877753798427083, 0.116549204850494, 0, 0, 0, 0.600526520104206, 0.597642358615254, 0,
           0.597642358615254, 0.00288416148895193})},
       Kind::whole,
       close},
      {"eigh",
       "the first projector, as PyTorch",
       {f({2, 3, 3}, {4, 1, 0.5, 1, 3, 0.25, 0.5, 0.25, 2, 1, 0, 0, 0, 2, -1, 0, -1, 3})},
       [](const Tensors& x) { return weighed(projector(linalg::eigh(x[0]).vectors)); },
       f({2, 3, 3},
         {0.0467376700950123, 0.00065492558010062, 0.214764777051462, 0.000540894637453491,
          0.000430665423164982, 0.00753112541119155, 0.188030721051735, -0.0121670772930696,
          0.687496794439594, -0.778352078534296, -0, 0, 0, -0, 0, 0, -0, -0}),
       {f({2, 3, 3}, {-0.328795990657278, 0.155504339551058, 0.694526758196774, 0.155504339551058,
                      0.0327667566901878, -0.761420425349046, 0.694526758196774, -0.761420425349046,
                      0.296029233967091, 0, -0.71889223952059, -0.836520208670091,
                      -0.71889223952059, 0, 0, -0.836520208670091, 0, 0})},
       Kind::whole,
       close},
      {"svd",
       "values, as PyTorch",
       {f({3, 2}, {3, 1, -1, 2, 0.5, -0.25})},
       [](const Tensors& x) { return weighed(linalg::svd(x[0]).s); },
       f({2}, {3.10642767141321, 0.312983866966561}),
       {f({3, 2}, {0.915720878186728, 0.182596563820316, -0.217509742122762, 0.10200147582219,
                   0.136953976613357, 0.00134936829821421})},
       Kind::whole,
       close},
      {"svd",
       "the first part of a tall matrix, as PyTorch",
       {f({3, 2}, {3, 1, -1, 2, 0.5, -0.25})},
       [](const Tensors& x) { return weighed(first_part(linalg::svd(x[0]))); },
       f({3, 2}, {0.920883006825695, 0.0221363062396806, 0.20287986715919, -0.0038812502430611,
                  0.134454775675385, -0.00833859978820354}),
       {f({3, 2}, {-0.0763806688345948, -0.432803926149991, -0.510599458020134, 0.00541683340998675,
                   0.272944324946408, -0.016162581361856})},
       Kind::whole,
       close},
      {"svd",
       "the first part of a wide matrix, as PyTorch",
       {f({2, 3}, {3, -1, 0.5, 1, 2, -0.25})},
       [](const Tensors& x) { return weighed(first_part(linalg::svd(x[0]))); },
       f({2, 3}, {0.920883006825695, -0.0286326058246068, -0.138618279917012, 0.0182820914343152,
                  -0.0322986765024595, -0.00833859978820354}),
       {f({2, 3}, {0.079629938302863, 0.214964163065438, -0.365649057378289, 0.124842212023523,
                   0.0115531686991039, -0.0438013096970535})},
       Kind::whole,
       close},
  };
}

Row row(std::string_view function, std::string_view situation, Tensor (*run)(const Tensor&),
        Array in, std::variant<Array, Refused> want) {
  return {
      function,        situation, {std::move(in)}, [run](const Tensors& x) { return run(x[0]); },
      std::move(want), {},        Kind::whole,     close};
}

/// A row for what is found out about numbers: not a question of usage.
Row broken(std::string_view function, std::string_view situation, Tensor (*run)(const Tensor&),
           Array in, std::string says) {
  const auto says_so = [run, says](const Tensors& x) {
    bool right = false;
    try {
      run(x[0]);
    } catch (const Error& error) {
      right = error.kind() == ErrorKind::non_finite &&
              std::string_view(error.what()).find(says) != std::string_view::npos;
    }
    return Tensor::full({}, right ? 1 : 0, DType::f32, x[0].device());
  };
  return {function, situation, {std::move(in)}, says_so, f32({}, {1})};
}

Rows corners() {
  using T = Tensor;
  const auto factor = [](const T& x) { return linalg::cholesky(x); };
  const auto by_ones = [](const T& x) {
    return linalg::solve(x, T::ones({x.size(-1), 1}, x.dtype(), x.device()));
  };
  const auto invert = [](const T& x) { return linalg::inverse(x); };
  const auto sign = [](const T& x) { return linalg::slogdet(x).sign; };
  const auto size = [](const T& x) { return linalg::slogdet(x).log_size; };
  const auto singular = [](const T& x) { return linalg::svd(x).s; };
  const auto again = [](const T& x) {
    const auto [u, s, vt] = linalg::svd(x);
    return matmul(u * s.unsqueeze(-2), vt);
  };
  const auto eigen = [](const T& x) { return linalg::eigh(x).values; };
  const Array square = f({2, 2}, {2, nan, 1, 5});
  return {
      row("cholesky", "one element", factor, f({1, 1}, {9}), f({1, 1}, {3})),
      row("cholesky", "the upper half is not read", factor, f({2, 2}, {4, 7, 2, 5}),
          f({2, 2}, {2, 0, 1, 2})),
      row("cholesky", "nothing", factor, f({0, 0}, {}), f({0, 0}, {})),
      row("cholesky", "no matrices", factor, f({0, 2, 2}, {}), f({0, 2, 2}, {})),
      broken("cholesky", "not positive definite", factor, f({2, 1, 1}, {1, -1}),
             "[cholesky] matrix 1 of (2, 1, 1)"),
      broken("cholesky", "semi-definite", factor, f({2, 2}, {1, 1, 1, 1}), "not positive definite"),
      broken("cholesky", "NaN", factor, square, "[cholesky] a matrix holds nan"),
      row("cholesky", "no square", factor, f({1, 2}, {1, 2}),
          Refused{"[cholesky] needs square matrices"}),
      row("cholesky", "bytes", factor, u8({1, 1}, {4}),
          Refused{"[cholesky] needs matrices of f32"}),
      row("solve", "one element", by_ones, f({1, 1}, {4}), f({1, 1}, {0.25})),
      row("solve", "rows in another order", by_ones, f({2, 2}, {0, 2, 4, 0}),
          f({2, 1}, {0.25, 0.5})),
      row("solve", "nothing", by_ones, f({0, 0}, {}), f({0, 1}, {})),
      broken("solve", "singular", by_ones, f({2, 2}, {1, 2, 2, 4}), "[solve] matrix 0 of (2, 2)"),
      broken("solve", "infinity", by_ones, f({1, 1}, {inf}), "[solve] a matrix holds inf"),
      row("solve", "a vector", by_ones, f({1}), Refused{"[solve]"}),
      row("inverse", "a batch", invert, f({2, 1, 1}, {4, -2}), f({2, 1, 1}, {0.25, -0.5})),
      broken("inverse", "singular", invert, f({2, 2}, {0, 0, 0, 0}), "is singular"),
      row("inverse", "no square", invert, f({1, 2}, {1, 2}), Refused{"[inverse] needs square"}),
      row("slogdet", "signs", sign, f({3, 2, 2}, {1, 0, 0, 2, 0, 1, 2, 0, 1, 1, 1, 1}),
          f({1, -1, 0})),
      row("slogdet", "sizes", size, f({3, 2, 2}, {1, 0, 0, 2, 0, 1, 2, 0, 1, 1, 1, 1}),
          f({0.6931471805599453, 0.6931471805599453, -inf})),
      row("slogdet", "nothing", size, f({0, 0}, {}), f({}, {0})),
      row("svd", "zeros", singular, f({2, 3}, {0, 0, 0, 0, 0, 0}), f({0, 0})),
      row("svd", "wide, put together again", again, f({2, 3}, {1, 2, 3, -1, 0, 5}),
          f({2, 3}, {1, 2, 3, -1, 0, 5})),
      row("svd", "no rows", singular, f({0, 3}, {}), f({})),
      row("svd", "one element", singular, f({1, 1}, {-3}), f({3})),
      broken("svd", "NaN", singular, square, "[svd] a matrix holds nan"),
      row("svd", "a vector", singular, f({1, 2}), Refused{"[svd] needs matrices"}),
      row("eigh", "the upper half is not read", eigen, f({2, 2}, {2, 9, 0, 1}), f({1, 2})),
      row("eigh", "one element", eigen, f({1, 1}, {-3}), f({-3})),
      row("eigh", "nothing", eigen, f({2, 0, 0}, {}), f({2, 0}, {})),
      broken("eigh", "NaN", eigen, square, "[eigh] a matrix holds nan"),
      row("eigh", "no square", eigen, f({1, 2}, {1, 2}), Refused{"[eigh] needs square"}),
      {"eigh",
       "equal values: the gradient of their sum",
       {f({2, 2}, {3, 0, 0, 3})},
       [](const Tensors& x) {
         const auto found = linalg::eigh(x[0]);
         return found.values + sum(found.vectors * 0.0, {-2});
       },
       f({3, 3}),
       {f({2, 2}, {1, 0, 0, 1})}},
  };
}

}  // namespace

Rows linalg_rows() {
  Rows out = as_torch();
  for (auto& row : corners()) out.push_back(std::move(row));
  return out;
}

}  // namespace varve::corners
