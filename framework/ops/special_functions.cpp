#include <cmath>
#include <limits>
#include <numbers>
#include <span>

#include "framework/ops/rules.h"
#include "framework/tensor/functional.h"

// What rounding and special functions mean, in other ops: to the last digits in f32 and in f64. The
// polynomials interpolate at Chebyshev's points of the intervals that are named, to 3e-17.
namespace varve::decompositions {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double pi = std::numbers::pi;

Tensor number(const Tensor& like, double value) {
  return Tensor::full({}, value, like.dtype(), like.device());
}

Tensor choose(const Tensor& condition, const Tensor& x, double otherwise) {
  return where(condition, x, number(x, otherwise));
}

/// c0 + c1 t + c2 t^2 + ...
Tensor polynomial(const Tensor& t, std::span<const double> c) {
  Tensor p = t * c.back() + c[c.size() - 2];
  for (std::size_t i = c.size() - 2; i-- > 0;) p = p * t + c[i];
  return p;
}

/// y, but of a zero the sign of x.
Tensor with_zero_of(const Tensor& x, const Tensor& y) {
  return where(equal(y, number(y, 0)), x * 0.0, y);
}

/// Numbers from here on are whole.
double whole_from(const Tensor& x) { return x.dtype() == DType::f64 ? 0x1p52 : 0x1p23; }

/// Whether x is below 0 or -0.
Tensor is_negative(const Tensor& x) {
  const auto zero = number(x, 0);
  return less(where(equal(x, zero), 1.0 / x, x), zero);
}

/// sin(pi x), which is exactly 0 at whole numbers.
Tensor sin_of_pi(const Tensor& x) {
  const auto whole = varve::round(x);
  const auto s = sin((x - whole) * pi);
  const auto odd = equal(abs(whole - varve::round(whole * 0.5) * 2.0), number(x, 1));
  return where(odd, -s, s);
}

/// arctan of 0 <= q <= 1: three times the half angle, then Gregory's series.
Tensor arctan_of_fraction(Tensor q) {
  constexpr int halvings = 3;
  for (int i = 0; i < halvings; ++i) q = q / (sqrt(q * q + 1.0) + 1.0);
  constexpr int terms = 9;  // 0.0985^18 / 19 = 4e-20
  double series[terms];
  for (int k = 0; k < terms; ++k) series[k] = (k % 2 == 0 ? 1.0 : -1.0) / (2 * k + 1);
  return q * polynomial(q * q, series) * static_cast<double>(1 << halvings);
}

// Gamma's functions of y >= 0: from 8 on by Stirling's series, below it by that of 1 <= z <= 2 and
// the recurrence. z is held as w = z - 1, which keeps the digits of y near 1 and 2.

constexpr double large = 8;

struct Shifted {
  Tensor small;  ///< whether y < 8
  Tensor below;  ///< whether y < 1
  Tensor y;      ///< 8 if it is small
  Tensor w;      ///< between 0 and 1
};

/// Calls step(condition, factor) where Gamma(z) is to be multiplied or, below 1, divided by factor.
template <class Step>
Shifted shift(const Tensor& y, const Step& step) {
  const auto small = less(y, number(y, large));
  const auto near = choose(small, y, 1.5);
  const auto below = less(near, number(y, 1));
  step(below, choose(below, near, 1));
  Tensor w = where(below, near, near - 1.0);
  for (int i = 2; i < static_cast<int>(large); ++i) {
    const auto above = less(number(y, 1), w);
    step(above, choose(above, w, 1));
    w = where(above, w - 1.0, w);
  }
  return {small, below, where(small, number(y, large), y), w};
}

/// ln Gamma(z) / ((z - 1) (z - 2)) in powers of z - 1.5.
constexpr double log_gamma[]{0.48312895054098089,    -0.14595989591430594,   0.062911401074564846,
                             -0.031308487501053272,  0.01679709863121395,    -9.425622444829649e-3,
                             5.4464578422195529e-3,  -3.2120742206072907e-3, 1.9229162321227923e-3,
                             -1.164411377219605e-3,  7.1152027520512986e-4,  -4.3803516132580536e-4,
                             2.7130273545114008e-4,  -1.6857179450351722e-4, 1.0541715222185905e-4,
                             -6.7937330273970465e-5, 4.2816428627947792e-5,  -2.1487702520625763e-5,
                             1.3584275459130942e-5,  -1.8527803997032961e-5, 1.1820969445467145e-5};

/// digamma(z) over z - its root, in powers of z - 1.5.
constexpr double digamma_over_root[]{
    0.95105587603183289,   -0.4236274212814605,    0.24054248424077422,   -0.14840492305390886,
    0.094988724454941213,  -0.061922133273064532,  0.040760833812420736,  -0.026975796756138249,
    0.017907252439451199,  -0.011908218001568645,  7.926944646403796e-3,  -5.2799648732574042e-3,
    3.519006401502276e-3,  -2.345267632540769e-3,  1.5566317474486839e-3, -1.0376374098418605e-3,
    7.2332662792875542e-4, -4.8219905305667889e-4, 2.2723316609873759e-4, -1.5148586836773366e-4,
    2.5968482126430747e-4, -1.7312261802727393e-4};
// The root less 1, as two numbers: one of few digits, and the rest.
constexpr double root_high = 0.46163177490234375;
constexpr double root_low = 3.7006601859126266e-7;

// B_2k / (2k (2k - 1)) and B_2k / 2k with Bernoulli's numbers: DLMF 5.11.1 and 5.11.2.
constexpr double stirling[]{1.0 / 12,   -1.0 / 360,      1.0 / 1260, -1.0 / 1680,
                            1.0 / 1188, -691.0 / 360360, 1.0 / 156,  -3617.0 / 122400};
constexpr double digamma_series[]{1.0 / 12,  -1.0 / 120,     1.0 / 252, -1.0 / 240,
                                  1.0 / 132, -691.0 / 32760, 1.0 / 12,  -3617.0 / 8160};

Tensor lgamma_of_positive(const Tensor& y) {
  Tensor product = number(y, 1);
  const auto at = shift(y, [&](const Tensor& there, const Tensor& factor) {
    product = where(there, product * factor, product);
  });
  const auto more = log(product);
  const auto near =
      at.w * (at.w - 1.0) * polynomial(at.w - 0.5, log_gamma) + where(at.below, -more, more);
  const auto inverse = 1.0 / at.y;
  const auto far = (at.y - 0.5) * (log(at.y) - 1.0) - 0.5 + 0.5 * std::log(2 * pi) +
                   inverse * polynomial(inverse * inverse, stirling);
  return where(at.small, near, where(equal(y, number(y, inf)), y, far));
}

Tensor digamma_of_positive(const Tensor& y) {
  Tensor total = number(y, 0);
  const auto at = shift(y, [&](const Tensor& there, const Tensor& factor) {
    total = total + choose(there, 1.0 / factor, 0);
  });
  const auto near = (at.w - root_high - root_low) * polynomial(at.w - 0.5, digamma_over_root) +
                    where(at.below, -total, total);
  const auto inverse = 1.0 / at.y;
  const auto square = inverse * inverse;
  const auto far = log(at.y) - 0.5 * inverse - square * polynomial(square, digamma_series);
  return where(at.small, near, far);
}

// erfinv(x) / x in powers of w - 3.125 up to w = 6.25, of sqrt(w) - 3.25 up to 16, and of
// sqrt(w) - 5.05, with w = -ln(1 - x^2): the variables and intervals of Giles, "Approximating the
// erfinv function" (GPU Computing Gems, 2011).
constexpr double erfinv_centre[]{
    1.6536545626831027,      0.24015818242558832,     -6.0336708714278499e-3,
    -7.4070253415447699e-4,  1.8673420802464838e-4,   -1.3882523394405317e-5,
    -1.3654691850603575e-6,  4.2347881737823393e-7,   -2.9070382262927266e-8,
    -4.1126608200232401e-9,  1.0512181539804127e-9,   -5.4142871980847161e-11,
    -1.2976885526532076e-11, 2.6304834740560441e-12,  -8.1183994430743532e-14,
    -4.0012377350918959e-14, 6.5964077124208341e-15,  -4.0282154327661742e-17,
    -1.3016928016796445e-16, 1.5574320246233252e-17,  1.150022252066253e-18,
    -3.4996044354754178e-19, -1.1134837698327019e-21, 3.2407044593799019e-21};
constexpr double erfinv_tail[]{
    3.0838856104922206,     1.0052589676941653,     5.3709145535716796e-3,  -3.7512085082155611e-3,
    2.4914420969817609e-3,  -1.6882755357337072e-3, 9.5328936374356372e-4,  -3.5503780975963811e-4,
    2.4031257015092524e-5,  6.8287086547533767e-5,  -4.7318984120112455e-5, 1.2465167157087252e-5,
    2.9257291901789825e-6,  -3.986084395214756e-6,  1.4987130784186126e-6,  -2.7004219280868946e-8,
    -2.7134511054394561e-7, 1.3104351499972014e-7,  6.969241977629694e-10,  -1.5102695423335064e-8};
constexpr double erfinv_end[]{
    4.9004210514436405,     1.0102850175977721,     -1.6985809149340307e-4, -2.0031200668027352e-4,
    7.124031542245362e-5,   -1.8374536139125649e-5, 4.193853753803148e-6,   -9.0708602402224486e-7,
    2.0161905521548853e-7,  -5.493197748316719e-8,  2.1821840910471058e-8,  -1.1207461299741069e-8,
    5.8058881045281103e-9,  -2.6311132048940674e-9, 1.0483309310240926e-9,  -3.8682910276006672e-10,
    7.7453847617243641e-11, 2.8907082659821914e-11, -1.5439278197208342e-11};

}  // namespace

