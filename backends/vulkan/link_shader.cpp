#include "backends/vulkan/link_shader.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "backends/vulkan/shaders.h"
#include "backends/vulkan/spirv.h"
#include "framework/ops/table.h"

namespace varve::vulkan {

namespace {

using spirv::Assembler;
using spirv::Id;
using spirv::Library;
using spirv::Opcode;

// links.comp packs three numbers an axis behind the count.
constexpr std::uint32_t axis_words = 3;

std::uint32_t access_words(const LinkProgram::Access& access, std::uint32_t rank) {
  return access.address == Address::strided ? 1 + rank : 1;
}

/// The function of shaders/links.comp; empty if the result is the first operand.
std::string function_name(const Link& link) {
  const std::string_view in = varve::name(link.in);
  switch (link.op) {
    case Op::copy:
      if (link.in == link.out) return "";
      return fmt::format("{}_from_{}", varve::name(link.out), in);
    case Op::fill:
      return fmt::format("constant_{}", in);
    case Op::activation_gradient:
      if (link.activation == Activation::identity) return "";
      return fmt::format("{}_gradient_f32", varve::name(link.activation));
    default:
      return fmt::format("{}_{}", varve::name(link.op), in);
  }
}

/// Puts the body of a program's shader together.
class Writer {
 public:
  Writer(const Library& library, const LinkProgram& program)
      : library_(library), program_(program), to_(library), lanes_(program.four ? 4 : 1) {}

  spirv::Words write() {
    if (program_.rank > 0) {
      rank_ = to_.constant(program_.rank);
      at_ = to_.call("coordinates", {to_.parameter(), rank_});
      word_ += axis_words * (program_.rank - 1);
    }
    for (const auto& input : program_.inputs) {
      inputs_.push_back(load(input, element(input, "Read")));
    }
    // Their words come before those of the links.
    std::vector<Element> targets;
    for (const auto& output : program_.outputs) targets.push_back(element(output, "Write"));
    for (const Link& link : program_.links) links_.push_back(results_of(link));
    for (std::size_t i = 0; i < targets.size(); ++i) store(program_.outputs[i], targets[i]);
    return to_.finish();
  }

 private:
  using Lanes = std::array<Id, 4>;
  struct Element {
    Library::Block block;
    Id pointer;
    Id place;  ///< in elements, of which a word of bytes has four
  };

  static bool is_byte(DType dtype) { return dtype == DType::boolean || dtype == DType::u8; }

  /// Whether an access takes one byte out of a word, for want of memory by the byte.
  bool is_part(const LinkProgram::Access& access) const {
    return is_byte(access.dtype) && !access.wide && !program_.int8;
  }

  /// bool lies in memory as u8.
  std::string block_name(std::string_view use, const LinkProgram::Access& access) const {
    const DType dtype = access.dtype == DType::boolean ? DType::u8 : access.dtype;
    return fmt::format("{}_{}{}", use, varve::name(dtype),
                       access.wide || is_part(access) ? "x4" : "");
  }

  Element element(const LinkProgram::Access& access, std::string_view use) {
    // What of a word is not stored must not change.
    const bool update = is_part(access) && use == "Write";
    const std::string name = block_name(update ? "Update" : use, access);
    const Id variable = to_.bind(name, binding_++);
    const Id word = to_.constant(word_);
    word_ += access_words(access, program_.rank);
    Id place = 0;
    if (access.address == Address::strided) {
      place = to_.call("place_strided", {at_, rank_, word});
    } else {
      const bool fixed = access.address == Address::fixed;
      place = to_.call("place_flat", {fixed ? to_.constant(0) : to_.parameter(), word});
    }
    const Library::Block block = library_.block(name);
    const Id item = is_part(access) ? to_.call("word_place", {place}) : place;
    return {
        block,
        to_.emit(Opcode::access_chain, block.element_pointer, {variable, to_.constant(0), item}),
        place};
  }

  Lanes load(const LinkProgram::Access& access, const Element& from) {
    const Id loaded = to_.emit(Opcode::load, from.block.element, {from.pointer});
    const bool byte = is_byte(access.dtype);
    Lanes values{};
    for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
      Id value = loaded;
      if (access.wide) {
        value = byte ? to_.call("byte_of", {loaded, to_.constant(lane)})
                     : to_.emit(Opcode::composite_extract, library_.component(from.block.element),
                                {loaded, lane});
      } else if (is_part(access)) {
        value = to_.call("byte_of", {loaded, from.place});
      } else if (byte) {
        value = to_.emit(Opcode::u_convert, library_.uint_type(), {loaded});
      }
      if (access.dtype == DType::boolean) {
        value = to_.emit(Opcode::i_not_equal, library_.bool_type(), {value, to_.constant(0)});
      }
      values[lane] = value;
    }
    return values;
  }

  void store(const LinkProgram::Access& access, const Element& to) {
    Lanes values = links_[access.link];
    if (access.dtype == DType::boolean) {
      for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
        values[lane] = to_.emit(Opcode::select, library_.uint_type(),
                                {values[lane], to_.constant(1), to_.constant(0)});
      }
    }
    const auto [a, b, c, d] = values;
    if (is_part(access)) return store_part(to, a);
    const bool byte = is_byte(access.dtype);
    Id value = a;
    if (access.wide) {
      value = byte ? to_.call("word_of", {a, b, c, d})
                   : to_.emit(Opcode::composite_construct, to.block.element, {a, b, c, d});
    } else if (byte) {
      value = to_.emit(Opcode::u_convert, to.block.element, {a});
    }
    to_.store(to.pointer, value);
  }

