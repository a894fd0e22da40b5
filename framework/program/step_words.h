#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <iterator>

#include "framework/backend/backend.h"

namespace varve {

inline constexpr std::uint64_t constant_mark = std::uint64_t{1} << 63;
/// Whether a row that begins with this word is a constant's.
inline bool is_constant(std::uint64_t first_word) { return (first_word & constant_mark) != 0; }

/// A command as a row of words: equal words, equal work, on the same memory but for the promised
/// buffers, of which their numbers count. A sink takes them: `sink(word)`, `sink(dims)`.
template <class Sink>
class StepWords {
 public:
  explicit StepWords(Sink& sink) : sink_(sink) {}

  /// Of a constant (see BufferUses) the number itself is left out.
  void put(const Command& command, bool constant) {
    sink_((constant ? constant_mark : 0) | static_cast<std::uint64_t>(command.op) << 32 |
          command.in.size() << 16 | command.out.size());
    put(command.attributes, !constant);
    for (const auto& view : command.in) put(view);
    for (const auto& view : command.out) put(view);
  }

 private:
  static std::uint64_t word(double value) { return std::bit_cast<std::uint64_t>(value); }
  static std::uint64_t word(std::int64_t value) { return static_cast<std::uint64_t>(value); }

  /// Numbers below 16, four bits each.
  template <class... Small>
  static std::uint64_t packed(Small... values) {
    std::uint64_t out = 0;
    ((out = out << 4 | static_cast<std::uint64_t>(values)), ...);
    return out;
  }

  /// Attributes keep their defaults where an op does not read them: most words stay away.
  void put(const Attributes& a, bool with_value) {
    static_assert(sizeof(Attributes) == 320, "a new attribute belongs into the words, too");
    const double numbers[] = {with_value ? a.value : 0,
                              a.step,
                              a.epsilon,
                              a.probability,
                              a.beta1,
                              a.beta2,
                              a.weight_decay};
    const auto& w = a.window;
    const std::int64_t windows[] = {w.kernel[0], w.kernel[1],  w.stride[0],
                                    w.stride[1], w.padding[0], w.padding[1]};
    // Differences from the defaults, together.
    std::uint64_t number_bits = word(numbers[1]) ^ word(1.0);
    for (const std::size_t i : {0, 2, 3, 4, 5, 6}) number_bits |= word(numbers[i]);
    const bool plain = number_bits == 0;
    const bool window = ((windows[0] ^ 1) | (windows[1] ^ 1) | (windows[2] ^ 1) | (windows[3] ^ 1) |
                         windows[4] | windows[5]) != 0;
    sink_(packed(a.axes.size(), a.shape.size(), a.start.size(), a.stop.size(), a.stride.size(),
                 a.decoupled, a.lower, plain, window, a.dtype, a.distribution, a.activation));
    if (!plain)
      for (const auto number : numbers) sink_(word(number));
    for (const auto* dims : {&a.axes, &a.shape, &a.start, &a.stop, &a.stride}) sink_(*dims);
    if (window)
      for (const auto size : windows) sink_(word(size));
  }

  void put(const View& view) {
    const Storage* storage = view.buffer.storage();
    // A promised buffer is its number; the highest bit keeps it apart from addresses.
    sink_(storage->recorded > 0 ? storage->recorded | std::uint64_t{1} << 63
                                : reinterpret_cast<std::uintptr_t>(storage));
    sink_(packed(view.shape.size(), view.dtype));
    sink_(word(view.offset));
    sink_(view.shape);
    sink_(view.strides);
  }

  Sink& sink_;
};

}  // namespace varve
