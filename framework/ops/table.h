#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "framework/autograd/autograd.h"
#include "framework/backend/backend.h"
#include "framework/ops/op.h"
#include "framework/tensor/tensor.h"

namespace varve {

enum class OpFamily : std::uint8_t {
  creation,
  unary,
  binary,
  ternary,
  reduce,
  matmul,
  index,
  window,  // required families
  fused,
  view,
};

/// How far a backend's f32 result may be from the f64 reference:
/// |got - want| <= absolute + relative * |want|.
struct Tolerance {
  double absolute = 1e-6;
  double relative = 1e-5;
};

/// What decorators, passes and backends want to know of an op beyond its rules.
struct OpTraits {
  /// Element i of the result depends on element i of the inputs alone, so that a chain of such ops
  /// may run block by block, and the result may lie where an input does.
  bool elementwise = false;
  /// Adds up many terms. The rounding error of such a result grows with the sum of the terms'
  /// magnitudes, however small the result is (Higham, Accuracy and Stability of Numerical
  /// Algorithms, 2002, section 4.2).
  bool accumulates = false;
  /// Reads all of an element's inputs before it writes it: an output may lie where an input does.
  bool overwrites = false;
};

/// Computes the results' shapes and dtypes; throws ErrorKind::usage with a `[op]` message when the
/// inputs do not fit. It may complete the attributes (say, normalise a negative axis).
using ShapeRule = Specs (*)(const Specs& inputs, Attributes& attributes);

/// The meaning of a fused op in other ops.
using Decomposition = Tensors (*)(const Tensors& inputs, const Attributes& attributes);

/// A view's layout, from its input's. Views have one input and one output.
using ViewRule = View (*)(const View& input, const Attributes& attributes);

/// "No gradient flows through this op", said out loud: a row needs this or a rule.
Tensors no_gradient(const GradientContext&);
/// "Differentiate the decomposition."
Tensors gradient_of_decomposition(const GradientContext&);

/// Everything the framework knows about one op.
struct OpRow {
  Op op;
  std::string_view name;
  OpFamily family;
  int min_arity, max_arity;
  ShapeRule shapes = nullptr;
  GradientRule gradient = nullptr;
  Decomposition decomposition = nullptr;  ///< fused rows
  ViewRule view = nullptr;                ///< view rows
  Tolerance tolerance = {};
  std::string_view meaning = {};  ///< one line, for the documentation
  OpTraits traits = {};

  bool required() const { return family < OpFamily::fused; }
};

/// All rows, indexed by Op. The first call checks every row (see check_row).
std::span<const OpRow> op_table();
const OpRow& row(Op op);

// Its traits.
inline bool is_elementwise(Op op) { return row(op).traits.elementwise; }
inline bool accumulates(Op op) { return row(op).traits.accumulates; }
inline bool may_overwrite(Op op) { return is_elementwise(op) || row(op).traits.overwrites; }

/// Throws ErrorKind::usage if a row lacks a shape rule, a gradient (or the explicit no_gradient),
/// or the decomposition or view rule that its family needs, or if an elementwise one has more than
/// three inputs.
void check_row(const OpRow& row);

/// Runs an op: checks shapes, makes the view or asks the backend, else runs the decomposition, and
/// notes the node for autograd. The one way into a backend.
Tensors apply(Op op, Tensors inputs, const Attributes& attributes = {});
Tensor apply1(Op op, Tensors inputs, const Attributes& attributes = {});

/// Runs an op into existing memory, outside of autograd: results overwrite `outputs`, which may be
/// the very inputs.
void apply_into(Op op, const Tensors& inputs, const Tensors& outputs,
                const Attributes& attributes = {});

}  // namespace varve
