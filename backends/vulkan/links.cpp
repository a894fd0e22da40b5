#include "backends/vulkan/links.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "framework/backend/layout.h"
#include "framework/core/error.h"
#include "framework/ops/table.h"

namespace varve::vulkan {

namespace {

constexpr std::size_t most_words = max_push_bytes / 4;

bool is_fixed(const View& view) {
  for (std::size_t d = 0; d < view.shape.size(); ++d) {
    if (view.shape[d] != 1 && view.strides[d] != 0) return false;
  }
  return true;
}

/// `view` with another shape of as many elements.
View reshaped(View view, const Shape& shape) {
  view.strides = is_fixed(view) ? Strides::filled(shape.size(), 0) : contiguous_strides(shape);
  view.shape = shape;
  return view;
}

std::uint32_t word(std::int32_t value) { return static_cast<std::uint32_t>(value); }

/// Whether element i of the grid lies i behind the first.
bool is_packed(const Grid& grid, std::size_t view) {
  std::int64_t expected = 1;
  for (std::size_t d = shader_rank; d-- > 0;) {
    if (grid.shape[d] != 1 && grid.strides[view][d] != expected) return false;
    expected *= grid.shape[d];
  }
  return true;
}

template <class T>
T saturated(double value) {
  using Limits = std::numeric_limits<T>;
  if (std::isnan(value)) return 0;
  if (value <= static_cast<double>(Limits::min())) return Limits::min();
  if (value >= static_cast<double>(Limits::max())) return Limits::max();
  return static_cast<T>(value);
}

/// Whether items can be four neighbours of the innermost axis: all views have them side by side, or
/// one element for all of them. Buffers begin where four elements of any dtype may.
bool by_fours(const Grid& grid, std::span<const View> views) {
  constexpr std::size_t inner = shader_rank - 1;
  if (grid.shape[inner] % 4 != 0) return false;
  for (std::size_t v = 0; v < views.size(); ++v) {
    if (views[v].dtype == DType::i64) return false;
    const auto& strides = grid.strides[v];
    if (strides[inner] == 0) continue;
    if (strides[inner] != 1 || views[v].offset % 4 != 0) return false;
    for (std::size_t d = 0; d < inner; ++d) {
      if (grid.shape[d] != 1 && strides[d] % 4 != 0) return false;
    }
  }
  return true;
}

Link link_for(const Command& command) {
  Link link;
  link.op = command.op;
  link.out = command.out[0].dtype;
  link.in = command.in.empty() ? link.out : command.in.back().dtype;
  link.arity = static_cast<std::uint32_t>(command.in.size());
  if (command.op == Op::activation_gradient) link.activation = command.attributes.activation;
  return link;
}

}  // namespace

bool same_elements(const View& a, const View& b) {
  return a.dtype == b.dtype && layout(a) == layout(b);
}

void append_value(std::vector<std::uint32_t>& words, double value, DType dtype) {
  switch (dtype) {
    case DType::f32:
      words.push_back(std::bit_cast<std::uint32_t>(static_cast<float>(value)));
      return;
    case DType::i32:
      words.push_back(word(saturated<std::int32_t>(value)));
      return;
    case DType::i64: {
      const auto bits = static_cast<std::uint64_t>(saturated<std::int64_t>(value));
      words.push_back(static_cast<std::uint32_t>(bits));
      words.push_back(static_cast<std::uint32_t>(bits >> 32U));
      return;
    }
    case DType::u8:
      words.push_back(saturated<std::uint8_t>(value));
      return;
    case DType::boolean:
      words.push_back(value != 0 ? 1 : 0);
      return;
    case DType::f64:
      fail(ErrorKind::usage, "[vulkan] f64 is not computed in; use f32 or the cpu backend");
  }
}

void LinkBuilder::add(const Command& command) {
  Link link = link_for(command);
  for (std::uint32_t i = 0; i < link.arity; ++i) link.from[i] = source(command.in[i]);
  const std::size_t before = words_.size();
  if (command.op == Op::fill) append_value(words_, command.attributes.value, link.out);
  if (command.op == Op::dropout) {
    append_value(words_, command.attributes.probability, DType::f32);
    append_value(words_, 1.0 / (1.0 - command.attributes.probability), DType::f32);
  }
  link.words = static_cast<std::uint32_t>(words_.size() - before);
  const auto number = static_cast<std::uint32_t>(links_.size());
  links_.push_back(link);

  const View& out = command.out[0];
  const auto enter = [&](std::vector<Output>& list) {
    const auto old = std::find_if(list.begin(), list.end(),
                                  [&](const Output& o) { return same_elements(o.view, out); });
    if (old != list.end()) {
      old->link = number;
    } else {
      list.push_back({out, number});
    }
  };
  enter(written_);
  if (!held_->contains(out.buffer.storage())) enter(outputs_);
}

Source LinkBuilder::source(const View& view) {
  for (const Output& output : written_) {
    if (same_elements(output.view, view)) return {Source::Kind::link, output.link};
  }
  const Storage* storage = view.buffer.storage();
  const auto known = constants_->find(storage);
  if (known != constants_->end()) return constant(storage, known->second, view.dtype);
  const auto input = std::find_if(inputs_.begin(), inputs_.end(),
                                  [&](const View& other) { return same_elements(other, view); });
  const auto index = static_cast<std::uint32_t>(input - inputs_.begin());
  if (input == inputs_.end()) inputs_.push_back(view);
  return {Source::Kind::input, index};
}

Source LinkBuilder::constant(const Storage* storage, double value, DType dtype) {
  const auto number = static_cast<std::uint32_t>(links_.size());
  const auto [entry, fresh] = constant_links_.try_emplace(storage, number);
  if (fresh) {
    Link link;
    link.op = Op::fill;
    link.in = link.out = dtype;
    const std::size_t before = words_.size();
    append_value(words_, value, dtype);
    link.words = static_cast<std::uint32_t>(words_.size() - before);
    links_.push_back(link);
  }
  return {Source::Kind::link, entry->second};
}

/// The inputs and outputs in one shape; nothing if that cannot be without a copy.
std::optional<std::vector<View>> LinkBuilder::aligned_views() const {
  std::vector<View> views = inputs_;
  for (const Output& output : outputs_) views.push_back(output.view);
  const View* model = &views.back();
  for (const View& view : views) {
    if (!is_fixed(view) && !view.contiguous()) model = &view;
  }
  const Shape shape = model->shape;
  for (View& view : views) {
    if (view.shape == shape) continue;
    if (!is_fixed(view) && !view.contiguous()) return {};
    view = reshaped(std::move(view), shape);
  }
  return views;
}

LinkProgram LinkBuilder::program(const Grid& grid, std::span<const View> views,
                                 const Traits& traits) const {
  LinkProgram program;
  program.int64 = traits.int64;
  program.int8 = traits.int8;
  program.links = links_;
  program.four = by_fours(grid, views);
  std::uint32_t rank = shader_rank;
  while (rank > 0 && grid.shape[shader_rank - rank] == 1) --rank;
  const auto innermost = [&](std::size_t view) { return grid.strides[view].back(); };
  bool strided = rank > 1;
  for (std::size_t v = 0; v < views.size() && !strided; ++v) {
    strided = innermost(v) != 0 && innermost(v) != 1;
  }
  program.rank = strided ? rank : 0;
  const auto address = [&](std::size_t view) {
    // A chain is compiled once; single ops share shaders between layouts.
    const bool special = links_.size() > 1 && is_packed(grid, view);
    if (strided && !special) return Address::strided;
    return rank == 0 || special || innermost(view) == 1 ? Address::flat : Address::fixed;
  };
  for (std::size_t v = 0; v < views.size(); ++v) {
    const bool input = v < inputs_.size();
    (input ? program.inputs : program.outputs)
        .push_back({views[v].dtype, address(v), program.four && innermost(v) == 1,
                    input ? 0 : outputs_[v - inputs_.size()].link});
  }
  return program;
}

void LinkBuilder::for_each_program(std::span<const View> views, const Traits& traits,
                                   const Use& use) const {
  for_each_grid(views, traits.max_range, [&](const Grid& grid, std::span<const View> parts) {
    use(program(grid, parts, traits), grid, parts);
  });
}

bool LinkBuilder::fits(const Traits& traits) const {
  if (inputs_.size() + outputs_.size() > max_bindings) return false;
  if (outputs_.empty()) return true;
  const auto views = aligned_views();
  bool enough = views.has_value();
  if (!enough) return false;
  for_each_program(*views, traits,
                   [&](const LinkProgram& program, const Grid&, std::span<const View>) {
                     enough = enough && program.push_words() <= most_words;
                   });
  return enough;
}

void LinkBuilder::encode(Encoder& encoder) const {
  const Traits& traits = encoder.traits();
  const auto views = aligned_views();
  if (!views) fail(ErrorKind::usage, "[vulkan] views of different shapes in one chain");
  const auto dispatch = [&](const LinkProgram& program, const Grid& grid,
                            std::span<const View> parts) {
    Dispatch d(traits, link_shader(program), links_.back().op);
    std::array<std::uint32_t, most_words> push{};
    std::size_t n = 0;
    const std::uint32_t each = program.four ? 4 : 1;
    const std::uint32_t items = grid.count / each;
    push[n++] = items;
    for (std::uint32_t axis = 1; axis < program.rank; ++axis) {
      const std::uint32_t size = grid.shape[shader_rank - axis] / (axis == 1 ? each : 1);
      const Divisor by = divisor(size);
      for (const std::uint32_t value : {size, by.factor, by.shift}) push[n++] = value;
    }
    for (std::size_t v = 0; v < parts.size(); ++v) {
      const bool input = v < inputs_.size();
      const auto& access = input ? program.inputs[v] : program.outputs[v - inputs_.size()];
      const std::uint32_t place = input ? d.read(parts[v]) : d.write(parts[v]);
      const std::uint32_t unit = access.wide ? 4 : 1;
      push[n++] = place / unit;
      if (access.address != Address::strided) continue;
      for (std::uint32_t axis = 1; axis <= program.rank; ++axis) {
        const std::int32_t stride = grid.strides[v][shader_rank - axis];
        push[n++] = word(axis == 1 ? stride : stride / static_cast<std::int32_t>(unit));
      }
    }
    std::copy(words_.begin(), words_.end(), push.begin() + static_cast<std::ptrdiff_t>(n));
    d.push(push);
    encoder.run(d, groups_for(traits, items, link_group));
  };
  for_each_program(*views, traits, dispatch);
}

void run_links(const Command& command, Encoder& encoder) {
  static const std::set<const Storage*> nothing_held;
  static const std::map<const Storage*, double> no_constants;
  LinkBuilder builder(nothing_held, no_constants);
  builder.add(command);
  builder.encode(encoder);
}

}  // namespace varve::vulkan
