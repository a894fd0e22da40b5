#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "framework/ops/table.h"
#include "framework/tensor/tensor.h"

/// Corner tables: what public functions give at infinities, NaN, zeros, extremes, of nothing and of
/// one element, with right values from mathematics or from PyTorch. A table is held against its
/// header's text by declared.h: a function without a row fails.
namespace varve::corners {

inline constexpr double inf = std::numeric_limits<double>::infinity();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Arrays for operands and results. Without a shape: one axis.

/// Of the floating dtype under test: a table runs in f32 everywhere, and in f64 where a device has
/// it.
Array f(std::initializer_list<double> values);
Array f(Shape shape, std::initializer_list<double> values);
/// f32 in both runs: what integers become, say.
Array f32(std::initializer_list<double> values);
Array f32(Shape shape, std::initializer_list<double> values);
Array i32(std::initializer_list<std::int32_t> values);
Array i32(Shape shape, std::initializer_list<std::int32_t> values);
Array i64(std::initializer_list<std::int64_t> values);
Array i64(Shape shape, std::initializer_list<std::int64_t> values);
Array u8(std::initializer_list<std::uint8_t> values);
Array u8(Shape shape, std::initializer_list<std::uint8_t> values);
Array boolean(std::initializer_list<bool> values);
Array boolean(Shape shape, std::initializer_list<bool> values);
/// A scalar of the dtype under test.
Array scalar(double value);
/// sin(1.7 i + 0.4 + phase), at least 0.05: numbers without a pattern, of the dtype under test.
Array wave(Shape shape, double phase);
/// The same as a tensor of x's dtype on x's device.
Tensor wave_beside(const Tensor& x, Shape shape, double phase);

/// The function throws ErrorKind::usage and says so in these words.
struct Refused {
  std::string says;
};

/// How the operands may vary without the result changing but in size.
enum class Kind : std::uint8_t {
  whole,        ///< not at all
  elementwise,  ///< operands are of one shape, element i gives element i: also repeated to 17 and
                ///< 129 elements, and cut to none
};

/// Every row runs on every device that has its dtypes, in f32 and f64, with its operands plain and
/// as views: every second element of something larger, backwards, transposed.
struct Row {
  std::string_view function;   ///< as the header spells it, "Normal::log_prob" for a member
  std::string_view situation;  ///< what is special, for the message
  std::vector<Array> in;
  std::function<Tensor(const Tensors&)> run;
  std::variant<Array, Refused> want;  ///< dtype and shape count; -0.0 wants a negative zero
  /// Of sum(result), an array an operand in order; one of no elements is not looked at.
  std::vector<Array> gradients = {};
  Kind kind = Kind::whole;
  Tolerance tolerance = {1e-7, 2e-6};  ///< of f32; in f64 a millionth of it
};
using Rows = std::vector<Row>;

/// "not checked", for Row::gradients.
inline Array any() { return f({}); }

/// Runs the rows and reports every failure with doctest.
void check(std::span<const Row> rows);

/// "" or what is wrong with a row on a device: what check() does.
std::string problem_of(const Row& row, const Device& device, DType floating);

}  // namespace varve::corners
