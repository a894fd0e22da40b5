#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framework/backend/backend.h"
#include "framework/backend/device.h"
#include "framework/core/array.h"

namespace varve {

class Node;
class Tensor;
using Tensors = std::vector<Tensor>;

/// A part of one axis for Tensor::slice: [start, stop) in steps. Negative positions count from the
/// end, as in Python; a negative step runs backwards and then needs explicit bounds or the
/// defaults.
struct Slice {
  std::optional<std::int64_t> start, stop;
  std::int64_t step = 1;
};

/// Called with a gradient as it arrives; a defined result takes its place.
using GradientHook = std::function<Tensor(const Tensor& gradient)>;

/// The one value type: a handle to device memory with a layout and, where gradients are wanted, a
/// place in the graph. Copying copies the handle; views share memory. Functions on tensors are in
/// functional.h; the operators below are the same functions.
///
/// Threads: what only reads a tensor may run on any number of threads at once; what changes one
/// (its values, its gradient, the module or graph that it is part of) needs it for itself. A handle
/// that is assigned to counts as changed, as any object of C++.
class Tensor {
 public:
  Tensor() = default;  ///< undefined
  Tensor(View view, Device device);
  Tensor(const Tensor&) = default;
  Tensor(Tensor&&) noexcept = default;
  ~Tensor() = default;
  // To variables only: `t[0] = x` would give a temporary another value and change nothing; write
  // `t[0].assign(x)`.
  Tensor& operator=(const Tensor&) & = default;
  Tensor& operator=(Tensor&&) & noexcept = default;

  // Making. `device` defaults to default_device().
  static Tensor empty(Shape shape, DType dtype = DType::f32,
                      const Device& device = default_device());
  static Tensor zeros(Shape shape, DType dtype = DType::f32,
                      const Device& device = default_device());
  static Tensor ones(Shape shape, DType dtype = DType::f32,
                     const Device& device = default_device());
  /// Throws ErrorKind::usage if the dtype cannot hold the value: a fraction or one out of range for
  /// an integer, beyond its largest for f32.
  static Tensor full(Shape shape, double value, DType dtype = DType::f32,
                     const Device& device = default_device());
  static Tensor scalar(double value, DType dtype = DType::f32,
                       const Device& device = default_device());
  /// 0, 1, ..., count - 1, times step, plus start; in integers cut to whole numbers. Throws
  /// ErrorKind::usage if that is beyond what the dtype holds.
  static Tensor arange(std::int64_t count, double start = 0, double step = 1,
                       DType dtype = DType::f32, const Device& device = default_device());
  static Tensor eye(std::int64_t n, DType dtype = DType::f32,
                    const Device& device = default_device());
  static Tensor from(const Array& array, const Device& device = default_device());
  template <class T>
  static Tensor from(std::span<const T> values, Shape shape,
                     const Device& device = default_device()) {
    return from(Array::of<T>(shape, values), device);
  }
  static Tensor from(std::initializer_list<float> values, const Device& device = default_device());

  // Asking.
  bool defined() const { return impl_ != nullptr; }
  const Shape& shape() const;
  std::int64_t size(std::int64_t axis) const;
  std::size_t rank() const;
  std::int64_t numel() const;
  DType dtype() const;
  const Device& device() const;
  /// Memory and layout, now: an optimizer moves parameters once, and views of them follow.
  const View& view() const;
  Spec spec() const { return {shape(), dtype()}; }

  // Reading back: waits for the device. Inside capture() these throw.
  Array to_array() const;
  template <class T>
  std::vector<T> to_vector() const;
  /// The value of a tensor with one element.
  double item() const;
  /// A readable print: values (shortened past 1000), shape, dtype, device.
  std::string str() const;

