#include "backends/cpu/layout.h"

#include <algorithm>
#include <cstring>

namespace varve::cpu {

namespace {

template <class T>
void copy_strided(const std::byte* from, std::int64_t from_step, std::byte* to,
                  std::int64_t to_step, std::int64_t count) {
  const T* in = reinterpret_cast<const T*>(from);
  T* out = reinterpret_cast<T*>(to);
  if (from_step == 0 && to_step == 1) {
    std::fill_n(out, count, *in);
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) out[i * to_step] = in[i * from_step];
}

void copy_run(const std::byte* from, std::int64_t from_step, std::byte* to, std::int64_t to_step,
              std::int64_t count, std::size_t item) {
  if (from_step == 1 && to_step == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * item);
  } else if (item == 4) {
    copy_strided<std::uint32_t>(from, from_step, to, to_step, count);
  } else if (item == 8) {
    copy_strided<std::uint64_t>(from, from_step, to, to_step, count);
  } else {
    copy_strided<std::uint8_t>(from, from_step, to, to_step, count);
  }
}

/// Calls run(offset in elements, length, position) for the pieces of [begin, begin + count) that
/// lie within one innermost row.
template <class Run>
void for_each_row(const Walk& w, std::int64_t begin, std::int64_t count, const Run& run) {
  std::array<std::int64_t, Dims::max_rank> index{};
  std::int64_t offset = 0;
  std::int64_t rest = begin;
  for (std::size_t d = w.rank; d-- > 0;) {
    index[d] = rest % w.shape[d];
    rest /= w.shape[d];
    offset += index[d] * w.strides[d];
  }
  const std::size_t inner = w.rank - 1;
  for (std::int64_t done = 0; done < count;) {
    const std::int64_t length = std::min(count - done, w.shape[inner] - index[inner]);
    run(offset, length, done);
    done += length;
    offset -= index[inner] * w.strides[inner];
    index[inner] = 0;
    for (std::size_t d = inner; d-- > 0;) {
      offset += w.strides[d];
      if (++index[d] < w.shape[d]) break;
      offset -= w.shape[d] * w.strides[d];
      index[d] = 0;
    }
  }
}

std::byte* at(const Walk& w, std::int64_t offset) {
  return w.data + offset * static_cast<std::int64_t>(w.item);
}

}  // namespace

Walk walk(const View& view) {
  Walk w;
  static_cast<Layout&>(w) = layout(view);
  if (w.count > 0) w.data = view.buffer.host() + view.offset * static_cast<std::int64_t>(w.item);
  return w;
}

void read_run(const Walk& from, std::int64_t begin, std::int64_t count, std::byte* to) {
  if (from.flat()) {
    copy_run(at(from, begin), 1, to, 1, count, from.item);
    return;
  }
  const std::int64_t step = from.strides[from.rank - 1];
  for_each_row(from, begin, count, [&](std::int64_t offset, std::int64_t length, std::int64_t i) {
    copy_run(at(from, offset), step, to + i * static_cast<std::int64_t>(from.item), 1, length,
             from.item);
  });
}

void write_run(const Walk& to, std::int64_t begin, std::int64_t count, const std::byte* from) {
  if (to.flat()) {
    copy_run(from, 1, at(to, begin), 1, count, to.item);
    return;
  }
  const std::int64_t step = to.strides[to.rank - 1];
  for_each_row(to, begin, count, [&](std::int64_t offset, std::int64_t length, std::int64_t i) {
    copy_run(from + i * static_cast<std::int64_t>(to.item), 1, at(to, offset), step, length,
             to.item);
  });
}

}  // namespace varve::cpu
