#include "framework/backend/host.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "framework/backend/elements.h"

namespace varve {
namespace {

/// T is any type of the elements' size: only bytes are moved.
template <class T>
void gather(const std::vector<std::byte>& span, std::int64_t first, const View& view, Array& out) {
  const auto* source = reinterpret_cast<const T*>(span.data()) + (view.offset - first);
  auto* target = reinterpret_cast<T*>(out.bytes.data());
  const Elements<const T> elements(source, view.shape, view.strides);
  for (std::int64_t i = 0; i < elements.count(); ++i) target[i] = elements[i];
}

template <class T>
std::vector<double> widen(const Array& array) {
  const auto values = array.as<T>();
  std::vector<double> out(values.size());
  std::transform(values.begin(), values.end(), out.begin(),
                 [](T value) { return static_cast<double>(value); });
  return out;
}

std::string list(std::span<const View> views) {
  std::string out;
  for (const auto& view : views) out += (out.empty() ? "" : ", ") + str(view);
  return out;
}

}  // namespace

Reach reach(const View& view) {
  if (view.shape.numel() == 0) return {};
  Reach out{view.offset, view.offset + 1};
  for (std::size_t d = 0; d < view.shape.size(); ++d) {
    const auto span = (view.shape[d] - 1) * view.strides[d];
    (span < 0 ? out.first : out.last) += span;
  }
  return out;
}

Array read(Backend& backend, const View& view) {
  Array out = Array::zeros(view.shape, view.dtype);
  const auto [first, last] = reach(view);
  const auto size = size_of(view.dtype);
  std::vector<std::byte> span(static_cast<std::size_t>(last - first) * size);
  backend.download(view.buffer, static_cast<std::size_t>(first) * size, span);
  switch (size) {
    case 1:
      gather<std::uint8_t>(span, first, view, out);
      break;
    case 4:
      gather<std::uint32_t>(span, first, view, out);
      break;
    default:
      gather<std::uint64_t>(span, first, view, out);
      break;
  }
  return out;
}

std::vector<double> to_doubles(const Array& array) {
  switch (array.dtype) {
    case DType::f32:
      return widen<float>(array);
    case DType::f64:
      return widen<double>(array);
    case DType::i32:
      return widen<std::int32_t>(array);
    case DType::i64:
      return widen<std::int64_t>(array);
    case DType::u8:
      return widen<std::uint8_t>(array);
    case DType::boolean:
      return widen<bool>(array);
  }
  return {};
}

std::string coordinates(const Shape& shape, std::int64_t index) {
  Dims at = Dims::filled(shape.size(), 0);
  for (std::size_t d = shape.size(); d-- > 0; index /= shape[d]) at[d] = index % shape[d];
  return at.str();
}

std::string str(const View& view) {
  return fmt::format("{} {}", view.shape.str(), name(view.dtype));
}

std::string str(const Command& command) {
  return fmt::format("{} -> {}", list(command.in), list(command.out));
}

}  // namespace varve
