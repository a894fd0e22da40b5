#include "tests/corners/corners.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <exception>

#include "framework/autograd/autograd.h"
#include "framework/backend/compare.h"
#include "framework/backend/host.h"
#include "framework/core/cast.h"
#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "tests/devices.h"

namespace varve::corners {
namespace {

template <class T, class From>
Array array_of(const Shape& shape, std::initializer_list<From> values) {
  Array out = Array::zeros(shape, dtype_of<T>);
  REQUIRE(out.numel() == static_cast<std::int64_t>(values.size()));
  std::size_t i = 0;
  for (const From value : values) out.as<T>()[i++] = static_cast<T>(value);
  return out;
}

template <class From>
Shape line(std::initializer_list<From> values) {
  return {static_cast<std::int64_t>(values.size())};
}

/// f64 stands for the floating dtype under test.
Array actual(const Array& array, DType floating) {
  if (array.dtype != DType::f64 || floating == DType::f64) return array;
  Array out = Array::zeros(array.shape, DType::f32);
  for (std::size_t i = 0; i < out.as<float>().size(); ++i)
    out.as<float>()[i] = static_cast<float>(array.as<double>()[i]);
  return out;
}

/// The first `count` elements of the array again and again, on one axis.
Array repeated(const Array& array, std::int64_t count) {
  Array out = Array::zeros({count}, array.dtype);
  for (std::size_t i = 0; i < out.bytes.size(); ++i)
    out.bytes[i] = array.bytes[i % array.bytes.size()];
  return out;
}

enum class Layout : std::uint8_t { plain, stepped, flipped, transposed };
constexpr std::array layouts{Layout::plain, Layout::stepped, Layout::flipped, Layout::transposed};
constexpr std::array layout_names{"", ", every second element", ", backwards", ", transposed"};

/// The array as a tensor whose elements lie in another order or further apart.
Tensor place(const Array& array, Layout layout, const Device& device) {
  const Tensor plain = Tensor::from(array, device);
  const auto rank = plain.rank();
  if (rank == 0) return plain;
  switch (layout) {
    case Layout::plain:
      break;
    case Layout::stepped: {
      Shape shape = array.shape;
      shape[rank - 1] *= 2;
      const auto wide = Tensor::zeros(shape, array.dtype, device);
      Tensor out = wide.slice(-1, Slice{0, shape[rank - 1], 2});
      out.assign(plain);
      return out;
    }
    case Layout::flipped:
      return plain.flip(0).contiguous().flip(0);
    case Layout::transposed:
      return rank < 2 ? plain : plain.transpose().contiguous().transpose();
  }
  return plain;
}

bool has(const Device& device, const Array& array) {
  const Spec spec{array.shape, array.dtype};
  Attributes attributes;
  attributes.dtype = array.dtype;
  return device.backend().supports(Op::copy, {{spec}, {spec}, attributes});
}

/// "" or where `got` is not `want`.
std::string compare(const Tensor& got, const Array& want, const Tolerance& tolerance) {
  if (got.shape() != want.shape)
    return fmt::format("has shape {} and not {}", got.shape().str(), want.shape.str());
  if (got.dtype() != want.dtype)
    return fmt::format("is {} and not {}", name(got.dtype()), name(want.dtype));
  const Array values = got.to_array();
  if (!is_floating(want.dtype)) {  // all bits: a double has not enough for i64
    const auto size = size_of(want.dtype);
    for (std::size_t i = 0; i < want.bytes.size(); i += size)
      if (std::memcmp(&values.bytes[i], &want.bytes[i], size) != 0)
        return fmt::format("at {} is {} and should be {}", i / size, to_doubles(values)[i / size],
                           to_doubles(want)[i / size]);
    return "";
  }
  const auto wanted = to_doubles(want);
  if (const auto found = first_difference(values, wanted, {}, tolerance))
    return fmt::format("at {} is {} and should be {}", found->index, found->got, found->want);
  const auto numbers = to_doubles(values);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i] == 0 && std::signbit(wanted[i]) && !std::signbit(numbers[i]))
      return fmt::format("at {} is 0 and should be -0", i);
  return "";
}

std::string refusal(const Row& row, const Tensors& in, const std::string& says) {
  try {
    const auto values = row.run(in).to_array();  // a device may run behind
    return fmt::format("gives {} values and should be refused: {}", values.numel(), says);
  } catch (const Error& error) {
    const std::string_view what = error.what();
    if (error.kind() == ErrorKind::usage && what.find(says) != std::string_view::npos) return "";
    return fmt::format("is refused by \"{}\" and not by \"{}\"", what, says);
  }
}

/// One way of laying out one size of a row.
struct Run {
  const Device& device;
  DType floating;
  Layout layout;
  std::int64_t count;  ///< of elements; -1: as the row is

  Array sized(const Array& array) const {
    const Array out = actual(array, floating);
    return count < 0 || (out.numel() == 0 && count > 0) ? out : repeated(out, count);
  }
};

