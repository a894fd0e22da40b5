#include <algorithm>
#include <cmath>
#include <cstring>

#include "framework/backend/decorators.h"
#include "framework/backend/elements.h"
#include "framework/backend/host.h"
#include "framework/core/error.h"
#include "framework/ops/table.h"

namespace varve {
namespace {

/// What memory holds that nobody has written: as a float a NaN that no computation makes, as a bool
/// neither true nor false. As an integer it is -1, which says nothing.
constexpr std::byte unwritten{0xFF};

bool shows_unwritten(DType dtype) { return is_floating(dtype) || dtype == DType::boolean; }

/// A view of a command, as messages name it.
struct Operand {
  const Command& command;
  const char* role;
  std::size_t number;
  const View& view;

  std::string where() const {
    return fmt::format("[{}] {} {} {}", name(command.op), role, number, str(view));
  }
  std::string whole() const { return str(command); }
};

std::vector<Operand> operands(const Command& command) {
  std::vector<Operand> out;
  for (std::size_t i = 0; i < command.in.size(); ++i)
    out.push_back({command, "input", i, command.in[i]});
  for (std::size_t i = 0; i < command.out.size(); ++i)
    out.push_back({command, "output", i, command.out[i]});
  return out;
}

void check_bounds(const Operand& operand) {
  const auto& view = operand.view;
  const auto size = static_cast<std::int64_t>(view.buffer.bytes() / size_of(view.dtype));
  const auto [first, last] = reach(view);
  if (first < 0 || last > size)
    fail(ErrorKind::usage,
         "{} with strides {} and offset {} spans elements {} to {} of a buffer of {}",
         operand.where(), view.strides.str(), view.offset, first, last - 1, size);
}

/// Calls f(byte offset) for the first byte of every element.
template <class F>
void for_elements(const View& view, F f) {
  const auto size = static_cast<std::int64_t>(size_of(view.dtype));
  Shape shape = view.shape;
  Dims at = Dims::filled(shape.size(), 0);
  for (std::int64_t left = shape.numel(); left > 0; --left) {
    std::int64_t offset = view.offset;
    for (std::size_t d = 0; d < shape.size(); ++d) offset += at[d] * view.strides[d];
    f(static_cast<std::size_t>(offset * size));
    for (std::size_t d = shape.size(); d-- > 0;) {
      if (++at[d] < shape[d]) break;
      at[d] = 0;
    }
  }
}

bool same_layout(const View& a, const View& b) {
  if (a.shape != b.shape || a.offset != b.offset || a.dtype != b.dtype) return false;
  for (std::size_t d = 0; d < a.shape.size(); ++d)
    if (a.shape[d] > 1 && a.strides[d] != b.strides[d]) return false;
  return true;
}

/// No element of an output is written twice, nor is one that the command reads, except in place by
/// an op that may.
void check_overlap(const Command& command) {
  const auto all = operands(command);
  for (std::size_t o = command.in.size(); o < all.size(); ++o) {
    const auto& out = all[o].view;
    std::vector<bool> written(out.buffer.bytes());
    for_elements(out, [&](std::size_t at) {
      if (written[at])
        fail(ErrorKind::usage, "{} with strides {} writes an element twice", all[o].where(),
             out.strides.str());
      for (std::size_t byte = 0; byte < size_of(out.dtype); ++byte) written[at + byte] = true;
    });
    for (std::size_t i = 0; i < o; ++i) {
      const auto& other = all[i].view;
      const bool in_place =
          may_overwrite(command.op) && i < command.in.size() && same_layout(out, other);
      if (!(other.buffer == out.buffer) || in_place) continue;
      for_elements(other, [&](std::size_t at) {
        if (written[at])
          fail(ErrorKind::usage, "{} overlaps {} {} in memory; give it memory of its own",
               all[o].where(), all[i].role, i);
      });
    }
  }
}

void mark_unwritten(Backend& backend, const View& view) {
  const auto [first, last] = reach(view);
  const auto size = size_of(view.dtype);
  const auto begin = static_cast<std::size_t>(first) * size;
  std::vector<std::byte> span(static_cast<std::size_t>(last - first) * size);
  backend.download(view.buffer, begin, span);
  for_elements(view,
               [&](std::size_t at) { std::fill_n(span.data() + (at - begin), size, unwritten); });
  backend.upload(view.buffer, begin, span);
}

void check_written(const Operand& operand, const Array& values) {
  if (!shows_unwritten(values.dtype)) return;
  const auto size = size_of(values.dtype);
  for (std::size_t at = 0; at < values.bytes.size(); at += size) {
    const auto first = values.bytes.begin() + static_cast<std::ptrdiff_t>(at);
    if (std::any_of(first, first + static_cast<std::ptrdiff_t>(size),
                    [](std::byte byte) { return byte != unwritten; }))
      continue;
    fail(ErrorKind::usage, "{} was never written at {}: {}", operand.where(),
         coordinates(values.shape, static_cast<std::int64_t>(at / size)), operand.whole());
  }
}

/// The first element that is NaN or infinite, or -1.
std::int64_t first_non_finite(const std::vector<double>& values) {
  const auto found = std::find_if(values.begin(), values.end(),
                                  [](double value) { return !std::isfinite(value); });
  return found == values.end() ? -1 : found - values.begin();
}

}  // namespace

Buffer Check::allocate(std::size_t bytes) {
  auto buffer = inner().allocate(bytes);
  inner().upload(buffer, 0, std::vector<std::byte>(bytes, unwritten));
  return buffer;
}

void Check::execute(const Command& command) {
  const auto all = operands(command);
  for (const auto& operand : all) check_bounds(operand);
  check_overlap(command);

  bool finite = std::isfinite(command.attributes.value);
  for (std::size_t i = 0; i < command.in.size(); ++i) {
    const auto values = read(inner(), command.in[i]);
    check_written(all[i], values);
    if (is_floating(values.dtype)) finite = finite && first_non_finite(to_doubles(values)) < 0;
  }
  for (const auto& out : command.out) {
    const bool in_place = std::any_of(command.in.begin(), command.in.end(),
                                      [&](const View& in) { return in.buffer == out.buffer; });
    if (!in_place) mark_unwritten(inner(), out);
  }

  inner().execute(command);

  for (std::size_t i = command.in.size(); i < all.size(); ++i) {
    const auto values = read(inner(), all[i].view);
    check_written(all[i], values);
    if (!finite || !is_floating(values.dtype)) continue;
    const auto numbers = to_doubles(values);
    if (const auto at = first_non_finite(numbers); at >= 0)
      fail(ErrorKind::non_finite, "{} is {} at {}, from finite inputs: {}", all[i].where(),
           std::isnan(numbers[static_cast<std::size_t>(at)]) ? "NaN" : "infinite",
           coordinates(values.shape, at), all[i].whole());
  }
}

}  // namespace varve
