#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "backends/vulkan/pipelines.h"
#include "framework/backend/backend.h"

namespace varve::vulkan {

/// Where an operand of a link comes from.
struct Source {
  enum class Kind : std::uint8_t { input, link } kind = Kind::input;
  std::uint32_t index = 0;
};

/// One elementwise op, on registers.
struct Link {
  Op op = Op::copy;
  DType in = DType::f32;   ///< of the last operand; of a constant: of its value
  DType out = DType::f32;  ///< of the result
  Activation activation = Activation::identity;
  std::uint32_t arity = 0;
  std::array<Source, 3> from{};
  /// Push constants that it reads: the value of fill; probability of a zero and the scale of
  /// dropout.
  std::uint32_t words = 0;
};

/// How the place of item i in a buffer follows from i.
enum class Address : std::uint8_t {
  flat,     ///< i behind the first
  fixed,    ///< one place
  strided,  ///< by coordinates
};

/// All that decides about the code of an elementwise shader: ops in a row, each on registers that
/// were read or that earlier ones left. An item, what one invocation computes, is an element, or
/// four neighbours of the innermost axis, which halves the time of what memory bounds.
///
/// Push constants: the number of items; if rank > 0, for each axis but the outermost, the
/// innermost first, its size and what divides by it (see divisor()); for each buffer, inputs first,
/// the place of its first item and, if it is strided, `rank` strides, the innermost first; then the
/// words of each link. Sizes and strides count what an access loads or stores.
struct LinkProgram {
  struct Access {
    DType dtype = DType::f32;
    Address address = Address::flat;
    bool wide = false;       ///< four neighbours; else, where items are four, one for all of them
    std::uint32_t link = 0;  ///< outputs: whose result is stored
  };
  std::uint32_t rank = 0;  ///< of the coordinates, at most 4; 0: nothing is strided
  bool four = false;       ///< items are four elements
  // What the device has for i64, and for single bytes of memory; else words do for them.
  bool int64 = false, int8 = false;
  std::vector<Access> inputs, outputs;  ///< bindings, in this order
  std::vector<Link> links;

  std::uint32_t push_words() const;
};

/// The shader of a program. It is put together on first use, from functions that were compiled when
/// Varve was built, and kept for the life of the process: a program of n links is n calls, so that
/// the driver gets no more code than it needs.
const Shader& link_shader(const LinkProgram& program);

/// Whether shaders/links.comp has the op's function of operands of that dtype.
bool has_function(Op op, DType dtype);

/// Invocations of a work group of such shaders.
inline constexpr std::uint32_t link_group = 256;

/// What replaces a division by 1 <= size < 2^31 of a number below 2^31 (see links.comp).
struct Divisor {
  std::uint32_t factor = 0, shift = 0;
};
Divisor divisor(std::uint32_t size);

}  // namespace varve::vulkan
