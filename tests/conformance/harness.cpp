#include "tests/conformance/harness.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <numeric>

#include "framework/autograd/autograd.h"
#include "framework/backend/compare.h"
#include "framework/backend/host.h"
#include "framework/core/error.h"
#include "framework/core/philox.h"
#include "framework/tensor/functional.h"

namespace varve::conformance {
namespace {

double triangular(PhiloxStream& stream, const Shape& shape, std::int64_t i) {
  const std::int64_t column = i % shape.back();
  const std::int64_t line = i / shape.back() % shape[shape.size() - 2];
  return stream.normal() / 4 + (line == column ? 2 : 0);
}

/// Value i of n, for input number `position`.
double value(PhiloxStream& stream, const Input& input, const Shape& shape, std::int64_t i,
             std::uint64_t position) {
  const std::int64_t n = shape.numel();
  const double sign = stream.bits() % 2 == 0 ? 1 : -1;
  switch (input.values) {
    case Values::normal:
      return stream.normal();
    case Values::positive:
      return is_floating(input.dtype) ? double{stream.uniform(0.5F, 2.0F)} : 1 + stream.below(4);
    case Values::clear:
      return is_floating(input.dtype) ? sign * (0.1 + std::abs(stream.normal()))
                                      : sign * (1 + stream.below(4));
    case Values::unit:
      return stream.uniform();
    case Values::distinct: {  // 7919 is a prime, so that this is a permutation of 0 ... n - 1
      const auto place = static_cast<double>(i * 7919 % n - n / 2);
      return 0.05 * place + 0.025 * static_cast<double>(position);
    }
    case Values::whole:
      if (input.dtype == DType::boolean) return stream.below(2);
      return input.dtype == DType::u8 ? stream.below(5) : sign * stream.below(4);
    case Values::index:
      return stream.below(static_cast<std::uint32_t>(input.bound));
    case Values::triangular:
      return triangular(stream, shape, i);
  }
  return 0;
}

template <class T>
Array array_of(const Shape& shape, const std::vector<double>& values) {
  Array out = Array::zeros(shape, dtype_of<T>);
  std::transform(values.begin(), values.end(), out.as<T>().begin(),
                 [](double x) { return static_cast<T>(x); });
  return out;
}

Array array_of(const Shape& shape, DType dtype, std::vector<double> values) {
  switch (dtype) {
    case DType::f32:
      return array_of<float>(shape, values);
    case DType::f64:
      for (auto& x : values) x = static_cast<float>(x);
      return array_of<double>(shape, values);
    case DType::i32:
      return array_of<std::int32_t>(shape, values);
    case DType::i64:
      return array_of<std::int64_t>(shape, values);
    case DType::u8:
      return array_of<std::uint8_t>(shape, values);
    case DType::boolean:
      return array_of<bool>(shape, values);
  }
  return {};
}

/// The dtype itself, or the one under test that f32 stands for.
DType actual(DType dtype, DType floating) { return dtype == DType::f32 ? floating : dtype; }

/// The layout, or plain where the rank is too low for it.
Layout layout_of(const Input& input) {
  const std::size_t rank = input.shape.size();
  const bool needs_two = input.layout == Layout::transposed || input.layout == Layout::reversed;
  return rank < (needs_two ? 2 : 1) ? Layout::plain : input.layout;
}

Shape base_shape(const Input& input) {
  Shape shape = input.shape;
  const std::size_t last = shape.size() - 1;
  switch (layout_of(input)) {
    case Layout::transposed:
      std::swap(shape[last], shape[last - 1]);
      break;
    case Layout::reversed:
      std::reverse(shape.begin(), shape.end());
      break;
    case Layout::stepped:
      shape[last] = 2 * shape[last] + 1;
      break;
    case Layout::inner:
      for (auto& size : shape) size += 3;
      break;
    case Layout::expanded:
      shape[0] = 1;
      break;
    case Layout::repeated:
      shape[last] = 1;
      break;
    case Layout::plain:
    case Layout::flipped:
      break;
  }
  return shape;
}

Tensor arrange(const Input& input, const Tensor& base) {
  switch (layout_of(input)) {
    case Layout::transposed:
      return base.transpose();
    case Layout::reversed: {
      Axes axes = Dims::filled(base.rank(), 0);
      std::iota(axes.begin(), axes.end(), std::int64_t{0});
      std::reverse(axes.begin(), axes.end());
      return base.permute(axes);
    }
    case Layout::stepped:
      return base.slice(-1, Slice{1, base.size(-1), 2});
    case Layout::inner: {
      Tensor out = base;
      for (std::size_t d = 0; d < base.rank(); ++d) {
        const auto axis = static_cast<std::int64_t>(d);
        out = out.slice(axis, 1, 1 + input.shape[d]);
      }
      return out;
    }
    case Layout::flipped:
      return base.rank() > 1 ? base.flip(0).flip(-1) : base.flip(0);
    case Layout::expanded:
    case Layout::repeated:
      return base.expand(input.shape);
    case Layout::plain:
      break;
  }
  return base;
}

std::string run_guarded(const CaseTest& test, const Device& device, Op op, const Case& sample) {
  try {
    return test(device, op, sample);
  } catch (const std::exception& error) {
    return fmt::format("throws {}", error.what());
  }
}

}  // namespace

const Device& reference() {
  static const Device device = Device::open("reference");
  return device;
}

bool can_run(const Device& device, const Case& sample) {
  bool wide = sample.attributes.dtype == DType::f64;
  for (const auto& input : sample.in) wide = wide || input.dtype == DType::f64;
  return !wide || computes_in_f64(device);
}

Attributes attributes_of(Op op, const Case& sample, DType floating) {
  return signature_of(op, sample, floating).attributes;
}

Tensors make_bases(const Case& sample, DType floating, const Device& device) {
  Tensors out;
  for (std::size_t i = 0; i < sample.in.size(); ++i) {
    const auto& input = sample.in[i];
    const Shape shape = base_shape(input);
    PhiloxStream stream(20240601, i + 1);
    std::vector<double> values;
    for (std::int64_t k = 0; k < shape.numel(); ++k)
      values.push_back(value(stream, input, shape, k, i));
    out.push_back(
        Tensor::from(array_of(shape, actual(input.dtype, floating), std::move(values)), device));
  }
  return out;
}

Tensors arrange(const Case& sample, const Tensors& bases) {
  Tensors out;
  for (std::size_t i = 0; i < bases.size(); ++i) out.push_back(arrange(sample.in[i], bases[i]));
  return out;
}

Tensors make_inputs(const Case& sample, DType floating, const Device& device) {
  return arrange(sample, make_bases(sample, floating, device));
}

std::vector<bool> differentiable(const Case& sample) {
  std::vector<bool> out;
  for (const auto& input : sample.in)
    out.push_back(input.differentiable && is_floating(input.dtype));
  return out;
}

std::int64_t size_of(const Case& sample) {
  std::int64_t total = 0;
  for (const auto& input : sample.in) total += input.shape.numel();
  return total;
}

Specs specs_of(Op op, const Case& sample, DType floating) {
  return signature_of(op, sample, floating).out;
}

Tensors run(Op op, const Case& sample, DType floating, const Device& device) {
  const auto inputs = make_inputs(sample, floating, device);
  const auto attributes = attributes_of(op, sample, floating);
  if (!inputs.empty()) return apply(op, inputs, attributes);
  Tensors outputs;
  for (const auto& spec : specs_of(op, sample, floating))
    outputs.push_back(Tensor::empty(spec.shape, spec.dtype, device));
  apply_into(op, {}, outputs, attributes);
  return outputs;
}

Signature signature_of(Op op, const Case& sample, DType floating) {
  Signature out;
  out.attributes = sample.attributes;
  out.attributes.dtype = actual(out.attributes.dtype, floating);
  for (const auto& input : sample.in)
    out.in.push_back({input.shape, actual(input.dtype, floating)});
  out.out = row(op).shapes(out.in, out.attributes);
  return out;
}

std::string compare(const Tensors& got, const Tensors& want, const Tensors& magnitudes,
                    const Tolerance& tolerance) {
  if (got.size() != want.size()) return fmt::format("{} results", got.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i].shape() != want[i].shape())
      return fmt::format("result {} has shape {} and not {}", i, got[i].shape().str(),
                         want[i].shape().str());
    const auto magnitude =
        magnitudes.empty() ? std::vector<double>{} : to_doubles(magnitudes[i].to_array());
    const auto found =
        first_difference(got[i].to_array(), to_doubles(want[i].to_array()), magnitude, tolerance);
    if (found)
      return fmt::format("result {} at {} is {} and should be {}", i,
                         coordinates(got[i].shape(), found->index), found->got, found->want);
  }
  return "";
}

