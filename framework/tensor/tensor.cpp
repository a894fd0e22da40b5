#include "framework/tensor/tensor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "framework/core/cast.h"
#include "framework/core/error.h"
#include "framework/core/recycled.h"
#include "framework/ops/rules.h"
#include "framework/ops/table.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

Tensor created(Op op, Shape shape, DType dtype, const Device& device, double value, double step) {
  auto out = Tensor::empty(shape, dtype, device);
  Attributes attributes;
  attributes.value = value;
  attributes.step = step;
  attributes.shape = shape;
  attributes.dtype = dtype;
  device.backend().submit({op, {}, {out.view()}, attributes});
  return out;
}

}  // namespace

void Tensor::refuse_undefined() {
  fail(ErrorKind::usage, "[tensor] this tensor is undefined: it was never given a value");
}

Tensor::Impl::~Impl() { delete followed_.load(); }

Tensor::Impl::Leaf& Tensor::Impl::leaf() {
  if (!of_leaf) of_leaf = std::make_unique<Leaf>();
  return *of_leaf;
}

const View& Tensor::Impl::new_place() const {
  const Storage* storage = view.buffer.storage();
  if (const View* known = followed_.load()) return *known;
  auto now = std::make_unique<View>(view);
  now->buffer = Buffer(storage->moved->to);
  now->offset += static_cast<std::int64_t>(storage->moved->at / size_of(view.dtype));
  const View* known = nullptr;
  return followed_.compare_exchange_strong(known, now.get()) ? *now.release() : *known;
}

const std::shared_ptr<Moved>& Tensor::Impl::move() const {
  return moved != nullptr ? moved : view.buffer.storage()->moved;
}