  /// Overwrites the values from host memory, in place; shape and dtype must match. Outside of
  /// autograd: a gradient that still needs the old values is an error at backward(). Not within a
  /// captured step.
  void upload(const Array& array);
  template <class T>
  void upload(std::span<const T> values) {
    upload_bytes(std::as_bytes(values), dtype_of<T>);
  }
  /// Overwrites the values from another tensor, in place; broadcasts and casts. Outside of
  /// autograd: a gradient that still needs the old values is an error at backward().
  void assign(const Tensor& source);

  // Views: no data moves.
  Tensor reshape(Shape shape) const;  ///< one size may be -1; copies if the strides do not allow it
  Tensor permute(Axes axes) const;
  Tensor transpose(std::int64_t a = -2, std::int64_t b = -1) const;
  Tensor expand(Shape shape) const;
  Tensor squeeze(std::int64_t axis) const;
  Tensor unsqueeze(std::int64_t axis) const;
  Tensor slice(std::int64_t axis, Slice range) const;
  Tensor slice(std::int64_t axis, std::int64_t start, std::int64_t stop) const;
  Tensor select(std::int64_t axis, std::int64_t index) const;  ///< drops the axis
  Tensor operator[](std::int64_t index) const { return select(0, index); }
  Tensor flip(std::int64_t axis) const;
  Tensor diagonal() const;                            ///< of the last two axes
  Tensor flatten(std::int64_t first_axis = 0) const;  ///< joins first_axis and all behind it
  Tensors chunk(std::int64_t count, std::int64_t axis) const;

  // Copies.
  Tensor contiguous() const;  ///< itself if it is already
  Tensor clone() const;
  Tensor to(DType dtype) const;
  Tensor to(const Device& device) const;  ///< outside of autograd

  // Autograd (see autograd/autograd.h).
  bool requires_grad() const;
  /// Marks a leaf whose gradient is wanted; floating point only. Returns the same tensor.
  Tensor& set_requires_grad(bool value = true);
  /// The gradient that backward() has accumulated; undefined before. What is written to it in place
  /// counts. After zero_grad() it keeps its values: the next backward() makes another.
  Tensor grad() const;
  /// Throws ErrorKind::usage if shape, dtype or device are not this tensor's.
  void set_grad(Tensor gradient);
  /// Forgets the gradient.
  void zero_grad();
  /// Calls `hook` in every backward() and grad() that passes through this tensor, with the gradient
  /// of all its uses together. Hooks run in the order in which they were added.
  void on_gradient(GradientHook hook);
  /// The same values outside the graph.
  Tensor detach() const;

  /// Moves the values for good to `place`, which holds nothing yet, and with them all handles and
  /// views. Needs a contiguous tensor that is the whole of its memory (see owns_memory), of the
  /// shape and dtype of `place`.
  void move_to(const Tensor& place);
  /// Whether it is contiguous and the whole of its buffer, which other tensors may view.
  bool owns_memory() const;

  struct Impl;
  const std::shared_ptr<Impl>& impl() const { return impl_; }
  explicit Tensor(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

 private:
  /// Throws ErrorKind::usage if it is undefined.
  const Impl& known() const;
  [[noreturn]] static void refuse_undefined();
  void upload_bytes(std::span<const std::byte> bytes, DType dtype);
  std::shared_ptr<Impl> impl_;
};

struct Tensor::Impl {
  /// What only leaves with gradients need.
  struct Leaf {
    Tensor grad;
    Tensor slot;  ///< where an optimizer wants the gradient
    std::vector<GradientHook> hooks;
  };

  Impl(Device on, View of) : device(std::move(on)), view(std::move(of)) {}
  ~Impl();
  Leaf& leaf();
  /// The view, or where its memory has moved.
  const View& place() const {
    const Storage* storage = view.buffer.storage();
    return storage == nullptr || storage->moved == nullptr ? view : new_place();
  }
  /// What says where the memory has moved, or null.
  const std::shared_ptr<Moved>& move() const;
  /// Notes a write in place.
  void written() const;
  /// How many writes in place there were. It belongs to the memory, not to the handle; what has
  /// moved counts its own and those of the whole new place.
  std::uint64_t writes() const;

