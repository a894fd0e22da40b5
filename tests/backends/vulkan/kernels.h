#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/reference/reference.h"
#include "backends/vulkan/kernel.h"
#include "framework/backend/compare.h"
#include "framework/backend/host.h"
#include "framework/core/philox.h"
#include "framework/ops/table.h"
#include "tests/backends/vulkan/testing.h"

namespace varve::testing {

/// A device's stream, told that the device is another: what kernels choose for a graphics card and
/// for small bindings runs on any device.
class Altered : public vulkan::Encoder {
 public:
  Altered(vulkan::Stream& stream, vulkan::Traits traits)
      : stream_(stream), traits_(std::move(traits)) {}

  const vulkan::Traits& traits() const override { return traits_; }
  void run(const vulkan::Dispatch& dispatch, vulkan::Groups groups) override {
    stream_.run(dispatch, groups);
  }
  void fill_words(const View& out, std::uint32_t word) override { stream_.fill_words(out, word); }
  void copy_bytes(const View& from, const View& to) override { stream_.copy_bytes(from, to); }
  View scratch(Shape shape, DType dtype) override { return stream_.scratch(shape, dtype); }
  View counters(std::uint64_t count) override { return stream_.counters(count); }
  const Buffer& status() override { return stream_.status(); }

 private:
  vulkan::Stream& stream_;
  vulkan::Traits traits_;
};

/// An input: what lies in memory, and a view of it. The numbers are such that every dtype holds
/// them.
struct Operand {
  std::vector<double> memory;
  Shape shape;
  Strides strides;
  std::int64_t offset = 0;
  DType dtype = DType::f32;  ///< f32 stands for f64 on the reference
};

inline Operand packed(Shape shape, std::vector<double> memory, DType dtype = DType::f32) {
  return {std::move(memory), shape, contiguous_strides(shape), 0, dtype};
}

/// Fixed numbers between -1 and 1.
inline Operand noise(Shape shape, std::uint64_t stream = 1) {
  PhiloxStream random(7, stream);
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  for (double& value : values) value = double{random.uniform(-1, 1)};
  return packed(shape, std::move(values));
}

/// Fixed integers in [low, high).
inline Operand integers(Shape shape, std::int64_t low, std::int64_t high, DType dtype,
                        std::uint64_t stream = 1) {
  PhiloxStream random(11, stream);
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  for (double& value : values)
    value = static_cast<double>(low + random.below(static_cast<std::uint32_t>(high - low)));
  return packed(shape, std::move(values), dtype);
}

inline Operand permuted(const Operand& x, const Axes& axes) {
  Operand out = x;
  for (std::size_t d = 0; d < axes.size(); ++d) {
    out.shape[d] = x.shape[static_cast<std::size_t>(axes[d])];
    out.strides[d] = x.strides[static_cast<std::size_t>(axes[d])];
  }
  return out;
}

inline Operand flipped(Operand x, std::size_t d) {
  if (x.shape[d] > 0) x.offset += (x.shape[d] - 1) * x.strides[d];
  x.strides[d] = -x.strides[d];
  return x;
}

/// Every second index of dimension d.
inline Operand stepped(Operand x, std::size_t d) {
  x.shape[d] = (x.shape[d] + 1) / 2;
  x.strides[d] *= 2;
  return x;
}

/// The first index of dimension d, `size` times.
inline Operand repeated(Operand x, std::size_t d, std::int64_t size) {
  x.shape[d] = size;
  x.strides[d] = 0;
  return x;
}

/// Op, inputs and attributes, of which the shape rule completes the attributes.
struct Problem {
  Op op;
  std::vector<Operand> in;
  Attributes attributes;
  Specs results;