void Tensor::Impl::written() const {
  auto& count = move() != nullptr ? move()->version : view.buffer.storage()->version;
  count.fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t Tensor::Impl::writes() const {
  const auto& storage = move() != nullptr ? *move()->to : *view.buffer.storage();
  const auto own = move() != nullptr ? move()->version.load(std::memory_order_relaxed) : 0;
  return own + storage.version.load(std::memory_order_relaxed);
}

Tensor::Tensor(View view, Device device)
    : impl_(make_recycled<Impl>(std::move(device), std::move(view))) {}

void require_computed(const Tensor& tensor) {
  if (tensor.view().buffer.storage()->recorded == 0) return;
  if (Redirection::find(tensor.device()) != nullptr) return;
  fail(ErrorKind::usage,
       "[tensor] this tensor of {} was made in a captured step that failed: it has no values",
       tensor.shape().str());
}

Tensor Tensor::empty(Shape shape, DType dtype, const Device& device) {
  const auto bytes = byte_size(shape, dtype);
  return Tensor({device.backend().allocate(bytes), shape, contiguous_strides(shape), 0, dtype},
                device);
}

Tensor Tensor::full(Shape shape, double value, DType dtype, const Device& device) {
  if (!holds(dtype, value))
    fail(ErrorKind::usage, "[full] {} cannot hold {}; use another dtype", name(dtype), value);
  return created(Op::fill, shape, dtype, device, value, 0);
}
Tensor Tensor::zeros(Shape shape, DType dtype, const Device& device) {
  return full(shape, 0, dtype, device);
}
Tensor Tensor::ones(Shape shape, DType dtype, const Device& device) {
  return full(shape, 1, dtype, device);
}
Tensor Tensor::scalar(double value, DType dtype, const Device& device) {
  return full({}, value, dtype, device);
}
Tensor Tensor::arange(std::int64_t count, double start, double step, DType dtype,
                      const Device& device) {
  // Integers may be rounded on the way, but not cut to what the dtype holds.
  const auto fits = [&](double value) {
    return holds(dtype, is_floating(dtype) ? value : std::trunc(value));
  };
  const double last = start + step * static_cast<double>(std::max<std::int64_t>(count, 1) - 1);
  if (!fits(start) || !fits(last))
    fail(ErrorKind::usage, "[arange] {} cannot hold all from {} to {}; use another dtype",
         name(dtype), start, last);
  return created(Op::iota, {count}, dtype, device, start, step);
}
Tensor Tensor::eye(std::int64_t n, DType dtype, const Device& device) {
  return diagonal_embed(ones({n}, dtype, device));
}

Tensor Tensor::from(const Array& array, const Device& device) {
  auto out = empty(array.shape, array.dtype, device);
  out.upload(array);
  return out;
}
Tensor Tensor::from(std::initializer_list<float> values, const Device& device) {
  return from(std::span<const float>(values.begin(), values.size()),
              Shape{static_cast<std::int64_t>(values.size())}, device);
}

std::int64_t Tensor::size(std::int64_t axis) const {
  return shape()[normalize_axis(axis, rank(), "size")];
}
std::int64_t Tensor::numel() const { return shape().numel(); }

Array Tensor::to_array() const {
  require_computed(*this);
  const auto packed = detach().contiguous();
  auto out = Array::zeros(shape(), dtype());
  if (out.bytes.empty()) return out;
  device().backend().download(packed.view().buffer,
                              static_cast<std::size_t>(packed.view().offset) * size_of(dtype()),
                              out.bytes);
  return out;
}

template <class T>
std::vector<T> Tensor::to_vector() const {
  // Cast on the host: not every device has every dtype.
  const auto array = to_array();
  const auto converted = [&]<class From>(From) {
    std::vector<T> values;
    values.reserve(static_cast<std::size_t>(array.numel()));
    for (const From value : array.template as<From>()) values.push_back(cast_value<T>(value));
    return values;
  };
  switch (array.dtype) {
    case DType::f32:
      return converted(float{});
    case DType::f64:
      return converted(double{});
    case DType::i32:
      return converted(std::int32_t{});
    case DType::i64:
      return converted(std::int64_t{});
    case DType::u8:
      return converted(std::uint8_t{});
    case DType::boolean:
      return converted(bool{});
  }
  return {};
}
template std::vector<float> Tensor::to_vector() const;
template std::vector<double> Tensor::to_vector() const;
template std::vector<std::int32_t> Tensor::to_vector() const;
template std::vector<std::int64_t> Tensor::to_vector() const;
template std::vector<std::uint8_t> Tensor::to_vector() const;

double Tensor::item() const {
  if (numel() != 1)
    fail(ErrorKind::usage, "[item] needs exactly one element, the tensor is {}", shape().str());
  return to_vector<double>()[0];
}

void Tensor::upload(const Array& array) {
  if (array.shape != shape())
    fail(ErrorKind::usage, "[upload] an array of {} does not fit a tensor of {}", array.shape.str(),
         shape().str());
  upload_bytes(array.bytes, array.dtype);
}

void Tensor::upload_bytes(std::span<const std::byte> bytes, DType dtype) {
  const auto& target = view();
  if (dtype != target.dtype || bytes.size() != static_cast<std::size_t>(numel()) * size_of(dtype))
    fail(ErrorKind::usage, "[upload] {} bytes of {} do not fit a tensor of {} {}", bytes.size(),
         name(dtype), shape().str(), name(target.dtype));
  if (bytes.empty()) return;
  impl_->written();
  if (!target.contiguous()) {
    auto packed = empty(shape(), dtype, device());
    packed.upload_bytes(bytes, dtype);
    assign(packed);
    return;
  }
  device().backend().upload(target.buffer, static_cast<std::size_t>(target.offset) * size_of(dtype),
                            bytes);
}

void Tensor::assign(const Tensor& source) {
  const NoGrad guard;
  const bool overlaps = source.view().buffer == view().buffer;
  Attributes attributes;
  attributes.dtype = dtype();
  apply_into(Op::copy, {(overlaps ? source.clone() : source).expand(shape())}, {*this}, attributes);
}

Tensor Tensor::reshape(Shape to) const {
  std::int64_t known = 1;
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i] == -1 && open) fail(ErrorKind::usage, "[reshape] two sizes are -1 in {}", to.str());
    if (to[i] == -1) {
      open = i;
    } else {
      known = checked_mul(known, to[i], "reshape");
    }
  }
  if (open) {
    if (known == 0 || numel() % known != 0)
      fail(ErrorKind::usage, "[reshape] {} does not divide into {}", shape().str(), to.str());
    to[*open] = numel() / known;
  }
  if (to == shape()) return *this;
  Attributes attributes;
  attributes.shape = to;
  const bool copies = to.numel() == numel() && !views::can_reshape(view(), to);
  return apply1(Op::reshape, {copies ? contiguous() : *this}, attributes);
}

