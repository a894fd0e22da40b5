#include <algorithm>
#include <array>

#include "backends/vulkan/kernel.h"
#include "backends/vulkan/lines.h"
#include "backends/vulkan/shaders.h"

namespace varve::vulkan {

namespace {

/// As if every place along the axis were the first one; of the size of `like`.
View at_first(View view, std::size_t axis, const View& like) {
  view.shape[axis] = like.shape[axis];
  view.strides[axis] = 0;
  return view;
}

/// The index with sizes 1 for the dimensions that only repeat it.
View distinct(View index, std::size_t axis) {
  for (std::size_t d = 0; d < index.shape.size(); ++d)
    if (d != axis && index.strides[d] == 0) index.shape[d] = 1;
  return index;
}

/// What gather reads and scatter_add adds to is named `x` here: the tensor that the index is for.
struct Indexed {
  Op op;
  std::size_t axis;
  View x;
  View index;
  View values;  ///< the result of gather, the source of scatter_add: shaped as the index
  std::uint32_t axis_size;  ///< of the whole x, of which `x` here is the part from `first` on
  std::uint32_t first = 0;
};

using IndexKernel = void (*)(const Indexed&, Encoder&);

/// Runs a kernel on parts that bindings can reach.
void run_parts(const Indexed& in, IndexKernel kernel, Encoder& encoder) {
  const std::uint64_t max_range = encoder.traits().max_range;
  if (in.values.shape.numel() == 0) return;
  const std::array views{in.x, in.index, in.values};
  const auto far = std::find_if(views.begin(), views.end(),
                                [&](const View& view) { return too_far(view, max_range); });
  if (far == views.end()) return kernel(in, encoder);
  const std::size_t d = longest(*far);
  const bool of_x = d != in.axis || far == views.begin();
  const bool of_index = d != in.axis || far != views.begin();
  const std::int64_t size = far->shape[d];
  for (const auto& [begin, end] :
       {std::pair(std::int64_t{0}, size / 2), std::pair(size / 2, size)}) {
    Indexed half = in;
    if (of_x) half.x = narrowed(in.x, d, begin, end);
    if (of_index) {
      half.index = narrowed(in.index, d, begin, end);
      half.values = narrowed(in.values, d, begin, end);
    }
    if (!of_index) half.first += static_cast<std::uint32_t>(begin);
    run_parts(half, kernel, encoder);
  }
}

bool is_wide(const View& index) { return index.dtype == DType::i64; }

const Shader& gather_shader(DType dtype, bool wide, const Traits& traits) {
  switch (size_of(dtype)) {
    case 1:
      if (traits.int8) return wide ? shaders::gather_int8_i64 : shaders::gather_int8_i32;
      return wide ? shaders::gather_byte_i64 : shaders::gather_byte_i32;
    case 8:
      return wide ? shaders::gather_pair_i64 : shaders::gather_pair_i32;
    default:
      return wide ? shaders::gather_word_i64 : shaders::gather_word_i32;
  }
}

void gather_part(const Indexed& in, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  const std::array views{at_first(in.x, in.axis, in.index), in.index, in.values};
  for_each_grid(views, traits.max_range, [&](const Grid& grid, std::span<const View> part) {
    struct {
      Sizes shape;
      Steps x_strides, index_strides, y_strides;
      std::uint32_t x = 0, index = 0, y = 0, count;
      std::int32_t step;
      std::uint32_t axis_size, first, size, op, width;
    } push{
        .shape = grid.shape,
        .x_strides = grid.strides[0],
        .index_strides = grid.strides[1],
        .y_strides = grid.strides[2],
        .count = grid.count,
        .step = step_along(in.x, in.axis),
        .axis_size = in.axis_size,
        .first = in.first,
        .size = size_along(in.x, in.axis),
        .op = static_cast<std::uint32_t>(in.op),
        .width = grid.shape.back(),
    };
    const std::uint32_t run = elements_at_once(traits);
    push.shape.back() = pieces(push.width, run);
    push.count = grid.count / push.width * push.shape.back();
    Dispatch d(traits, gather_shader(in.x.dtype, is_wide(in.index), traits), in.op);
    push.x = place_of(part[0], in.x, d.read(in.x));
    push.index = place_of(part[1], in.index, d.read(in.index));
    push.y = place_of(part[2], in.values, d.write(in.values));
    d.flag(encoder.status());
    const Lines lines = single_lines(traits);
    Constants constants = constants_of(lines, push.shape);
    constants.push_back(run);
    d.push(push).constants(constants);
    encoder.run(d, groups_for(traits, push.count, lines.group));
  });
}

void gather(const Command& command, Encoder& encoder) {
  const auto axis = static_cast<std::size_t>(command.attributes.axes[0]);
  const View& x = command.in[0];
  run_parts({command.op, axis, x, command.in[1], command.out[0], size_along(x, axis)}, gather_part,
            encoder);
}

const Shader& serial_shader(DType dtype, bool wide) {
  switch (dtype) {
    case DType::i32:
      return wide ? shaders::scatter_serial_i32_i64 : shaders::scatter_serial_i32_i32;
    case DType::i64:
      return wide ? shaders::scatter_serial_i64_i64 : shaders::scatter_serial_i64_i32;
    case DType::u8:
      return wide ? shaders::scatter_serial_u8_i64 : shaders::scatter_serial_u8_i32;
    default:
      return wide ? shaders::scatter_serial_f32_i64 : shaders::scatter_serial_f32_i32;
  }
}

const Shader& add_shader(DType dtype, bool wide) {
  switch (dtype) {
    case DType::i32:
      return wide ? shaders::scatter_add_i32_i64 : shaders::scatter_add_i32_i32;
    case DType::i64:
      return wide ? shaders::scatter_add_i64_i64 : shaders::scatter_add_i64_i32;
    default:
      return wide ? shaders::scatter_add_f32_i64 : shaders::scatter_add_f32_i32;
  }
}

/// Adds the entries of each line in their order, in `parts` parts of the line, to results that lie
/// one after the other from `in.x` on.
void add_serially(const Indexed& in, std::uint32_t parts, const View& results, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  const std::array views{starts_of_lines(in.x, in.axis), starts_of_lines(in.index, in.axis),
                         starts_of_lines(in.values, in.axis)};
  for_each_grid(views, traits.max_range, [&](const Grid& grid, std::span<const View> part) {
    struct {
      Sizes shape;
      Steps index_strides, source_strides, y_strides;
      std::uint32_t index = 0, source = 0, y = 0, count, size, parts, part_size, part_stride;
      std::int32_t index_step, source_step, y_step;
      std::uint32_t axis_size, first, window, op;
    } push{
        .shape = grid.shape,
        .index_strides = grid.strides[1],
        .source_strides = grid.strides[2],
        .y_strides = grid.strides[0],
        .count = grid.count,
        .size = size_along(in.index, in.axis),
        .parts = parts,
        .part_size = pieces(static_cast<std::uint64_t>(in.index.shape[in.axis]), parts),
        .part_stride = static_cast<std::uint32_t>(in.x.shape.numel()),
        .index_step = step_along(in.index, in.axis),
        .source_step = step_along(in.values, in.axis),
        .y_step = step_along(in.x, in.axis),
        .axis_size = in.axis_size,
        .first = in.first,
        .window = size_along(in.x, in.axis),
        .op = static_cast<std::uint32_t>(in.op),
    };
    Dispatch d(traits, serial_shader(in.x.dtype, is_wide(in.index)), in.op);
    push.index = place_of(part[1], in.index, d.read(in.index));
    push.source = place_of(part[2], in.values, d.read(in.values));
    push.y = place_of(part[0], in.x, d.update(results));
    d.flag(encoder.status());
    const Lines lines{traits.software ? 8U : 64U, 1, false};
    d.push(push).constants(constants_of(lines, grid.shape));
    encoder.run(d, groups_for(traits, std::uint64_t{grid.count} * parts, lines.group));
  });
}

/// Many parts of the lines at once: each adds to zeros of its own, and x is one more part.
void add_by_parts(const Indexed& in, std::uint32_t parts, Encoder& encoder) {
  Shape shape = in.x.shape;
  shape[0] *= parts + 1;  // as the first dimension of a packed tensor
  const View all = encoder.scratch(shape, in.x.dtype);
  const std::int64_t rows = in.x.shape[0];
  const View sums = narrowed(all, 0, rows, rows * (parts + 1));
  copy_view(in.x, narrowed(all, 0, 0, rows), encoder);
  encoder.fill_words(sums, 0);
  Indexed part = in;
  part.x = narrowed(all, 0, rows, 2 * rows);
  add_serially(part, parts, sums, encoder);

  const bool direct = in.x.contiguous();
  const View result = direct ? in.x : encoder.scratch(in.x.shape, in.x.dtype);
  const auto as_lines = [&](View view, std::int64_t count) {
    view.shape = {count, in.x.shape.numel()};
    view.strides = contiguous_strides(view.shape);
    return view;
  };
  Attributes attributes;
  attributes.axes = {0};
  reduce_kernel(Op::sum).kernel(
      {Op::sum, {as_lines(all, parts + 1)}, {as_lines(result, 1)}, attributes}, encoder);
  if (!direct) copy_view(result, in.x, encoder);
}

/// For each entry of the index, where the next of the same place is.
View find_links(const Indexed& in, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  const View index = distinct(in.index, in.axis);
  const View links = encoder.scratch(index.shape, DType::i32);
  View along = index;  // only its strides matter: they tell how far along the axis an entry is
  along.offset = 0;
  along.strides = Dims::filled(along.shape.size(), 0);
  along.strides[in.axis] = 1;
  const std::array views{index, links, along};
  for_each_grid(views, traits.max_range, [&](const Grid& grid, std::span<const View> part) {
    struct {
      Sizes shape;
      Steps index_strides, link_strides, axis_strides;
      std::uint32_t index = 0, links = 0, count, size;
      std::int32_t step;
      std::uint32_t axis_size, op;
    } push{
        .shape = grid.shape,
        .index_strides = grid.strides[0],
        .link_strides = grid.strides[1],
        .axis_strides = grid.strides[2],
        .count = grid.count,
        .size = size_along(index, in.axis),
        .step = step_along(index, in.axis),
        .axis_size = in.axis_size,
        .op = static_cast<std::uint32_t>(in.op),
    };
    Dispatch d(traits, is_wide(index) ? shaders::scatter_links_i64 : shaders::scatter_links_i32,
               in.op);
    push.index = place_of(part[0], index, d.read(index));
    push.links = place_of(part[1], links, d.write(links));
    d.flag(encoder.status());
    const Lines lines = single_lines(traits);
    d.push(push).constants(constants_of(lines, grid.shape));
    encoder.run(d, groups_for(traits, grid.count, lines.group));
  });
  return links;
}

void add_by_links(const Indexed& in, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  const View links = find_links(in, encoder);
  View spread = links;  // as the index: repeated where it is
  spread.shape = in.index.shape;
  for (std::size_t d = 0; d < spread.shape.size(); ++d)
    if (links.shape[d] != spread.shape[d]) spread.strides[d] = 0;
  const std::array views{at_first(in.x, in.axis, in.index), in.index, in.values, spread};
  for_each_grid(views, traits.max_range, [&](const Grid& grid, std::span<const View> part) {
    struct {
      Sizes shape;
      Steps index_strides, source_strides, link_strides, y_strides;
      std::uint32_t index = 0, source = 0, links = 0, y = 0, count;
      std::int32_t source_step, link_step, y_step;
      std::uint32_t first, window;
    } push{
        .shape = grid.shape,
        .index_strides = grid.strides[1],
        .source_strides = grid.strides[2],
        .link_strides = grid.strides[3],
        .y_strides = grid.strides[0],
        .count = grid.count,
        .source_step = step_along(in.values, in.axis),
        .link_step = step_along(spread, in.axis),
        .y_step = step_along(in.x, in.axis),
        .first = in.first,
        .window = size_along(in.x, in.axis),
    };
    Dispatch d(traits, add_shader(in.x.dtype, is_wide(in.index)), in.op);
    push.index = place_of(part[1], in.index, d.read(in.index));
    push.source = place_of(part[2], in.values, d.read(in.values));
    push.links = place_of(part[3], spread, d.read(spread));
    push.y = place_of(part[0], in.x, d.update(in.x));
    const Lines lines = single_lines(traits);
    d.push(push).constants(constants_of(lines, grid.shape));
    encoder.run(d, groups_for(traits, grid.count, lines.group));
  });
}

// Entries that one invocation of a GPU adds one after the other.
constexpr std::int64_t serial_entries = 64;
// Up to this size of the axis the parts' own results are about as large as the source.
constexpr std::int64_t small_axis = 256;
// Entries of a line that are compared with each other, or added by one invocation, at once.
constexpr std::int64_t entries_at_once = 32768;

void scatter_part(const Indexed& in, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  const std::int64_t entries = in.index.shape[in.axis];
  const bool whole = in.x.shape[in.axis] == std::int64_t{in.axis_size};
  const bool serial = traits.software || entries <= serial_entries || in.x.dtype == DType::u8;
  const std::uint32_t parts = pieces(static_cast<std::uint64_t>(entries), serial_entries);
  const auto bytes = static_cast<std::uint64_t>(in.x.shape.numel()) * size_of(in.x.dtype);
  if (!serial && whole && in.axis_size <= small_axis && (parts + 1) * bytes < traits.max_range)
    return add_by_parts(in, parts, encoder);
  for (std::int64_t begin = 0; begin < entries; begin += entries_at_once) {
    const std::int64_t end = std::min(begin + entries_at_once, entries);
    Indexed some = in;
    some.index = narrowed(in.index, in.axis, begin, end);
    some.values = narrowed(in.values, in.axis, begin, end);
    if (serial) {
      add_serially(some, 1, some.x, encoder);
    } else {
      add_by_links(some, encoder);
    }
  }
}

void scatter_add(const Command& command, Encoder& encoder) {
  const auto axis = static_cast<std::size_t>(command.attributes.axes[0]);
  const View& out = command.out[0];
  copy_view(command.in[0], out, encoder);
  run_parts({command.op, axis, out, command.in[1], command.in[2], size_along(out, axis)},
            scatter_part, encoder);
}

bool takes_any(const Signature&, const Traits&) { return true; }

bool takes_numbers(const Signature& signature, const Traits&) {
  return signature.in[0].dtype != DType::boolean;
}

}  // namespace

KernelEntry index_kernel(Op op) {
  if (op == Op::gather) return {gather, takes_any};
  if (op == Op::scatter_add) return {scatter_add, takes_numbers};
  return {};
}

}  // namespace varve::vulkan
