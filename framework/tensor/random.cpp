#include "framework/tensor/random.h"

#include <array>

#include "framework/core/error.h"
#include "framework/ops/table.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

constexpr std::uint64_t host_stream_base = 0x686f7374ULL << 32;  // apart from data order and noise

}  // namespace

void Generator::seed(std::uint64_t seed) {
  auto& state = device_.random_state();
  state.seed = seed;
  state.host_streams = 0;
  write_counter(0);
}

std::uint64_t Generator::seed() const { return device_.random_state().seed; }

void Generator::set_step(std::uint64_t step) { write_counter(step); }

void Generator::prepare() {
  if (!device_.random_state().counter) write_counter(0);
}

void Generator::write_counter(std::uint64_t step) {
  auto& state = device_.random_state();
  if (!state.counter) state.counter = device_.backend().allocate(4 * sizeof(std::uint32_t));
  const std::array<std::uint32_t, 4> words{static_cast<std::uint32_t>(state.seed),
                                           static_cast<std::uint32_t>(state.seed >> 32),
                                           static_cast<std::uint32_t>(step), 0};
  device_.backend().upload(state.counter, 0, std::as_bytes(std::span(words)));
}

View Generator::counter() const {
  return {device_.random_state().counter, {4}, {1}, 0, DType::i32};
}

Tensor Generator::draw(Distribution distribution, Shape shape, DType dtype) {
  prepare();
  const Tensor state(counter(), device_);
  auto out = Tensor::empty(shape, dtype, device_);
  Attributes attributes;
  attributes.shape = shape;
  attributes.dtype = dtype;
  attributes.distribution = distribution;
  apply_into(Op::random, {state}, {out}, attributes);
  const auto draws = state.slice(0, 3, 4);
  apply_into(Op::add, {draws, Tensor::ones({1}, DType::i32, device_)}, {draws});
  return out;
}

Tensor Generator::uniform(Shape shape, DType dtype) {
  return draw(Distribution::uniform, shape, dtype);
}

Tensor Generator::normal(Shape shape, DType dtype) {
  return draw(Distribution::normal, shape, dtype);
}

PhiloxStream Generator::host_stream() {
  auto& state = device_.random_state();
  return {state.seed, host_stream_base + state.host_streams++};
}

void manual_seed(std::uint64_t seed) { default_device().generator().seed(seed); }

Tensor rand(Shape shape, DType dtype, const Device& device) {
  return device.generator().uniform(shape, dtype);
}

Tensor randn(Shape shape, DType dtype, const Device& device) {
  return device.generator().normal(shape, dtype);
}

Tensor dropout(const Tensor& x, double p) {
  if (!(p >= 0 && p <= 1))
    fail(ErrorKind::usage, "[dropout] a probability lies from 0 to 1, got {}", p);
  Attributes attributes;
  attributes.probability = p;
  const auto u = x.device().generator().uniform(x.shape(), x.dtype());
  return apply1(Op::dropout, {x, u}, attributes);
}

}  // namespace varve
