#include "tests/conformance/cases.h"

namespace varve::conformance {
namespace {

constexpr DType floating = DType::f32;

/// A case for every shape and layout, with one operand for each of `kinds`.
class Builder {
 public:
  Builder(std::vector<Input> operands, Attributes attributes = {})
      : operands_(std::move(operands)), attributes_(attributes) {}

  /// Operand j lies as `layouts[(start + j) % 8]`, so that the layouts meet in all combinations.
  void add(const Shape& shape, int start, bool mixed) {
    Case sample{operands_, attributes_};
    for (std::size_t j = 0; j < operands_.size(); ++j) {
      sample.in[j].shape = shape;
      if (mixed)
        sample.in[j].layout =
            static_cast<Layout>((static_cast<std::size_t>(start) + 3 * j) % layout_count);
    }
    cases_.push_back(sample);
  }

  std::vector<Case> all() {
    for (const Shape& shape : {Shape{}, Shape{1}, Shape{5}, Shape{3, 4}, Shape{2, 3, 4}, Shape{0},
                               Shape{2, 0, 3}, Shape{1, 1, 1}})
      add(shape, 0, false);
    for (int start = 0; start < layout_count; ++start) {
      add({3, 5}, start, true);
      add({2, 3, 4}, start, true);
    }
    // Across the borders of vectors and blocks.
    add({4099}, 0, false);
    add({131, 257}, 0, false);
    add({67, 131}, 1, true);
    add({5, 33, 65}, 6, true);
    add({33, 4, 70}, 3, true);
    return cases_;
  }

  std::vector<Case> few() {
    add({5}, 0, false);
    add({0}, 0, false);
    add({3, 4}, 3, true);
    add({2, 3, 4}, 1, true);
    add({37, 130}, 6, true);
    return cases_;
  }

 private:
  std::vector<Input> operands_;
  Attributes attributes_;
  std::vector<Case> cases_;
};

void append(std::vector<Case>& to, std::vector<Case> more) {
  to.insert(to.end(), more.begin(), more.end());
}

Input operand(Values values, DType dtype = floating) { return {{}, values, Layout::plain, dtype}; }

std::vector<Case> unary(Values values) { return Builder({operand(values)}).all(); }

std::vector<Case> binary(Values a, Values b) { return Builder({operand(a), operand(b)}).all(); }

/// `count` operands of small integers in each dtype.
std::vector<Case> integers(std::size_t count, std::initializer_list<DType> dtypes) {
  std::vector<Case> out;
  for (const auto dtype : dtypes)
    append(out, Builder(std::vector<Input>(count, operand(Values::whole, dtype))).few());
  return out;
}

std::vector<Case> arithmetic(Values a, Values b) {
  auto out = binary(a, b);
  append(out, integers(2, {DType::i32, DType::i64}));
  return out;
}

/// Operands that are often equal.
std::vector<Case> comparison() {
  auto out = binary(Values::whole, Values::whole);
  append(out, integers(2, {DType::i32, DType::i64, DType::u8, DType::boolean}));
  return out;
}

std::vector<Case> where() {
  const auto condition = operand(Values::whole, DType::boolean);
  auto out = Builder({condition, operand(Values::normal), operand(Values::normal)}).all();
  for (const auto dtype : {DType::i32, DType::i64, DType::u8, DType::boolean})
    append(
        out,
        Builder({condition, operand(Values::whole, dtype), operand(Values::whole, dtype)}).few());
  return out;
}

std::vector<Case> copy() {
  std::vector<Case> out = unary(Values::normal);
  const auto dtypes = {floating, DType::f64, DType::i32, DType::i64, DType::u8, DType::boolean};
  for (const auto from : dtypes)
    for (const auto to : dtypes) {
      Attributes attributes;
      attributes.dtype = to;
      const auto values = is_floating(from) ? Values::normal : Values::whole;
      append(out, Builder({operand(values, from)}, attributes).few());
    }
  return out;
}

std::vector<Case> activation_gradient() {
  std::vector<Case> out;
  for (const auto activation :
       {Activation::identity, Activation::relu, Activation::tanh, Activation::sigmoid}) {
    Attributes attributes;
    attributes.activation = activation;
    append(out, Builder({operand(Values::normal), operand(Values::clear)}, attributes).all());
  }
  return out;
}

std::vector<Case> dropout() {
  std::vector<Case> out;
  for (const double probability : {0.0, 0.3}) {
    Attributes attributes;
    attributes.probability = probability;
    auto noise = operand(Values::unit);
    noise.differentiable = false;
    append(out, Builder({operand(Values::normal), noise}, attributes).all());
  }
  return out;
}

}  // namespace

std::vector<Case> elementwise_cases(Op op) {
  using enum Values;
  switch (op) {
    case Op::copy:
      return copy();
    case Op::neg:
    case Op::abs:
    case Op::sign: {
      auto out = unary(clear);
      append(out, integers(1, {DType::i32, DType::i64}));
      return out;
    }
    case Op::exp:
    case Op::expm1:
    case Op::sin:
    case Op::cos:
    case Op::tanh:
    case Op::erf:
    case Op::sigmoid:
    case Op::softplus:
    case Op::square:
    case Op::floor:
    case Op::ceil:
    case Op::round:
    case Op::trunc:
      return unary(normal);
    case Op::log:
    case Op::log1p:
    case Op::sqrt:
    case Op::lgamma:
    case Op::digamma:
      return unary(positive);
    case Op::erfinv:
      return unary(unit);
    case Op::reciprocal:
      return unary(clear);
    case Op::add:
    case Op::sub:
    case Op::mul:
      return arithmetic(normal, normal);
    case Op::div:
      return arithmetic(normal, clear);
    case Op::maximum:
    case Op::minimum: {
      auto out = arithmetic(distinct, distinct);
      append(out, integers(2, {DType::u8}));
      return out;
    }
    case Op::atan2:
      return binary(normal, clear);
    case Op::pow:
      return binary(positive, normal);
    case Op::less:
    case Op::equal:
      return comparison();
    case Op::where:
      return where();
    case Op::activation_gradient:
      return activation_gradient();
    case Op::dropout:
      return dropout();
    case Op::reparameterize:
      return Builder({operand(normal), operand(normal), operand(normal)}).all();
    case Op::bce_with_logits:
      return binary(normal, unit);
    case Op::bce_with_logits_gradient:
      return Builder({operand(normal), operand(unit), operand(normal)}).all();
    case Op::gaussian_kl:
      return binary(normal, normal);
    default:
      return {};
  }
}

}  // namespace varve::conformance