Tensor Tensor::permute(Axes axes) const {
  for (auto& axis : axes) axis = static_cast<std::int64_t>(normalize_axis(axis, rank(), "permute"));
  Attributes attributes;
  attributes.axes = axes;
  return apply1(Op::permute, {*this}, attributes);
}

Tensor Tensor::transpose(std::int64_t a, std::int64_t b) const {
  Axes axes;
  for (std::size_t i = 0; i < rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  std::swap(axes[normalize_axis(a, rank(), "transpose")],
            axes[normalize_axis(b, rank(), "transpose")]);
  return permute(axes);
}

Tensor Tensor::expand(Shape to) const {
  if (to == shape()) return *this;
  Attributes attributes;
  attributes.shape = to;
  return apply1(Op::expand, {*this}, attributes);
}

Tensor Tensor::squeeze(std::int64_t axis) const {
  const auto at = normalize_axis(axis, rank(), "squeeze");
  if (shape()[at] != 1)
    fail(ErrorKind::usage, "[squeeze] axis {} of {} is not 1", axis, shape().str());
  Shape to = shape();
  to.erase(at);
  return reshape(to);
}

Tensor Tensor::unsqueeze(std::int64_t axis) const {
  Shape to = shape();
  to.insert(normalize_axis(axis, rank() + 1, "unsqueeze"), 1);
  return reshape(to);
}

Tensor Tensor::slice(std::int64_t axis, Slice range) const {
  const auto at = normalize_axis(axis, rank(), "slice");
  const auto size = shape()[at];
  if (range.step == 0) fail(ErrorKind::usage, "[slice] the step must not be 0");
  // As Python: negative counts from the end, then clamped.
  const auto resolve = [&](std::int64_t position) {
    if (position < 0) position += size;
    const std::int64_t low = range.step > 0 ? 0 : -1;
    const std::int64_t high = range.step > 0 ? size : size - 1;
    return std::min(std::max(position, low), high);
  };
  Attributes attributes;
  for (std::size_t i = 0; i < rank(); ++i) {
    attributes.start.push_back(0);
    attributes.stop.push_back(shape()[i]);
    attributes.stride.push_back(1);
  }
  const bool forward = range.step > 0;
  attributes.start[at] = range.start ? resolve(*range.start) : (forward ? 0 : size - 1);
  attributes.stop[at] = range.stop ? resolve(*range.stop) : (forward ? size : -1);
  attributes.stride[at] = range.step;
  if (forward && range.step == 1 && attributes.start[at] == 0 && attributes.stop[at] == size)
    return *this;
  return apply1(Op::slice, {*this}, attributes);
}

Tensor Tensor::slice(std::int64_t axis, std::int64_t start, std::int64_t stop) const {
  return slice(axis, Slice{start, stop, 1});
}

Tensor Tensor::select(std::int64_t axis, std::int64_t index) const {
  const auto count = size(axis);
  if (index < -count || index >= count)
    fail(ErrorKind::usage, "[select] index {} is outside axis {} of {}", index, axis,
         shape().str());
  const auto from = index < 0 ? index + count : index;
  return slice(axis, from, from + 1).squeeze(axis);
}

Tensor Tensor::flip(std::int64_t axis) const { return slice(axis, Slice{{}, {}, -1}); }

Tensor Tensor::diagonal() const { return apply1(Op::diagonal, {*this}); }

Tensor Tensor::flatten(std::int64_t first_axis) const {
  const auto at = normalize_axis(first_axis, rank(), "flatten");
  Shape to;
  std::int64_t joined = 1;
  for (std::size_t i = 0; i < rank(); ++i) {
    if (i < at) to.push_back(shape()[i]);
    if (i >= at) joined *= shape()[i];
  }
  to.push_back(joined);
  return reshape(to);
}

Tensors Tensor::chunk(std::int64_t count, std::int64_t axis) const {
  const auto total = size(axis);
  if (count < 1 || total % count != 0)
    fail(ErrorKind::usage, "[chunk] axis {} of {} does not divide into {} parts", axis,
         shape().str(), count);
  const auto each = total / count;
  Tensors parts;
  for (std::int64_t i = 0; i < count; ++i) parts.push_back(slice(axis, i * each, (i + 1) * each));
  return parts;
}

Tensor Tensor::contiguous() const { return view().contiguous() ? *this : clone(); }

Tensor Tensor::clone() const {
  Attributes attributes;
  attributes.dtype = dtype();
  return apply1(Op::copy, {*this}, attributes);
}

Tensor Tensor::to(DType dtype) const { return cast(*this, dtype); }

Tensor Tensor::to(const Device& target) const {
  return target == device() ? *this : from(to_array(), target);
}

bool Tensor::requires_grad() const {
  const auto& impl = known();
  return impl.requires_grad || impl.node != nullptr;
}

Tensor& Tensor::set_requires_grad(bool value) {
  known();
  if (value && !is_floating(dtype()))
    fail(ErrorKind::usage, "[autograd] a gradient needs f32 or f64, the tensor is {}",
         name(dtype()));
  if (impl_->node)
    fail(ErrorKind::usage, "[autograd] only a leaf can be marked; detach() the tensor first");
  impl_->requires_grad = value;
  return *this;
}

Tensor Tensor::grad() const {
  if (!known().of_leaf) return {};
  auto& leaf = *impl_->of_leaf;
  // The slot will hold the next gradient; what is handed out belongs to whoever asked for it.
  if (leaf.grad.defined() && leaf.grad.impl() == leaf.slot.impl()) {
    const NoGrad guard;
    leaf.grad = leaf.slot.clone();
  }
  return leaf.grad;
}

void Tensor::set_grad(Tensor gradient) {
  known();
  if (gradient.defined() && (!(gradient.spec() == spec()) || !(gradient.device() == device())))
    fail(ErrorKind::usage, "[set_grad] a gradient of {} {} on {} does not belong to {} {} on {}",
         gradient.shape().str(), name(gradient.dtype()), gradient.device().name(), shape().str(),
         name(dtype()), device().name());
  impl_->leaf().grad = std::move(gradient);
}

void Tensor::zero_grad() {
  if (known().of_leaf) impl_->of_leaf->grad = Tensor();
}

void Tensor::on_gradient(GradientHook hook) {
  if (!requires_grad())
    fail(ErrorKind::usage,
         "[on_gradient] no gradient flows to this tensor of {}: mark it, or what it is made of, "
         "with set_requires_grad() before",
         shape().str());
  if (impl_->node)
    impl_->node->add_hook(impl_->output, std::move(hook));
  else
    impl_->leaf().hooks.push_back(std::move(hook));
}

Tensor Tensor::detach() const {
  Tensor out(view(), device());
  out.impl_->moved = impl_->move();
  out.impl_->stale = impl_->stale;
  return out;
}

bool Tensor::owns_memory() const {
  const auto& v = view();
  return v.contiguous() && v.offset == 0 &&
         v.buffer.bytes() == static_cast<std::size_t>(numel()) * size_of(dtype());
}

void Tensor::move_to(const Tensor& place) {
  if (!owns_memory() || !(place.spec() == spec()) || !place.view().contiguous())
    fail(ErrorKind::usage, "[move_to] {} {} cannot move to {} {}", shape().str(), name(dtype()),
         place.shape().str(), name(place.dtype()));
  Tensor target = place;
  target.assign(*this);
  const auto moved = std::make_shared<Moved>();
  moved->to = place.view().buffer.shared();
  moved->at = static_cast<std::size_t>(place.view().offset) * size_of(dtype());
  moved->version = impl_->writes();
  view().buffer.storage()->moved = moved;
  impl_->moved = moved;
  impl_->view = place.view();
}

}  // namespace varve
