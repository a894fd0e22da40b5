#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "backends/vulkan/kernel.h"
#include "backends/vulkan/lines.h"
#include "backends/vulkan/links.h"
#include "backends/vulkan/parts.h"
#include "backends/vulkan/shaders.h"

namespace varve::vulkan {

namespace {

constexpr std::uint32_t group_size = 256;

bool takes_any(const Signature&, const Traits&) { return true; }

/// A word that, again and again, is what the whole view is filled with; false if there is none.
bool repeated_word(const View& out, double value, std::uint32_t& word) {
  std::vector<std::uint32_t> words;
  append_value(words, value, out.dtype);
  word = words[0];
  if (size_of(out.dtype) == 1) word *= 0x01010101U;
  return words.back() == words.front();
}

void fill(const Command& command, Encoder& encoder) {
  const View& out = command.out[0];
  const auto item = static_cast<std::int64_t>(size_of(out.dtype));
  std::uint32_t word = 0;
  if (out.contiguous() && repeated_word(out, command.attributes.value, word) &&
      out.offset * item % 4 == 0 && out.shape.numel() * item % 4 == 0) {
    encoder.fill_words(out, word);
  } else {
    run_links(command, encoder);
  }
}

/// A card's shaders move memory several times as fast as its transfer commands (4.1 TB/s and 0.66
/// on an H200), and a barrier between shaders alone costs less. Words are integers, so that every
/// bit stays as it is.
void copy_packed(View from, View to, Encoder& encoder) {
  if (encoder.traits().software || size_of(from.dtype) != sizeof(std::uint32_t)) {
    encoder.copy_bytes(from, to);
    return;
  }
  from.dtype = to.dtype = DType::i32;
  Command command{Op::copy, {std::move(from)}, {std::move(to)}, {}};
  command.attributes.dtype = DType::i32;
  run_links(command, encoder);
}

void copy(const Command& command, Encoder& encoder) {
  const View& from = command.in[0];
  const View& to = command.out[0];
  if (same_elements(from, to)) return;
  if (from.dtype == to.dtype && from.contiguous() && to.contiguous()) {
    copy_packed(from, to, encoder);
  } else {
    run_links(command, encoder);
  }
}

// --- iota ---

/// Whether all elements are whole numbers that the dtype holds and a double tells apart.
bool whole(double value, double step, std::int64_t count, DType dtype) {
  const double last = value + step * static_cast<double>(count - 1);
  const double limit = dtype == DType::i32 ? 0x1p31 - 1 : 0x1p53;
  return std::floor(value) == value && std::floor(step) == step && std::abs(step) <= limit &&
         std::abs(value) <= limit && std::abs(last) <= limit;
}

/// Any integers, run by run of equal ones: rounding fractions as f64 does is the host's work.
void iota_by_runs(const View& out, double value, double step, Encoder& encoder) {
  const auto element = [&](std::int64_t i) {
    std::vector<std::uint32_t> words;
    append_value(words, value + step * static_cast<double>(i), out.dtype);
    return words;
  };
  const std::int64_t count = out.shape.numel();
  for (std::int64_t begin = 0; begin < count;) {
    const auto words = element(begin);
    std::int64_t end = begin + 1;
    while (end < count && element(end) == words) ++end;
    Command command{Op::fill, {}, {run_of(out, begin, end - begin)}, {}};
    command.attributes.value = value + step * static_cast<double>(begin);
    fill(command, encoder);
    begin = end;
  }
}

struct IotaPush {
  std::array<std::uint32_t, 2> value, step;
  std::uint32_t count, out, first;
};

std::array<std::uint32_t, 2> pair_of(double value, DType dtype) {
  std::vector<std::uint32_t> words;
  append_value(words, value, dtype);
  if (dtype == DType::f32) append_value(words, value - double{static_cast<float>(value)}, dtype);
  words.resize(2);
  return {words[0], words[1]};
}

void iota_packed(const View& out, double value, double step, Encoder& encoder) {
  const DType dtype = out.dtype;
  const Shader& shader = dtype == DType::f32   ? shaders::iota_f32
                         : dtype == DType::i32 ? shaders::iota_i32
                                               : shaders::iota_i64;
  const Traits& traits = encoder.traits();
  for_each_part(traits, out.shape.numel(), size_of(dtype),
                [&](std::int64_t begin, std::int64_t count) {
                  Dispatch d(traits, shader, Op::iota);
                  IotaPush push{};
                  push.value = pair_of(value, dtype);
                  push.step = pair_of(step, dtype);
                  push.count = static_cast<std::uint32_t>(count);
                  push.out = d.write(run_of(out, begin, count));
                  push.first = static_cast<std::uint32_t>(begin);
                  d.push(push);
                  encoder.run(d, groups_for(traits, push.count, group_size));
                });
}

void iota(const Command& command, Encoder& encoder) {
  const View& out = command.out[0];
  const double value = command.attributes.value;
  const double step = command.attributes.step;
  const View to = out.contiguous() ? out : encoder.scratch(out.shape, out.dtype);
  const bool integer = !is_floating(out.dtype);
  if (integer && (out.dtype == DType::u8 || !whole(value, step, out.shape.numel(), out.dtype))) {
    iota_by_runs(to, value, step, encoder);
  } else {
    iota_packed(to, value, step, encoder);
  }
  if (!out.contiguous()) copy_view(to, out, encoder);
}

bool takes_numbers(const Signature& s, const Traits&) { return s.out[0].dtype != DType::boolean; }

}  // namespace

KernelEntry creation_kernel(Op op) {
  switch (op) {
    case Op::fill:
      return {fill, takes_any};
    case Op::copy:
      return {copy, takes_any};
    case Op::iota:
      return {iota, takes_numbers};
    default:
      return {};
  }
}

}  // namespace varve::vulkan
