#pragma once

#include <cstdint>
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

/// The one value type: a handle to device memory with a layout and, where gradients are wanted, a
/// place in the graph. Copying copies the handle; views share memory. Functions on tensors are in
/// functional.h; the operators below are the same functions.
class Tensor {
 public:
  Tensor() = default;  ///< undefined
  Tensor(View view, Device device);

  // Making. `device` defaults to default_device().
  static Tensor empty(Shape shape, DType dtype = DType::f32,
                      const Device& device = default_device());
  static Tensor zeros(Shape shape, DType dtype = DType::f32,
                      const Device& device = default_device());
  static Tensor ones(Shape shape, DType dtype = DType::f32,
                     const Device& device = default_device());
  static Tensor full(Shape shape, double value, DType dtype = DType::f32,
                     const Device& device = default_device());
  static Tensor scalar(double value, DType dtype = DType::f32,
                       const Device& device = default_device());
  /// 0, 1, ..., count - 1, times step, plus start.
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
  /// autograd. This is how per-step values (learning rate, KL weight) reach a captured step.
  void upload(const Array& array);
  template <class T>
  void upload(std::span<const T> values) {
    upload_bytes(std::as_bytes(values), dtype_of<T>);
  }
  /// Overwrites the values from another tensor, in place; broadcasts and casts. Outside of
  /// autograd.
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
  /// The gradient that backward() has accumulated; undefined before.
  Tensor grad() const;
  void set_grad(Tensor gradient);
  /// Forgets the gradient; its memory is kept for the next backward().
  void zero_grad();
  /// The same values outside the graph.
  Tensor detach() const;

  /// Replaces the memory behind this handle and all its copies (used to lay parameters out in one
  /// arena). Shape and dtype must match.
  void rebind(const View& view);

  struct Impl;
  const std::shared_ptr<Impl>& impl() const { return impl_; }
  explicit Tensor(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

 private:
  void upload_bytes(std::span<const std::byte> bytes, DType dtype);
  std::shared_ptr<Impl> impl_;
};

struct Tensor::Impl {
  Device device;  // first: it outlives the memory
  View view;
  bool requires_grad = false;
  std::shared_ptr<Node> node;  ///< what made it, when gradients flow through it
  std::size_t output = 0;      ///< which result of the node
  Tensor grad;
  bool grad_filled = false;  ///< `grad` is kept between steps; this says whether it counts
};

std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

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

}  // namespace varve