Tensors seeds_for(const Tensors& outputs) {
  Tensors out;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Case seed{{{outputs[i].shape()}}};
    out.push_back(make_bases(seed, outputs[i].dtype(), outputs[i].device())[0]);
  }
  return out;
}

Tensors gradients(const std::function<Tensors(const Tensors&)>& function, const Tensors& inputs,
                  const std::vector<bool>& differentiable) {
  Tensors leaves;
  Tensors wanted;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    leaves.push_back(inputs[i].detach());
    if (differentiable[i]) wanted.push_back(leaves.back().set_requires_grad());
  }
  const auto outputs = function(leaves);
  return grad(outputs, seeds_for(outputs), wanted);
}

Tensors largest(const Tensors& tensors) {
  Tensors out;
  for (const auto& tensor : tensors) {
    double most = 0;
    for (const double x : to_doubles(tensor.to_array())) most = std::max(most, std::abs(x));
    out.push_back(Tensor::full(tensor.shape(), most, DType::f64, reference()));
  }
  return out;
}

void for_every_case(const CaseTest& test) {
  for (const auto& reason : unavailable()) MESSAGE("not tested: " << reason);
  int count = 0;
  for (const auto& device : devices())
    for (const auto& op : op_table())
      for (const auto& sample : cases_of(op.op)) {
        if (!can_run(device, sample)) continue;
        ++count;
        const auto problem = run_guarded(test, device, op.op, sample);
        if (!problem.empty())
          FAIL_CHECK(device.name() << ": " << describe(op.op, sample) << ": " << problem);
      }
  CHECK(count > 0);
}

}  // namespace varve::conformance