Tensors trunc(const Tensors& in, const Attributes&) {
  const auto x = in[0].detach();
  const auto wide = x.dtype() == DType::f64 ? DType::i64 : DType::i32;
  const auto cut = cast(cast(x, wide), x.dtype());
  return {with_zero_of(x, where(less(abs(x), number(x, whole_from(x))), cut, x))};
}

Tensors floor(const Tensors& in, const Attributes&) {
  const auto cut = varve::trunc(in[0]);
  return {cut - cast(less(in[0], cut), in[0].dtype())};
}

Tensors ceil(const Tensors& in, const Attributes&) { return {-varve::floor(-in[0])}; }

Tensors round(const Tensors& in, const Attributes&) {
  // Beside so large a number no fraction has room: addition rounds it, half to even.
  const auto x = in[0].detach();
  const double limit = whole_from(x);
  const auto size = abs(x);
  const auto near = where(less(size, number(x, limit)), size + limit - limit, size);
  return {with_zero_of(x, where(less(x, number(x, 0)), -near, near))};
}

Tensors sign(const Tensors& in, const Attributes&) {
  const auto zero = number(in[0], 0);
  return {cast(less(zero, in[0]), in[0].dtype()) - cast(less(in[0], zero), in[0].dtype())};
}

Tensors atan2(const Tensors& in, const Attributes&) {
  const auto high = abs(in[0]);
  const auto wide = abs(in[1]);
  const auto diagonal = where(equal(high, number(high, 0)), high, number(high, 1));
  const auto ratio = minimum(high, wide) / maximum(high, wide);
  const auto low = arctan_of_fraction(where(equal(high, wide), diagonal, ratio));
  const auto first = where(less(wide, high), 0.5 * pi - low, low);
  const auto upper = where(is_negative(in[1]), pi - first, first);
  return {where(is_negative(in[0]), -upper, upper)};
}

