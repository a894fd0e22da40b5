#include "framework/core/error.h"
#include "framework/ops/rules.h"

namespace varve::views {
namespace {

/// Strides with which `view` reads as `shape`, if there are any: each group of joined axes must be
/// evenly spaced. Returns false if a copy is needed.
bool reshaped_strides(const View& view, const Shape& shape, Strides& out) {
  out = Dims::filled(shape.size(), 1);
  if (shape.numel() == 0) {
    out = contiguous_strides(shape);
    return true;
  }
  Shape sizes;
  Strides strides;
  for (std::size_t i = 0; i < view.shape.size(); ++i)
    if (view.shape[i] != 1) {
      sizes.push_back(view.shape[i]);
      strides.push_back(view.strides[i]);
    }
  std::size_t old_begin = 0;
  std::size_t new_begin = 0;
  while (old_begin < sizes.size()) {
    std::size_t old_end = old_begin + 1;
    std::size_t new_end = new_begin + 1;
    auto old_count = sizes[old_begin];
    auto new_count = shape[new_begin];
    while (old_count != new_count) {
      if (new_count < old_count) {
        new_count *= shape[new_end++];
      } else {
        old_count *= sizes[old_end++];
      }
    }
    for (auto i = old_begin; i + 1 < old_end; ++i)
      if (strides[i] != sizes[i + 1] * strides[i + 1]) return false;
    out[new_end - 1] = strides[old_end - 1];
    for (auto i = new_end - 1; i > new_begin; --i) out[i - 1] = out[i] * shape[i];
    old_begin = old_end;
    new_begin = new_end;
  }
  return true;
}

}  // namespace

bool can_reshape(const View& view, const Shape& shape) {
  Strides strides;
  return reshaped_strides(view, shape, strides);
}

View reshape(const View& in, const Attributes& attributes) {
  View out = in;
  if (!reshaped_strides(in, attributes.shape, out.strides))
    fail(ErrorKind::usage, "[reshape] a strided {} cannot become {} without a copy", in.shape.str(),
         attributes.shape.str());
  out.shape = attributes.shape;
  return out;
}

View permute(const View& in, const Attributes& attributes) {
  View out = in;
  for (std::size_t i = 0; i < in.shape.size(); ++i) {
    const auto axis = static_cast<std::size_t>(attributes.axes[i]);
    out.shape[i] = in.shape[axis];
    out.strides[i] = in.strides[axis];
  }
  return out;
}

View expand(const View& in, const Attributes& attributes) {
  View out = in;
  out.shape = attributes.shape;
  out.strides = Dims::filled(attributes.shape.size(), 0);
  const auto lead = attributes.shape.size() - in.shape.size();
  for (std::size_t i = 0; i < in.shape.size(); ++i)
    if (in.shape[i] == attributes.shape[lead + i]) out.strides[lead + i] = in.strides[i];
  return out;
}

View slice(const View& in, const Attributes& attributes) {
  View out = in;
  for (std::size_t i = 0; i < in.shape.size(); ++i) {
    const auto step = attributes.stride[i];
    out.shape[i] = slice_count(attributes.start[i], attributes.stop[i], step);
    if (out.shape[i] > 0) out.offset += attributes.start[i] * in.strides[i];
    if (out.shape[i] > 1) out.strides[i] = in.strides[i] * step;
  }
  return out;
}

View diagonal(const View& in, const Attributes&) {
  View out = in;
  const auto last = in.shape.size() - 1;
  out.strides[last - 1] = in.strides[last] + in.strides[last - 1];
  out.shape.erase(last);
  out.strides.erase(last);
  return out;
}

}  // namespace varve::views
