#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <xsimd/xsimd.hpp>

namespace varve::cpu {

template <class T>
using Batch = xsimd::batch<T>;

template <class T>
inline constexpr std::int64_t lanes = static_cast<std::int64_t>(Batch<T>::size);

template <class T>
Batch<T> load(const T* from) {
  return Batch<T>::load_unaligned(from);
}

/// The first `count` < lanes elements; `rest` in the other lanes.
template <class T>
Batch<T> load_part(const T* from, std::int64_t count, T rest = T{0}) {
  alignas(64) T part[static_cast<std::size_t>(lanes<T>)];
  for (T& lane : part) lane = rest;
  std::memcpy(part, from, static_cast<std::size_t>(count) * sizeof(T));
  return Batch<T>::load_aligned(part);
}

template <class T>
void store_part(const Batch<T>& batch, T* to, std::int64_t count) {
  alignas(64) T part[static_cast<std::size_t>(lanes<T>)];
  batch.store_aligned(part);
  std::memcpy(to, part, static_cast<std::size_t>(count) * sizeof(T));
}

/// out[i] = f(in[i]...). The tail goes through the same vector code, so that no function is needed
/// in a second form.
template <class T, class F, class... In>
void map(std::int64_t count, T* out, const F& f, const In*... in) {
  std::int64_t i = 0;
  for (; i + lanes<T> <= count; i += lanes<T>) f(load(in + i)...).store_unaligned(out + i);
  if (i < count) store_part(f(load_part(in + i, count - i)...), out + i, count - i);
}

/// Sum of f(in[i]...) in a fixed order: four running vectors over a block, then across, and the
/// blocks in double, so that the rounding error does not grow with the count.
template <class T, class F, class... In>
double map_total(std::int64_t count, const F& f, const In*... in) {
  constexpr std::int64_t l = lanes<T>;
  constexpr std::int64_t block = 64 * l;
  double total = 0;
  for (std::int64_t begin = 0; begin < count; begin += block) {
    const std::int64_t end = std::min(begin + block, count);
    Batch<T> s0(T{0}), s1(T{0}), s2(T{0}), s3(T{0});
    std::int64_t i = begin;
    for (; i + 4 * l <= end; i += 4 * l) {
      s0 += f(load(in + i)...);
      s1 += f(load(in + i + l)...);
      s2 += f(load(in + i + 2 * l)...);
      s3 += f(load(in + i + 3 * l)...);
    }
    for (; i + l <= end; i += l) s0 += f(load(in + i)...);
    alignas(64) T lane[static_cast<std::size_t>(l)];
    ((s0 + s1) + (s2 + s3)).store_aligned(lane);
    if (i < end) {
      alignas(64) T tail[static_cast<std::size_t>(l)];
      f(load_part(in + i, end - i)...).store_aligned(tail);
      for (std::int64_t j = 0; j < end - i; ++j) lane[j] += tail[j];
    }
    for (std::int64_t width = l / 2; width > 0; width /= 2) {
      for (std::int64_t j = 0; j < width; ++j) lane[j] += lane[j + width];
    }
    total += lane[0];
  }
  return total;
}

/// The same, rounded to T.
template <class T, class F, class... In>
T map_sum(std::int64_t count, const F& f, const In*... in) {
  return static_cast<T>(map_total<T>(count, f, in...));
}

}  // namespace varve::cpu