Tensors lgamma(const Tensors& in, const Attributes&) {
  // |Gamma(x) Gamma(-x)| = pi / |x sin(pi x)|, DLMF 5.5.3.
  const auto& x = in[0];
  const auto negative = less(x, number(x, 0));
  const auto of_size = lgamma_of_positive(abs(x));
  const auto inside = choose(negative, x, -0.5);
  const auto reflected = std::log(pi) - log(abs(inside * sin_of_pi(inside))) - of_size;
  return {where(equal(x, number(x, -inf)), -x, where(negative, reflected, of_size))};
}

Tensors digamma(const Tensors& in, const Attributes&) {
  // digamma(1 - x) - digamma(x) = pi / tan(pi x), DLMF 5.5.4. There is none at a pole.
  const auto& x = in[0];
  const auto negative = less(x, number(x, 0));
  const auto of_positive = digamma_of_positive(where(negative, 1.0 - x, x));
  const auto inside = choose(negative, x, -0.5);
  const auto rest = (inside - varve::round(inside).detach()) * pi;
  const auto pole = equal(rest, number(x, 0));
  const auto angle = rest + where(pole, number(x, nan), number(x, 0));
  return {where(negative, of_positive - pi * cos(angle) / sin(angle), of_positive)};
}

Tensors erfinv(const Tensors& in, const Attributes&) {
  const auto& x = in[0];
  const auto w = -log((1.0 - x) * (x + 1.0));
  const auto root = sqrt(w);
  const auto outer = where(less(root, number(x, 4)), polynomial(root - 3.25, erfinv_tail),
                           polynomial(root - 5.05, erfinv_end));
  const auto slope = where(less(w, number(x, 6.25)), polynomial(w - 3.125, erfinv_centre), outer);
  return {x * where(equal(abs(x), number(x, 1)), number(x, inf), slope)};
}

}  // namespace varve::decompositions
