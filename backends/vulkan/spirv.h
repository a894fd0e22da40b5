#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace varve::vulkan::spirv {

using Id = std::uint32_t;
using Words = std::vector<std::uint32_t>;

/// Those opcodes of the SPIR-V specification that are read or written here.
enum class Opcode : std::uint16_t {
  source_continued = 2,  // the first of those that only explain
  name = 5,
  line = 8,  // the last
  entry_point = 15,
  execution_mode = 16,
  type_void = 19,  // the first that declares
  type_bool = 20,
  type_int = 21,
  type_vector = 23,
  type_runtime_array = 29,
  type_struct = 30,
  type_pointer = 32,
  constant_true = 41,  // from here on a type comes before the result
  constant = 43,
  function = 54,
  function_parameter = 55,
  function_end = 56,
  function_call = 57,
  variable = 59,
  load = 61,
  store = 62,
  access_chain = 65,
  decorate = 71,
  member_decorate = 72,
  composite_construct = 80,
  composite_extract = 81,
  u_convert = 113,
  f_negate = 127,
  f_add = 129,
  f_sub = 131,
  f_mul = 133,
  f_div = 136,
  select = 169,
  i_not_equal = 171,
  atomic_and = 240,
  atomic_or = 241,
  label = 248,
  return_ = 253,
};

/// A compiled shader, taken apart: functions by their names, and the global rest. It must have been
/// compiled without optimisation, so that functions and names are still there.
class Library {
 public:
  explicit Library(std::span<const std::uint32_t> words);

  struct Function {
    Id id = 0, result = 0;
    std::span<const std::uint32_t> words;
    std::vector<Id> calls;
  };
  /// A block of one runtime array.
  struct Block {
    Id pointer = 0;          ///< type of a variable of it
    Id element = 0;          ///< type
    Id element_pointer = 0;  ///< type
  };

  bool has(std::string_view function) const;
  const Function& function(std::string_view name) const;
  const Function& function(Id id) const { return functions_.at(id); }
  Block block(std::string_view name) const;
  /// The type of a vector's components.
  Id component(Id vector) const { return elements_.at(vector); }
  Id uint_type() const { return uint_; }
  Id bool_type() const { return bool_; }

 private:
  friend class Assembler;
  void read_global(std::span<const std::uint32_t> instruction);
  std::size_t read_function(std::size_t at);

  std::span<const std::uint32_t> words_;
  std::map<std::string, Id, std::less<>> names_;
  std::map<Id, Function> functions_;
  std::map<Id, Id> elements_;          ///< of structs, arrays and vectors: type of the first
  std::map<Id, Id> storage_pointers_;  ///< to a type
  std::set<Id> globals_;               ///< what is kept
  Words preamble_, entry_, modes_, decorations_, declarations_;
  Id uint_ = 0, bool_ = 0;
};

/// A new shader: the frame of a library, another body in place of its function body(uint), and
/// those of its functions that are called. Storage buffers are those that are bound here.
/// Arithmetic is never contracted, so that a value does not depend on what is computed beside it.
class Assembler {
 public:
  explicit Assembler(const Library& library);

  Id parameter() const { return parameter_; }  ///< of body()
  Id constant(std::uint32_t value);            ///< uint
  /// A storage buffer of a block that the library has, at a binding of set 0.
  Id bind(std::string_view block, std::uint32_t binding);
  Id call(std::string_view function, std::initializer_list<Id> arguments);
  Id call(std::string_view function, std::span<const Id> arguments);
  Id emit(Opcode opcode, Id type, std::initializer_list<Id> operands);
  void store(Id pointer, Id value);

  Words finish() const;

 private:
  void append_functions(Words& out, Words& decorations) const;

  const Library& library_;
  Id next_;
  Id parameter_;
  std::map<std::uint32_t, Id> constants_;
  std::vector<Id> variables_;
  std::set<Id> called_;
  Words decorations_, declarations_, body_;
};

}  // namespace varve::vulkan::spirv