  Problem(Op o, std::vector<Operand> operands, Attributes a = {})
      : op(o), in(std::move(operands)), attributes(a) {
    Specs specs;
    for (const Operand& x : in) specs.push_back({x.shape, x.dtype});
    results = row(op).shapes(specs, attributes);
  }
};

inline Problem along(Op op, std::vector<Operand> operands, Axes axes) {
  Attributes attributes;
  attributes.axes = axes;
  return {op, std::move(operands), attributes};
}

template <class T>
std::vector<std::byte> bytes_as(const std::vector<double>& values) {
  std::vector<std::byte> out(values.size() * sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = static_cast<T>(values[i]);
    std::memcpy(out.data() + i * sizeof(T), &value, sizeof(T));
  }
  return out;
}

inline std::vector<std::byte> bytes_as(DType dtype, const std::vector<double>& values) {
  switch (dtype) {
    case DType::f32:
      return bytes_as<float>(values);
    case DType::f64:
      return bytes_as<double>(values);
    case DType::i32:
      return bytes_as<std::int32_t>(values);
    case DType::i64:
      return bytes_as<std::int64_t>(values);
    case DType::u8:
      return bytes_as<std::uint8_t>(values);
    case DType::boolean:
      return bytes_as<bool>(values);
  }
  return {};
}

template <class T>
std::vector<double> doubles_of(const std::vector<std::byte>& bytes) {
  std::vector<double> out(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    out[i] = static_cast<double>(value);
  }
  return out;
}

inline std::vector<double> doubles_of(DType dtype, const std::vector<std::byte>& bytes) {
  switch (dtype) {
    case DType::f32:
      return doubles_of<float>(bytes);
    case DType::f64:
      return doubles_of<double>(bytes);
    case DType::i32:
      return doubles_of<std::int32_t>(bytes);
    case DType::i64:
      return doubles_of<std::int64_t>(bytes);
    default:
      return doubles_of<std::uint8_t>(bytes);
  }
}

/// Bytes of every result.
using Results = std::vector<std::vector<std::byte>>;

/// What the device computes, with traits of its own or others.
inline Results run(Rig& rig, const vulkan::Traits& traits, const Problem& problem) {
  Altered encoder(rig.stream, traits);
  Command command{problem.op, {}, {}, problem.attributes};
  for (const Operand& x : problem.in) {
    const auto bytes = bytes_as(x.dtype, x.memory);
    const View memory = rig.make({static_cast<std::int64_t>(x.memory.size())}, x.dtype);
    if (!bytes.empty()) rig.stream.upload(memory.buffer, 0, bytes);
    command.in.push_back({memory.buffer, x.shape, x.strides, x.offset, x.dtype});
  }
  for (const Spec& spec : problem.results) {
    command.out.push_back(rig.make(spec.shape, spec.dtype));
    // What is not written shows: the bytes of a NaN.
    const std::vector<std::byte> unwritten(command.out.back().buffer.bytes(), std::byte{0xff});
    if (!unwritten.empty()) rig.stream.upload(command.out.back().buffer, 0, unwritten);
  }
  if (problem.results[0].shape.numel() > 0)
    vulkan::find_kernel(problem.op).kernel(command, encoder);
  Results results;
  for (const View& out : command.out) {
    auto& bytes =
        results.emplace_back(static_cast<std::size_t>(out.shape.numel()) * size_of(out.dtype));
    if (!bytes.empty()) rig.stream.download(out.buffer, 0, bytes);
  }
  return results;
}

/// What the reference computes, in f64 for f32; of fused ops it knows the decomposition.
inline std::vector<std::vector<double>> expected(const Problem& problem) {
  static const Device device(make_reference_backend());
  Tensors inputs;
  for (const Operand& x : problem.in) {
    const DType dtype = x.dtype == DType::f32 ? DType::f64 : x.dtype;
    const auto bytes = bytes_as(dtype, x.memory);
    const Buffer memory = device.backend().allocate(bytes.size());
    device.backend().upload(memory, 0, bytes);
    inputs.push_back(Tensor({memory, x.shape, x.strides, x.offset, dtype}, device));
  }
  std::vector<std::vector<double>> out;
  for (const Tensor& result : apply(problem.op, inputs, problem.attributes))
    out.push_back(to_doubles(result.to_array()));
  return out;
}

inline std::string describe(const Problem& problem) {
  std::string text(name(problem.op));
  for (const Operand& x : problem.in)
    text += " " + x.shape.str() + " by " + x.strides.str() + " " + std::string(name(x.dtype));
  return text + " axes " + problem.attributes.axes.str();
}

/// Compares with the reference, within the tolerance of the op's row.
inline void check_with(Rig& rig, const vulkan::Traits& traits, const Problem& problem) {
  const std::string kind = traits.software ? ", as a processor" : ", as a graphics card";
  INFO(describe(problem), kind);
  const auto want = expected(problem);
  const Results got = run(rig, traits, problem);
  REQUIRE(got.size() == want.size());
  const Tolerance tolerance = row(problem.op).tolerance;
  for (std::size_t r = 0; r < got.size(); ++r) {
    const auto values = doubles_of(problem.results[r].dtype, got[r]);
    REQUIRE(values.size() == want[r].size());
    std::size_t wrong = values.size();
    for (std::size_t i = values.size(); i-- > 0;) {
      const bool nans = values[i] != values[i] && want[r][i] != want[r][i];
      const double error = std::abs(values[i] - want[r][i]);
      const bool near = error <= tolerance.absolute + tolerance.relative * std::abs(want[r][i]);
      if (!nans && values[i] != want[r][i] && !near) wrong = i;
    }
    if (wrong < values.size())
      FAIL_CHECK("result " << r << " element " << wrong << " is " << values[wrong] << ", not "
                           << want[r][wrong]);
  }
}

/// As a processor and as a graphics card, whichever the device is.
inline void check(Rig& rig, const Problem& problem) {
  vulkan::Traits traits = rig.context.traits();
  for (const bool software : {true, false}) {
    traits.software = software;
    check_with(rig, traits, problem);
  }
}

/// Bit for bit the same in two runs.
inline void check_repeats(Rig& rig, const Problem& problem) {
  vulkan::Traits traits = rig.context.traits();
  for (const bool software : {true, false}) {
    traits.software = software;
    CHECK(run(rig, traits, problem) == run(rig, traits, problem));
  }
}

/// As if a binding held so many bytes.
inline void check_in_parts(Rig& rig, std::uint64_t max_range, const Problem& problem) {
  vulkan::Traits traits = rig.context.traits();
  traits.max_range = max_range;
  check_with(rig, traits, problem);
}

constexpr std::int64_t awkward_sizes[] = {1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1000};

}  // namespace varve::testing
