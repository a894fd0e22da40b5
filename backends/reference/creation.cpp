#include <cmath>
#include <numbers>

#include "backends/reference/kernels.h"
#include "framework/core/cast.h"
#include "framework/core/philox.h"

namespace varve::reference {
namespace {

void fill(const Command& command) {
  for_any(command, command.out[0].dtype, [&](auto type) {
    using T = decltype(type);
    const Elements<T> out(command.out[0]);
    for (std::int64_t i = 0; i < out.count(); ++i) out[i] = cast_value<T>(command.attributes.value);
  });
}

void iota(const Command& command) {
  for_number(command, command.out[0].dtype, [&](auto type) {
    using T = decltype(type);
    const Elements<T> out(command.out[0]);
    for (std::int64_t i = 0; i < out.count(); ++i)
      out[i] = cast_value<T>(command.attributes.value +
                             command.attributes.step * static_cast<double>(i));
  });
}

void copy(const Command& command) {
  for_any(command, command.in[0].dtype, [&](auto from) {
    for_any(command, command.out[0].dtype, [&](auto to) {
      const Elements<const decltype(from)> x(command.in[0]);
      const Elements<decltype(to)> out(command.out[0]);
      for (std::int64_t i = 0; i < out.count(); ++i) out[i] = cast_value<decltype(to)>(x[i]);
    });
  });
}

/// Box and Muller 1958: two uniform numbers make two normal ones.
template <class T>
T normal(T radius, T angle, bool second) {
  const T u1 = T{1} - radius;  // (0, 1]: the logarithm is finite
  const T turn = T{2} * std::numbers::pi_v<T> * angle;
  return std::sqrt(T{-2} * std::log(u1)) * (second ? std::sin(turn) : std::cos(turn));
}

/// Element i is a function of i and of the state: seed low, seed high, step, draw.
void random(const Command& command) {
  const Elements<const std::int32_t> state(command.in[0]);
  const auto word = [&](std::int64_t i) { return static_cast<std::uint32_t>(state[i]); };
  const auto words = [&](std::uint64_t block) {
    return philox({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                   word(3), word(2)},
                  {word(0), word(1)});
  };
  for_float(command, command.out[0].dtype, [&](auto type) {
    using T = decltype(type);
    const Elements<T> out(command.out[0]);
    for (std::int64_t i = 0; i < out.count(); ++i) {
      const auto block = static_cast<std::uint64_t>(i / 4);
      const auto lane = static_cast<std::size_t>(i % 4);
      const auto bits = words(block);
      const auto uniform = [&](std::size_t at) -> T {
        if constexpr (std::is_same_v<T, float>)
          return uniform_from_bits(bits[at]);
        else
          return uniform_from_bits(bits[at], words(block | second_words)[at]);
      };
      if (command.attributes.distribution == Distribution::uniform)
        out[i] = uniform(lane);
      else
        out[i] = normal<T>(uniform(lane / 2 * 2), uniform(lane / 2 * 2 + 1), lane % 2 == 1);
    }
  });
}

}  // namespace

void add_creation(KernelTable& table) {
  at(table, Op::fill) = fill;
  at(table, Op::iota) = iota;
  at(table, Op::copy) = copy;
  at(table, Op::random) = random;
}

}  // namespace varve::reference