std::string problem_of(const Row& row, const Run& run) {
  Tensors in;
  for (const auto& array : row.in) in.push_back(place(run.sized(array), run.layout, run.device));
  if (const auto* refused = std::get_if<Refused>(&row.want)) return refusal(row, in, refused->says);

  auto tolerance = row.tolerance;
  if (run.floating == DType::f64)
    tolerance = {tolerance.absolute * 1e-6, tolerance.relative * 1e-6};
  bool differentiable = false;
  for (std::size_t i = 0; i < row.gradients.size(); ++i) {
    if (row.gradients[i].numel() == 0) continue;
    in[i].set_requires_grad();
    differentiable = true;
  }
  const auto result = row.run(in);
  const auto wrong = compare(result, run.sized(std::get<Array>(row.want)), tolerance);
  if (!wrong.empty()) return "the result " + wrong;

  if (!differentiable) return "";
  backward(sum(result));
  for (std::size_t i = 0; i < row.gradients.size(); ++i) {
    if (row.gradients[i].numel() == 0) continue;
    const auto off = compare(in[i].grad(), run.sized(row.gradients[i]), tolerance);
    if (!off.empty()) return fmt::format("the gradient of operand {} {}", i, off);
  }
  return "";
}

std::string guarded(const Row& row, const Run& run) {
  std::string problem;
  try {
    problem = problem_of(row, run);
  } catch (const std::exception& error) {
    problem = fmt::format("throws {}", error.what());
  }
  if (problem.empty()) return "";
  return fmt::format("{}, {}{}{}: {}", run.device.name(), name(run.floating),
                     layout_names[static_cast<std::size_t>(run.layout)],
                     run.count < 0 ? "" : fmt::format(", {} elements", run.count), problem);
}

bool is_floating_row(const Row& row) {
  const auto floats = [](const Array& array) { return array.dtype == DType::f64; };
  const auto* want = std::get_if<Array>(&row.want);
  return std::any_of(row.in.begin(), row.in.end(), floats) || (want != nullptr && floats(*want));
}

bool can_run(const Row& row, const Device& device, DType floating) {
  if (floating == DType::f64 && (!is_floating_row(row) || !testing::computes_in_f64(device)))
    return false;
  const auto* want = std::get_if<Array>(&row.want);
  if (want != nullptr && !has(device, actual(*want, floating))) return false;
  return std::all_of(row.in.begin(), row.in.end(),
                     [&](const Array& a) { return has(device, actual(a, floating)); });
}

}  // namespace

Array f(std::initializer_list<double> v) { return array_of<double>(line(v), v); }
Array f(Shape shape, std::initializer_list<double> v) { return array_of<double>(shape, v); }
Array f32(std::initializer_list<double> v) { return array_of<float>(line(v), v); }
Array f32(Shape shape, std::initializer_list<double> v) { return array_of<float>(shape, v); }
Array i32(std::initializer_list<std::int32_t> v) { return array_of<std::int32_t>(line(v), v); }
Array i32(Shape shape, std::initializer_list<std::int32_t> v) {
  return array_of<std::int32_t>(shape, v);
}
Array i64(std::initializer_list<std::int64_t> v) { return array_of<std::int64_t>(line(v), v); }
Array i64(Shape shape, std::initializer_list<std::int64_t> v) {
  return array_of<std::int64_t>(shape, v);
}
Array u8(std::initializer_list<std::uint8_t> v) { return array_of<std::uint8_t>(line(v), v); }
Array u8(Shape shape, std::initializer_list<std::uint8_t> v) {
  return array_of<std::uint8_t>(shape, v);
}
Array boolean(std::initializer_list<bool> v) { return array_of<bool>(line(v), v); }
Array boolean(Shape shape, std::initializer_list<bool> v) { return array_of<bool>(shape, v); }
Array scalar(double value) { return f({}, {value}); }
Array wave(Shape shape, double phase) {
  Array out = Array::zeros(shape, DType::f64);
  for (std::size_t i = 0; i < out.as<double>().size(); ++i) {
    const double value = std::sin(1.7 * static_cast<double>(i) + 0.4 + phase);
    out.as<double>()[i] = std::abs(value) < 0.05 ? 0.05 : value;
  }
  return out;
}

Tensor wave_beside(const Tensor& x, Shape shape, double phase) {
  return Tensor::from(actual(wave(shape, phase), x.dtype()), x.device());
}

std::string problem_of(const Row& row, const Device& device, DType floating) {
  if (!can_run(row, device, floating)) return "";
  std::vector<std::int64_t> counts{-1};
  if (row.kind == Kind::elementwise) counts = {-1, 0, 17, 129};
  for (const auto layout : layouts)
    for (const auto count : counts) {
      const auto problem = guarded(row, {device, floating, layout, count});
      if (!problem.empty()) return problem;
    }
  return "";
}

void check(std::span<const Row> rows) {
  for (const auto& reason : testing::unavailable()) MESSAGE("not tested: " << reason);
  for (const auto& row : rows)
    for (const auto& device : testing::devices())
      for (const auto floating : {DType::f32, DType::f64}) {
        const auto problem = problem_of(row, device, floating);
        if (!problem.empty()) FAIL_CHECK(row.function << ", " << row.situation << ": " << problem);
      }
}

}  // namespace varve::corners
