#include "framework/program/step_key.h"

#include <algorithm>
#include <bit>
#include <iterator>

namespace varve {
namespace {

using Words = std::vector<std::uint64_t>;

std::uint64_t word(double value) { return std::bit_cast<std::uint64_t>(value); }
std::uint64_t word(std::int64_t value) { return static_cast<std::uint64_t>(value); }

void add(Words& words, const Dims& dims) {
  for (const auto size : dims) words.push_back(word(size));
}

/// Numbers below 16, four bits each.
template <class... Small>
std::uint64_t packed(Small... values) {
  std::uint64_t out = 0;
  ((out = out << 4 | static_cast<std::uint64_t>(values)), ...);
  return out;
}

/// Attributes keep their defaults where an op does not read them: most words stay away.
void add(Words& words, const Attributes& a, bool with_value) {
  static_assert(sizeof(Attributes) == 480, "a new attribute belongs into the key, too");
  const double numbers[] = {
      with_value ? a.value : 0, a.step, a.epsilon, a.probability, a.beta1, a.beta2, a.weight_decay};
  static constexpr double defaults[] = {0, 1, 0, 0, 0, 0, 0};
  const bool plain = std::equal(std::begin(numbers), std::end(numbers), defaults,
                                [](double x, double y) { return word(x) == word(y); });
  const bool window = !(a.window == Window{});
  words.push_back(packed(a.axes.size(), a.shape.size(), a.start.size(), a.stop.size(),
                         a.stride.size(), a.decoupled, a.lower, plain, window, a.dtype,
                         a.distribution, a.activation));
  if (!plain)
    for (const auto number : numbers) words.push_back(word(number));
  for (const auto* dims : {&a.axes, &a.shape, &a.start, &a.stop, &a.stride}) add(words, *dims);
  if (!window) return;
  for (const auto* pair : {a.window.kernel, a.window.stride, a.window.padding})
    for (int i = 0; i < 2; ++i) words.push_back(word(pair[i]));
}

void add(Words& words, const View& view) {
  const Storage* storage = view.buffer.storage();
  // A promised buffer is its number; the highest bit keeps it apart from addresses.
  words.push_back(storage->recorded > 0 ? storage->recorded | std::uint64_t{1} << 63
                                        : reinterpret_cast<std::uintptr_t>(storage));
  const bool dense = view.offset == 0 && view.strides == contiguous_strides(view.shape);
  words.push_back(packed(view.shape.size(), view.dtype, dense));
  add(words, view.shape);
  if (dense) return;
  words.push_back(word(view.offset));
  add(words, view.strides);
}

}  // namespace

BufferUses uses_of(const RecordedStep& step) {
  const auto count = step.buffers.size();
  std::vector<long> views(count), writes(count), fills(count);
  const auto number = [](const View& view) { return view.buffer.storage()->recorded; };
  for (const auto& command : step.commands) {
    for (const auto& view : command.in)
      if (number(view) > 0) ++views[number(view) - 1];
    for (const auto& view : command.out) {
      if (number(view) == 0) continue;
      ++views[number(view) - 1];
      ++writes[number(view) - 1];
      if (command.op == Op::fill) ++fills[number(view) - 1];
    }
  }
  BufferUses uses{std::vector<bool>(count), std::vector<bool>(count)};
  for (std::size_t i = 0; i < count; ++i) {
    uses.escapes[i] = step.buffers[i].use_count() > 1 + views[i];
    uses.constants[i] = !uses.escapes[i] && writes[i] == 1 && fills[i] == 1;
  }
  return uses;
}

void write_key(const RecordedStep& step, const BufferUses& uses, StepKey& key) {
  key.words.clear();
  key.constants.clear();
  for (const auto& command : step.commands) {
    const auto number = command.out[0].buffer.storage()->recorded;
    const bool constant = number > 0 && uses.constants[number - 1];
    if (constant) key.constants.push_back(command.attributes.value);
    key.words.push_back(static_cast<std::uint64_t>(command.op) << 32 | command.in.size() << 16 |
                        command.out.size());
    add(key.words, command.attributes, !constant);
    for (const auto& view : command.in) add(key.words, view);
    for (const auto& view : command.out) add(key.words, view);
  }
  for (std::size_t i = 0; i < step.buffers.size(); ++i)
    if (uses.escapes[i]) key.words.push_back(i);
}

}  // namespace varve