  Device device;  // first: it outlives the memory
  View view;
  std::shared_ptr<Moved> moved;  ///< of what has moved to where `view` is
  std::shared_ptr<Node> node;    ///< what made it, when gradients flow through it
  std::size_t output = 0;        ///< which result of the node
  bool requires_grad = false;
  bool stale = false;  ///< written in place since a graph saved it: no op may read it
  std::unique_ptr<Leaf> of_leaf;

 private:
  const View& new_place() const;
  mutable std::atomic<const View*> followed_{nullptr};  ///< made by the first who asks
};

inline const Tensor::Impl& Tensor::known() const {
  if (impl_ == nullptr) refuse_undefined();
  return *impl_;
}
inline const Shape& Tensor::shape() const { return known().view.shape; }
inline std::size_t Tensor::rank() const { return shape().size(); }
inline DType Tensor::dtype() const { return known().view.dtype; }
inline const Device& Tensor::device() const { return known().device; }
inline const View& Tensor::view() const { return known().place(); }

/// Throws ErrorKind::usage if the tensor was made in a captured step that did not come to its end.
void require_computed(const Tensor& tensor);

std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

// A number takes the tensor's dtype, but never changes in an integer one: a fraction makes the
// result f32, whole numbers wrap around as integer arithmetic does. bool counts as i32; / divides
// truly. docs/pages/dtypes.md has the whole rule.
Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);
Tensor operator+(const Tensor& a, double b);
Tensor operator-(const Tensor& a, double b);
Tensor operator*(const Tensor& a, double b);
Tensor operator/(const Tensor& a, double b);
Tensor operator+(double a, const Tensor& b);
Tensor operator-(double a, const Tensor& b);
Tensor operator*(double a, const Tensor& b);
Tensor operator/(double a, const Tensor& b);
Tensor operator-(const Tensor& a);

// Elementwise comparisons, bool. A number beside an integer tensor is compared as what it is, were
// it beyond the dtype; fractions in f32.
Tensor operator==(const Tensor& a, const Tensor& b);
Tensor operator!=(const Tensor& a, const Tensor& b);
Tensor operator<(const Tensor& a, const Tensor& b);
Tensor operator<=(const Tensor& a, const Tensor& b);
Tensor operator>(const Tensor& a, const Tensor& b);
Tensor operator>=(const Tensor& a, const Tensor& b);
Tensor operator==(const Tensor& a, double b);
Tensor operator!=(const Tensor& a, double b);
Tensor operator<(const Tensor& a, double b);
Tensor operator<=(const Tensor& a, double b);
Tensor operator>(const Tensor& a, double b);
Tensor operator>=(const Tensor& a, double b);
Tensor operator==(double a, const Tensor& b);
Tensor operator!=(double a, const Tensor& b);
Tensor operator<(double a, const Tensor& b);
Tensor operator<=(double a, const Tensor& b);
Tensor operator>(double a, const Tensor& b);
Tensor operator>=(double a, const Tensor& b);

// `a += b` is `a = a + b`: the variable becomes another tensor, and gradients flow through it. The
// memory stays as it is, and so do other handles and views of it: to overwrite it, write
// `a.assign(a + b)`. So that nothing is lost in silence, they throw ErrorKind::usage for a leaf
// that requires gradients (a parameter), and if shape or dtype would be another.
Tensor& operator+=(Tensor& a, const Tensor& b);
Tensor& operator-=(Tensor& a, const Tensor& b);
Tensor& operator*=(Tensor& a, const Tensor& b);
Tensor& operator/=(Tensor& a, const Tensor& b);
Tensor& operator+=(Tensor& a, double b);
Tensor& operator-=(Tensor& a, double b);
Tensor& operator*=(Tensor& a, double b);
Tensor& operator/=(Tensor& a, double b);

}  // namespace varve
