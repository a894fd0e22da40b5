#include "backends/vulkan/spirv.h"

#include <cstring>

#include "framework/core/error.h"

namespace varve::vulkan::spirv {

namespace {

constexpr std::size_t header_words = 5;
constexpr std::size_t bound_word = 3;

// Enumerants of the specification.
constexpr std::uint32_t storage_buffer = 12;  // storage class
constexpr std::uint32_t descriptor_set = 34, binding_number = 33, no_contraction = 42;

Opcode opcode_of(std::uint32_t word) { return static_cast<Opcode>(word & 0xffffU); }
std::size_t length_of(std::uint32_t word) { return word >> 16U; }

void append(Words& to, std::span<const std::uint32_t> words) {
  to.insert(to.end(), words.begin(), words.end());
}

void append(Words& to, Opcode opcode, std::initializer_list<std::uint32_t> operands) {
  const auto size = static_cast<std::uint32_t>(operands.size() + 1);
  to.push_back(size << 16U | static_cast<std::uint32_t>(opcode));
  to.insert(to.end(), operands.begin(), operands.end());
}

/// Text is packed into words, the first character lowest, and ends with a zero.
std::string text(std::span<const std::uint32_t> words) {
  std::string out;
  for (const std::uint32_t word : words) {
    for (std::uint32_t shift = 0; shift < 32; shift += 8) {
      const auto c = static_cast<char>(word >> shift & 0xffU);
      if (c == '\0') return out;
      out += c;
    }
  }
  return out;
}

std::size_t text_words(std::string_view text) { return text.size() / 4 + 1; }

bool is_arithmetic(Opcode opcode) {
  switch (opcode) {
    case Opcode::f_negate:
    case Opcode::f_add:
    case Opcode::f_sub:
    case Opcode::f_mul:
    case Opcode::f_div:
      return true;
    default:
      return false;
  }
}

}  // namespace

Library::Library(std::span<const std::uint32_t> words) : words_(words) {
  std::size_t at = header_words;
  while (at < words.size() && opcode_of(words[at]) != Opcode::function) {
    read_global(words.subspan(at, length_of(words[at])));
    at += length_of(words[at]);
  }
  while (at < words.size()) at = read_function(at);
}

void Library::read_global(std::span<const std::uint32_t> instruction) {
  const Opcode opcode = opcode_of(instruction[0]);
  switch (opcode) {
    case Opcode::name: {
      const std::string full = text(instruction.subspan(2));
      names_.emplace(full.substr(0, full.find('(')), instruction[1]);
      return;
    }
    case Opcode::entry_point:
      return append(entry_, instruction);
    case Opcode::execution_mode:
      return append(modes_, instruction);
    case Opcode::decorate:
      if (instruction[2] == no_contraction) return;
      return append(decorations_, instruction);
    case Opcode::member_decorate:
      return append(decorations_, instruction);
    case Opcode::variable:
      if (instruction[3] == storage_buffer) return;  // bind() makes others
      break;
    case Opcode::type_int:
      if (instruction[2] == 32 && instruction[3] == 0) uint_ = instruction[1];
      break;
    case Opcode::type_bool:
      bool_ = instruction[1];
      break;
    case Opcode::type_vector:
    case Opcode::type_runtime_array:
    case Opcode::type_struct:
      elements_[instruction[1]] = instruction[2];
      break;
    case Opcode::type_pointer:
      if (instruction[2] == storage_buffer) storage_pointers_[instruction[3]] = instruction[1];
      break;
    default:
      break;
  }
  if (opcode >= Opcode::source_continued && opcode <= Opcode::line) return;
  if (opcode < Opcode::type_void) return append(preamble_, instruction);
  globals_.insert(instruction[opcode < Opcode::constant_true ? 1 : 2]);
  append(declarations_, instruction);
}

std::size_t Library::read_function(std::size_t at) {
  const std::size_t begin = at;
  Function function;
  function.result = words_[at + 1];
  function.id = words_[at + 2];
  while (opcode_of(words_[at]) != Opcode::function_end) {
    if (opcode_of(words_[at]) == Opcode::function_call) function.calls.push_back(words_[at + 3]);
    at += length_of(words_[at]);
  }
  at += length_of(words_[at]);
  function.words = words_.subspan(begin, at - begin);
  functions_.emplace(function.id, std::move(function));
  return at;
}

bool Library::has(std::string_view function) const {
  const auto found = names_.find(function);
  return found != names_.end() && functions_.contains(found->second);
}

const Library::Function& Library::function(std::string_view name) const {
  const auto found = names_.find(name);
  if (found == names_.end() || !functions_.contains(found->second)) {
    fail(ErrorKind::usage, "[vulkan] no function {} to link a shader from", name);
  }
  return functions_.at(found->second);
}

Library::Block Library::block(std::string_view name) const {
  const auto found = names_.find(name);
  if (found == names_.end()) fail(ErrorKind::usage, "[vulkan] no block {} to link with", name);
  Block block;
  block.pointer = storage_pointers_.at(found->second);
  block.element = elements_.at(elements_.at(found->second));
  block.element_pointer = storage_pointers_.at(block.element);
  return block;
}

Assembler::Assembler(const Library& library)
    : library_(library), next_(library.words_[bound_word]), parameter_(next_++) {
  const Library::Function& old = library.function("body");
  // The same OpFunction, so that main() still calls it.
  append(body_, old.words.first(length_of(old.words[0])));
  append(body_, Opcode::function_parameter, {library.uint_, parameter_});
  append(body_, Opcode::label, {next_++});
}

Id Assembler::constant(std::uint32_t value) {
  const auto [entry, fresh] = constants_.try_emplace(value, next_);
  if (fresh) append(declarations_, Opcode::constant, {library_.uint_, next_++, value});
  return entry->second;
}

Id Assembler::bind(std::string_view block, std::uint32_t binding) {
  const Id variable = next_++;
  append(declarations_, Opcode::variable,
         {library_.block(block).pointer, variable, storage_buffer});
  append(decorations_, Opcode::decorate, {variable, descriptor_set, 0});
  append(decorations_, Opcode::decorate, {variable, binding_number, binding});
  variables_.push_back(variable);
  return variable;
}

Id Assembler::call(std::string_view function, std::initializer_list<Id> arguments) {
  return call(function, std::span(arguments.begin(), arguments.size()));
}

Id Assembler::call(std::string_view function, std::span<const Id> arguments) {
  const Library::Function& callee = library_.function(function);
  called_.insert(callee.id);
  const auto size = static_cast<std::uint32_t>(arguments.size() + 4);
  body_.push_back(size << 16U | static_cast<std::uint32_t>(Opcode::function_call));
  const Id result = next_++;
  append(body_, std::initializer_list<std::uint32_t>{callee.result, result, callee.id});
  append(body_, arguments);
  return result;
}

Id Assembler::emit(Opcode opcode, Id type, std::initializer_list<Id> operands) {
  const auto size = static_cast<std::uint32_t>(operands.size() + 3);
  body_.push_back(size << 16U | static_cast<std::uint32_t>(opcode));
  const Id result = next_++;
  append(body_, std::initializer_list<std::uint32_t>{type, result});
  append(body_, operands);
  return result;
}

void Assembler::store(Id pointer, Id value) { append(body_, Opcode::store, {pointer, value}); }

void Assembler::append_functions(Words& out, Words& decorations) const {
  const Id body = library_.function("body").id;
  std::set<Id> done{body};
  std::vector<Id> open(called_.begin(), called_.end());
  open.push_back(library_.function("main").id);
  while (!open.empty()) {
    const Id id = open.back();
    open.pop_back();
    if (!done.insert(id).second) continue;
    const Library::Function& function = library_.function(id);
    append(out, function.words);
    open.insert(open.end(), function.calls.begin(), function.calls.end());
    for (std::size_t at = 0; at < function.words.size(); at += length_of(function.words[at])) {
      if (!is_arithmetic(opcode_of(function.words[at]))) continue;
      append(decorations, Opcode::decorate, {function.words[at + 2], no_contraction});
    }
  }
}

Words Assembler::finish() const {
  Words functions;
  Words decorations = decorations_;
  append_functions(functions, decorations);
  append(functions, body_);
  append(functions, Opcode::return_, {});
  append(functions, Opcode::function_end, {});

  Words out(library_.words_.begin(), library_.words_.begin() + header_words);
  out[bound_word] = next_;
  append(out, library_.preamble_);
  // The entry point lists the global variables that there are.
  const std::span<const std::uint32_t> entry = library_.entry_;
  const std::size_t fixed = 3 + text_words(text(entry.subspan(3)));
  Words interface(entry.begin(), entry.begin() + static_cast<std::ptrdiff_t>(fixed));
  for (const Id id : entry.subspan(fixed)) {
    if (library_.globals_.contains(id)) interface.push_back(id);
  }
  append(interface, variables_);
  interface[0] = static_cast<std::uint32_t>(interface.size()) << 16U |
                 static_cast<std::uint32_t>(Opcode::entry_point);
  append(out, interface);
  append(out, library_.modes_);
  for (std::size_t at = 0; at < library_.decorations_.size();) {
    const std::span instruction =
        std::span(library_.decorations_).subspan(at, length_of(library_.decorations_[at]));
    if (library_.globals_.contains(instruction[1])) append(out, instruction);
    at += instruction.size();
  }
  append(out, decorations);
  append(out, library_.declarations_);
  append(out, declarations_);
  append(out, functions);
  return out;
}

}  // namespace varve::vulkan::spirv