  /// Others may be storing the rest of the word.
  void store_part(const Element& to, Id byte) {
    const auto change = [&](Opcode opcode, Id bits) {
      constexpr std::uint32_t device_scope = 1, relaxed = 0;
      to_.emit(opcode, library_.uint_type(),
               {to.pointer, to_.constant(device_scope), to_.constant(relaxed), bits});
    };
    change(Opcode::atomic_and, to_.call("others_of", {to.place}));
    change(Opcode::atomic_or, to_.call("part_of", {byte, to.place}));
  }

  Lanes results_of(const Link& link) {
    const std::string name = function_name(link);
    const Id words = link.words > 0 ? to_.constant(word_) : 0;
    word_ += link.words;
    // A value is the same bits whether the next op finds it in memory or in a register.
    const bool meets_others = program_.links.size() > 1 && link.out == DType::f32;
    Lanes results{};
    for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
      std::vector<Id> arguments;
      for (std::uint32_t i = 0; i < link.arity; ++i) {
        const Source& from = link.from[i];
        const auto& values = from.kind == Source::Kind::input ? inputs_ : links_;
        arguments.push_back(values[from.index][lane]);
      }
      if (link.words > 0) arguments.push_back(words);
      results[lane] = name.empty() ? arguments[0] : to_.call(name, arguments);
      if (meets_others && !name.empty()) results[lane] = to_.call("apart_f32", {results[lane]});
    }
    return results;
  }

  const Library& library_;
  const LinkProgram& program_;
  Assembler to_;
  std::uint32_t lanes_;
  std::uint32_t binding_ = 0;
  std::uint32_t word_ = 1;
  Id rank_ = 0, at_ = 0;
  std::vector<Lanes> inputs_, links_;
};

const Library& plain_library() {
  static const Library library(shaders::links.words);
  return library;
}

/// The library that declares no capability beyond what the program's dtypes need and the device
/// has.
const Library& library_for(const LinkProgram& program) {
  bool wide = false;
  bool bytes = false;
  const auto look = [&](const LinkProgram::Access& access) {
    wide = wide || access.dtype == DType::i64;
    const bool byte = access.dtype == DType::u8 || access.dtype == DType::boolean;
    bytes = bytes || (byte && !access.wide);
  };
  for (const auto& input : program.inputs) look(input);
  for (const auto& output : program.outputs) look(output);
  for (const Link& link : program.links) {
    wide = wide || link.in == DType::i64 || link.out == DType::i64;
  }
  wide = wide && program.int64;
  bytes = bytes && program.int8;
  if (wide && bytes) {
    static const Library library(shaders::links_int8_int64.words);
    return library;
  }
  if (wide) {
    static const Library library(shaders::links_int64.words);
    return library;
  }
  if (bytes) {
    static const Library library(shaders::links_int8.words);
    return library;
  }
  return plain_library();
}

std::vector<std::uint32_t> key_of(const LinkProgram& program) {
  const auto number = [](auto value) { return static_cast<std::uint32_t>(value); };
  std::vector<std::uint32_t> key{program.rank << 3U | number(program.int64) << 2U |
                                     number(program.int8) << 1U | number(program.four),
                                 number(program.inputs.size()), number(program.outputs.size())};
  for (const auto* accesses : {&program.inputs, &program.outputs}) {
    for (const auto& access : *accesses) {
      key.push_back(access.link << 16U | number(access.dtype) << 8U | number(access.wide) << 4U |
                    number(access.address));
    }
  }
  for (const Link& link : program.links) {
    key.push_back(number(link.op) << 24U | number(link.in) << 16U | number(link.out) << 8U |
                  number(link.activation));
    for (std::uint32_t i = 0; i < link.arity; ++i) {
      key.push_back(link.from[i].index << 1U | number(link.from[i].kind));
    }
  }
  return key;
}

/// "mul+add+exp".
std::string title_of(const LinkProgram& program) {
  std::string title;
  for (const Link& link : program.links) {
    title += (title.empty() ? "" : "+") + std::string(varve::name(link.op));
  }
  return title;
}

struct Linked {
  std::string title;
  spirv::Words words;
  Shader shader;
};

}  // namespace

std::uint32_t LinkProgram::push_words() const {
  std::uint32_t words = 1 + (rank > 0 ? axis_words * (rank - 1) : 0);
  for (const auto& input : inputs) words += access_words(input, rank);
  for (const auto& output : outputs) words += access_words(output, rank);
  for (const Link& link : links) words += link.words;
  return words;
}

const Shader& link_shader(const LinkProgram& program) {
  static std::mutex mutex;
  static std::map<std::vector<std::uint32_t>, std::unique_ptr<Linked>> known;
  const std::lock_guard lock(mutex);
  std::unique_ptr<Linked>& entry = known[key_of(program)];
  if (entry == nullptr) {
    auto linked = std::make_unique<Linked>();
    linked->title = title_of(program);
    linked->words = Writer(library_for(program), program).write();
    linked->shader = {linked->title, linked->words};
    entry = std::move(linked);
  }
  return entry->shader;
}

bool has_function(Op op, DType dtype) {
  Link link;
  link.op = op;
  link.in = link.out = dtype;
  if (op == Op::activation_gradient) link.activation = Activation::relu;  // and the others
  return plain_library().has(function_name(link));
}

Divisor divisor(std::uint32_t size) {
  Divisor result;
  while ((std::uint64_t{1} << result.shift) < size) ++result.shift;
  const std::uint64_t power = std::uint64_t{1} << (31 + result.shift);
  result.factor = static_cast<std::uint32_t>((power + size - 1) / size);
  return result;
}

}  // namespace varve::vulkan
