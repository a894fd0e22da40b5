#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

#include "framework/backend/compare.h"
#include "framework/core/error.h"
#include "framework/core/philox.h"
#include "framework/tensor/functional.h"
#include "tests/conformance/harness.h"

// Results worked out by hand or stated by a standard: what the reference is itself held to.
namespace varve::conformance {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

/// Runs the body on every device; `tensor` makes one there.
template <class Body>
void on_every_device(Body body) {
  for (const auto& device : devices()) {
    CAPTURE(device.name());
    body([&](auto values, Shape shape = {}) {
      using T = typename decltype(values)::value_type;
      if (shape.empty()) shape = {static_cast<std::int64_t>(values.size())};
      return Tensor::from(std::span<const T>(values), shape, device);
    });
  }
}

using F = std::vector<float>;
using I = std::vector<std::int32_t>;
using L = std::vector<std::int64_t>;

void check(const Tensor& got, const std::vector<double>& want, const Tolerance& tolerance = {}) {
  REQUIRE(static_cast<std::size_t>(got.numel()) == want.size());
  const auto found = first_difference(got.to_array(), want, {}, tolerance);
  if (found)
    FAIL_CHECK("element " << found->index << ": " << found->got << ", not " << found->want);
}

}  // namespace

TEST_SUITE("conformance: values") {
  TEST_CASE("NaN goes through maximum, max and argmax, wherever it is") {
    on_every_device([](auto tensor) {
      for (const std::size_t at : {0, 7, 16, 36}) {
        F a(37, 1);
        F b(37, 2);
        a[at] = nan;
        std::vector<double> want(37, 2);
        want[at] = nan;
        check(maximum(tensor(a), tensor(b)), want);
        check(maximum(tensor(b), tensor(a)), want);
        check(max(tensor(a)), {nan});
        check(argmax(tensor(a)), {static_cast<double>(at)});
        check(max(tensor(a, {37, 1}), {0}), {nan});
      }
      check(argmax(tensor(F{nan, 5, nan})), {0});
      check(less(tensor(F{nan, 1}), tensor(F{1, nan})), {0, 0});
      check(equal(tensor(F{nan, -0.0F}), tensor(F{nan, 0})), {0, 1});
    });
  }

  TEST_CASE("argmax takes the first of equals; the maximum of -infinity is -infinity") {
    on_every_device([](auto tensor) {
      check(argmax(tensor(F{1, 3, 3, 2})), {1});
      check(argmax(tensor(F{1, 3, 3, 1, 3, 1}, {3, 2}), 0), {1, 0});
      check(max(tensor(F{-inf, -inf})), {-inf});
      check(argmax(tensor(F{-inf, -inf})), {0});
    });
  }

  TEST_CASE("a branch that is not taken does not matter") {
    on_every_device([](auto tensor) {
      const auto condition = less(tensor(F{1, 0}), tensor(F{0, 1}));
      check(where(condition, tensor(F{nan, 1}), tensor(F{2, inf})), {2, 1});
    });
  }

  TEST_CASE("elementary functions at their limits") {
    on_every_device([](auto tensor) {
      check(exp(tensor(F{-inf, -200, 0, 200, inf, nan})), {0, 0, 1, inf, inf, nan});
      check(log(tensor(F{0, 1, inf, -1, nan})), {-inf, 0, inf, nan, nan});
      check(sqrt(tensor(F{0, 4, inf, -1})), {0, 2, inf, nan});
      check(tanh(tensor(F{-inf, -50, 0, 50, inf, nan})), {-1, -1, 0, 1, 1, nan});
      check(erf(tensor(F{-inf, -10, 0, 10, inf, nan})), {-1, -1, 0, 1, 1, nan});
      check(erf(tensor(F{0.5F, -1.0F})), {0.5204998778130465, -0.8427007929497149});
      check(tensor(F{1, -1, 0, 1}) / tensor(F{0, 0, 0, inf}), {inf, -inf, nan, 0});
      check(pow(tensor(F{0, -2, -1, 2, 2}), tensor(F{0, 3, 0.5F, -1, 10})),
            {1, -8, nan, 0.5, 1024});
      check(abs(tensor(F{-inf, -0.0F, nan})), {inf, 0, nan});
      check(sin(tensor(F{0, 1, 100})), {0, 0.8414709848078965, -0.5063656411097588}, {1e-5, 0});
    });
  }

  TEST_CASE("small arguments keep their digits") {
    on_every_device([](auto tensor) {
      const Tolerance relative{0, 1e-6};
      const F tiny{1e-10F, -3e-8F};
      const std::vector<double> same{1e-10, -3e-8};
      check(log1p(tensor(tiny)), same, relative);
      check(tanh(tensor(tiny)), same, relative);
      check(sin(tensor(tiny)), same, relative);
      check(erf(tensor(tiny)), {1.1283791671e-10, -3.3851375e-8}, relative);
    });
  }

  TEST_CASE("no overflow in softplus, sigmoid, softmax and the cross entropy") {
    on_every_device([](auto tensor) {
      const auto extreme = tensor(F{-1000, -100, 0, 100, 1000});
      check(softplus(extreme), {0, 0, std::log(2.0), 100, 1000});
      check(sigmoid(extreme), {0, 0, 0.5, 1, 1});
      check(bce_with_logits(extreme, tensor(F{0, 1, 1, 1, 0})), {0, 100, std::log(2.0), 0, 1000});
      check(apply1(Op::bce_with_logits_gradient,
                   {extreme, tensor(F{0, 1, 1, 1, 0}), tensor(F{1, 1, 1, 1, 1})}),
            {0, -1, -0.5, 0, 1});
      check(softmax(tensor(F{1000, 1000, -1000})), {0.5, 0.5, 0});
      check(softmax(tensor(F{0, -inf})), {1, 0});
      check(log_softmax(tensor(F{1000, 0})), {0, -1000});
      check(logsumexp(tensor(F{1000, 1000})), {1000 + std::log(2.0)});
    });
  }

  TEST_CASE("integers are exact: the op divides and truncates, i64 has 64 bits") {
    on_every_device([](auto tensor) {
      check(apply1(Op::div, {tensor(I{7, -7, 7, -7}), tensor(I{2, 2, -2, -2})}), {3, -3, -3, 3});
      const std::int64_t big = (std::int64_t{1} << 60) + 1;
      const auto exact = [&](const Tensor& got, std::int64_t want) {
        CHECK(got.template to_vector<std::int64_t>() == L{want});
      };
      exact(tensor(L{big}) + tensor(L{1}), big + 1);
      exact(tensor(L{3}) * tensor(L{big}), 3 * big);
      exact(sum(tensor(L{big, 1, 1})), big + 2);
      exact(max(tensor(L{big, big + 1, 5})), big + 1);
      exact(argmax(tensor(L{big, big + 1, big})), 1);
      exact(maximum(tensor(L{big}), tensor(L{big - 1})), big);
      check(less(tensor(L{big}), tensor(L{big + 1})), {1});
      check(equal(tensor(L{big}), tensor(L{big + 1})), {0});
    });
  }

  TEST_CASE("casts truncate towards zero, and what is not 0 is true") {
    on_every_device([](auto tensor) {
      check(cast(tensor(F{-1.7F, 1.7F, 0.5F, -0.0F}), DType::i32), {-1, 1, 0, 0});
      check(cast(tensor(F{0, -0.0F, 0.5F, -2, nan}), DType::boolean), {0, 0, 1, 1, 1});
      check(cast(tensor(I{0, 3, -3}), DType::boolean), {0, 1, 1});
      check(cast(tensor(I{200}), DType::u8), {200});
      check(cast(cast(tensor(I{200}), DType::u8), DType::f32), {200});
    });
  }

  TEST_CASE("sums of nothing are 0, sums of much keep their digits") {
    on_every_device([](auto tensor) {
      const auto empty = tensor(F{}, {0, 3});
      check(sum(empty, {0}), {0, 0, 0});
      check(matmul(empty.transpose(), empty), std::vector<double>(9, 0));
      check(sum(tensor(F(1'000'000, 0.1F))), {1e5}, {0, 1e-5});
      check(sum(tensor(F(1'000'000, 0.1F), {1'000'000, 1}), {0}), {1e5}, {0, 1e-5});
    });
  }

  TEST_CASE("windows, by hand") {
    on_every_device([](auto tensor) {
      const auto image = tensor(F{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 3, 3, 1});
      const Window two{{2, 2}, {1, 1}, {0, 0}};
      const auto ones = tensor(F{1, 1, 1, 1}, {1, 2, 2, 1});
      check(unfold(image, two), {1, 2, 4, 5, 2, 3, 5, 6, 4, 5, 7, 8, 5, 6, 8, 9});
      check(unfold(image, {{2, 2}, {2, 2}, {1, 1}}, -1),
            {-1, -1, -1, 1, -1, -1, 2, 3, -1, 4, -1, 7, 5, 6, 8, 9});
      check(fold(unfold(image * 0 + 1, two), two, 3, 3), {1, 2, 1, 2, 4, 2, 1, 2, 1});
      check(conv2d(image, ones, {}, two), {12, 16, 24, 28});
      check(conv2d(image, ones, tensor(F{-20}), two, Activation::relu), {0, 0, 4, 8});
      const auto small = tensor(F{1, 2, 3, 4}, {1, 2, 2, 1});
      check(conv_transpose2d(small, ones, {}, two), {1, 3, 2, 4, 10, 6, 3, 7, 4});
      check(conv_transpose2d(small, ones, {}, {{2, 2}, {2, 2}, {0, 0}}),
            {1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4});
      Attributes attributes;
      attributes.window = two;
      check(apply1(Op::conv2d_weight_gradient, {image, small}, attributes), {37, 47, 67, 77});
    });
  }

  TEST_CASE("linear algebra, by hand") {
    on_every_device([](auto tensor) {
      const auto a = tensor(F{1, 2, 3, 4, 5, 6}, {2, 3});
      check(matmul(a, a.transpose()), {14, 32, 32, 77});
      check(linear(a, tensor(F{1, 0, -1, 2, 2, 2}, {2, 3}), tensor(F{1, -20}), Activation::relu),
            {0, 0, 0, 10});
      // What stands in the other triangle is not read.
      const auto lower = tensor(F{2, nan, 1, 4}, {2, 2});
      check(solve_triangular(lower, tensor(F{2, 9}, {2, 1})), {1, 2});
      check(solve_triangular(lower.transpose(), tensor(F{4, 8}, {2, 1}), false), {1, 2});
      check(global_norm({tensor(F{3}), tensor(F{0, 4})}), {5});
    });
  }

  TEST_CASE("norms, by hand") {
    on_every_device([](auto tensor) {
      const auto one = tensor(F{1, 1, 1});
      const auto zero = tensor(F{0, 0, 0});
      const double far = std::sqrt(1.5);
      check(layer_norm(tensor(F{1, 2, 3}, {1, 3}), one, zero, 0), {-far, 0, far});
      const auto batch =
          batch_norm(tensor(F{1, 5, 3, 9}, {2, 2}), tensor(F{1, 2}), tensor(F{0, 1}), 0);
      check(batch.y, {-1, -1, 1, 3});
      check(batch.mean, {2, 7});
      check(batch.variance, {1, 4});
    });
  }

  TEST_CASE("pieces of models, by hand") {
    on_every_device([](auto tensor) {
      const float twice = static_cast<float>(2 * std::log(2.0));
      check(reparameterize(tensor(F{1}), tensor(F{twice}), tensor(F{3})), {7});
      check(gaussian_kl(tensor(F{0, 2}), tensor(F{0, 0})), {0, 2});
      Attributes half;
      half.probability = 0.5;
      check(apply1(Op::dropout, {tensor(F{1, 2, 3}), tensor(F{0.49F, 0.5F, 0.9F})}, half),
            {0, 4, 6});
      Attributes relu;
      relu.activation = Activation::relu;
      check(apply1(Op::activation_gradient, {tensor(F{5, 5, 5}), tensor(F{-1, 0, 1})}, relu),
            {0, 0, 5});
    });
  }

  TEST_CASE("indexing: repeated places add up, and an index outside throws") {
    on_every_device([](auto tensor) {
      const auto x = tensor(F{10, 20, 30});
      check(gather(x, tensor(L{2, 0, 2}), 0), {30, 10, 30});
      check(scatter_add(x, tensor(L{0, 0, 2}), tensor(F{1, 2, 3}), 0), {13, 20, 33});
      // At the latest when the result is read: a device may run behind.
      for (const std::int64_t bad : {3, -1}) {
        CHECK_THROWS_WITH_AS(gather(x, tensor(L{0, bad, 0}), 0).to_array(),
                             doctest::Contains("[gather] index"), Error);
        CHECK_THROWS_WITH_AS(scatter_add(x, tensor(L{bad}), tensor(F{1}), 0).to_array(),
                             doctest::Contains("[scatter_add] index"), Error);
      }
    });
  }

  TEST_CASE("the first step of Adam is the learning rate") {
    on_every_device([](auto tensor) {
      const auto step = [&](double decay, bool decoupled, double beta2 = 0.999) {
        Attributes attributes;
        attributes.beta1 = 0.9;
        attributes.beta2 = beta2;
        attributes.epsilon = 1e-8;
        attributes.weight_decay = decay;
        attributes.decoupled = decoupled;
        const auto zero = tensor(F{0, 0});
        return apply(Op::adam_step,
                     {tensor(F{1, 1}), tensor(F{0.5F, -2}), zero, zero, tensor(F{0.1F}).reshape({}),
                      tensor(I{1}).reshape({})},
                     attributes);
      };
      const auto plain = step(0, false);
      check(plain[0], {0.9, 1.1});
      check(plain[1], {0.05, -0.2});
      check(plain[2], {0.00025, 0.004});
      check(step(0.1, true)[0], {0.89, 1.09});
      check(step(0, false, 1 - 1e-7)[0], {0.9, 1.1});  // 1 - beta^t with all its digits
      const auto coupled = step(0.1, false);
      check(coupled[0], {0.9, 1.1});
      check(coupled[1], {0.06, -0.19});
    });
  }

  TEST_CASE("random numbers are those of Philox, bit for bit") {
    Attributes attributes;
    attributes.shape = {4099};
    on_every_device([&](auto tensor) {
      // The known answer of Random123 for counter 0, key 0: 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
      const auto zero = apply1(Op::random, {tensor(I{0, 0, 0, 0})}, attributes);
      const auto first = zero.template to_vector<float>();
      const std::array<std::uint32_t, 4> words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
      for (std::size_t i = 0; i < 4; ++i) CHECK(first[i] == uniform_from_bits(words[i]));

      const I state{1, -2, 3, 4};  // seed low, seed high, step, draw
      const auto values =
          apply1(Op::random, {tensor(state)}, attributes).template to_vector<float>();
      for (std::uint32_t i = 0; i < 4099; ++i) {
        const auto want = philox({i / 4, 0, 4, 3}, {1, 0xfffffffe})[i % 4];
        if (values[i] != uniform_from_bits(want)) FAIL("draw " << i << " is " << values[i]);
      }
    });
  }

  TEST_CASE("in f64, draws have 53 bits, of which the first are those of f32") {
    Attributes narrow;
    narrow.shape = {4099};
    Attributes wide = narrow;
    wide.dtype = DType::f64;
    // The first word of this seed is ffffffb3, and its second d9ea87ee: far out in the tail.
    const I state{16390493, 0, 0, 0};
    for (const auto& device : devices()) {
      if (!computes_in_f64(device)) continue;
      CAPTURE(device.name());
      const auto counter = Tensor::from(std::span(state), {4}, device);
      const auto draw = [&](Attributes attributes, Distribution distribution) {
        attributes.distribution = distribution;
        return apply1(Op::random, {counter}, attributes).to_vector<double>();
      };
      const auto u = draw(wide, Distribution::uniform);
      const auto rounded = draw(narrow, Distribution::uniform);
      int fine = 0;
      for (std::uint32_t i = 0; i < 4099; ++i) {
        const auto high = philox({i / 4, 0, 0, 0}, {16390493, 0})[i % 4];
        const auto low = philox({i / 4, 0x80000000U, 0, 0}, {16390493, 0})[i % 4];
        if (u[i] != static_cast<double>((std::uint64_t{high} << 32 | low) >> 11) * 0x1p-53)
          FAIL("draw " << i << " is " << u[i]);
        if (std::floor(u[i] * 0x1p24) != rounded[i] * 0x1p24) FAIL("draw " << i << " differs");
        fine += std::fmod(u[i] * 0x1p52, 1.0) != 0;
      }
      CHECK(fine > 1900);  // half of them use the last bit

      const auto n = draw(wide, Distribution::normal);
      const auto radius = std::hypot(n[0], n[1]);
      CHECK(radius == doctest::Approx(std::sqrt(-2 * std::log(1 - u[0]))).epsilon(1e-12));
      CHECK(radius > std::sqrt(48 * std::log(2.0)));  // beyond what f32 reaches
      CHECK(n[0] ==
            doctest::Approx(radius * std::cos(2 * 3.14159265358979323846 * u[1])).epsilon(1e-9));
      const auto coarse = draw(narrow, Distribution::normal);
      CHECK(std::hypot(coarse[0], coarse[1]) <= 5.77);
    }
  }

  TEST_CASE("sums and means keep their digits over millions of elements, however they lie") {
    const std::int64_t n = 1'200'006;
    on_every_device([&](auto tensor) {
      const auto tenth = tensor(F{0.1F}).expand({n});
      const double want = 0.1F;
      const auto near = [&](const Tensor& got) {
        for (const double value : got.to_vector<double>())
          CHECK(std::abs(value - want) <= 1e-6 * want);
      };
      near(mean(tenth));
      const auto columns = tenth.reshape({n / 3, 3}).contiguous();
      near(mean(columns));
      near(mean(columns, {0}));
      near(mean(columns.transpose(), {1}));
      near(mean(columns.slice(1, 0, 2), {0}));
      near(mean(columns.reshape({n / 9, 3, 3}), {0, 1}));
      near(mean(columns.reshape({3, n / 9, 3}), {1}));
      near(mean(tenth.slice(0, 0, 64 * 15000).contiguous().reshape({15000, 64}), {0}));
    });
  }

  TEST_CASE("normal numbers are normal, and their pairs are those of Box and Muller") {
    Attributes attributes;
    attributes.shape = {100'000};
    attributes.distribution = Distribution::normal;
    on_every_device([&](auto tensor) {
      const auto x = apply1(Op::random, {tensor(I{5, 0, 0, 0})}, attributes);
      CHECK(std::abs(mean(x).item()) < 0.01);
      CHECK(std::abs(variance(x).item() - 1) < 0.02);
      CHECK(std::abs(mean(x * x * x).item()) < 0.05);
      const auto w = philox({0, 0, 0, 0}, {5, 0});
      const double radius = std::sqrt(-2 * std::log(1.0 - double{uniform_from_bits(w[2])}));
      const double turn = 2 * 3.14159265358979323846 * double{uniform_from_bits(w[3])};
      check(x.slice(0, 2, 4), {radius * std::cos(turn), radius * std::sin(turn)}, {1e-5, 1e-5});
    });
  }
}

}  // namespace varve::conformance
