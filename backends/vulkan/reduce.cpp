#include <algorithm>
#include <array>
#include <vector>

#include "backends/vulkan/kernel.h"
#include "backends/vulkan/lines.h"
#include "backends/vulkan/shaders.h"

namespace varve::vulkan {

namespace {

const Shader& reduce_shader(Op op, DType dtype) {
  const auto of = [op](const Shader& sum, const Shader& max, const Shader& min) -> const Shader& {
    return op == Op::sum ? sum : op == Op::max ? max : min;
  };
  switch (dtype) {
    case DType::i32:
      return of(shaders::reduce_sum_i32, shaders::reduce_max_i32, shaders::reduce_min_i32);
    case DType::i64:
      return of(shaders::reduce_sum_i64, shaders::reduce_max_i64, shaders::reduce_min_i64);
    case DType::u8:
      return of(shaders::reduce_sum_u8, shaders::reduce_max_u8, shaders::reduce_min_u8);
    default:
      return of(shaders::reduce_sum_f32, shaders::reduce_max_f32, shaders::reduce_min_f32);
  }
}

const Shader& argmax_shader(DType dtype) {
  switch (dtype) {
    case DType::i32:
      return shaders::argmax_i32;
    case DType::i64:
      return shaders::argmax_i64;
    case DType::u8:
      return shaders::argmax_u8;
    default:
      return shaders::argmax_f32;
  }
}

/// What is reduced: the lines of `x` that lie in its dimensions of size 1 in `out`.
struct Reduction {
  Op op;
  const Shader* shader;
  View x;
  View out;
};

/// Lines that a shader can walk: their grid, with the strides of x and of the result.
struct Work {
  Sizes shape;
  Steps x_strides, out_strides;
  std::uint32_t count;
  Run run;
};

/// Into how many parts a line is cut, so that there is work for every processor.
std::uint32_t parts_for(const Traits& traits, const Lines& lines, const Work& work) {
  const std::uint64_t groups = pieces(std::uint64_t{work.count} * lines.lanes, lines.group);
  const std::uint64_t length = work.run.count;
  std::uint64_t parts = 1;
  if (traits.software) {
    if (groups < 4 && length * work.count >= 65536 && length >= 4096) parts = 16 / groups;
    parts = std::max<std::uint64_t>(parts, pieces(length, 2 * software_steps * lines.lanes));
  } else if (length > 64 * std::uint64_t{lines.lanes}) {
    parts = std::min(length / (16 * std::uint64_t{lines.lanes}), 512 / groups);
  }
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(parts, 1));
}

/// Every element of the parts' results is a line over the parts.
Work combine(const Work& work, std::uint32_t parts) {
  Work next = work;
  std::int32_t step = 1;
  for (std::size_t d = shader_rank; d-- > 0; step *= static_cast<std::int32_t>(work.shape[d]))
    next.x_strides[d] = step;
  next.run = {{1, 1, 1, parts}, {0, 0, 0, static_cast<std::int32_t>(work.count)}, parts};
  return next;
}

void encode(const Reduction& r, const Work& work, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  const Grid grid{work.shape, {work.x_strides}, work.count, false};
  const Lines lines =
      choose_lines(traits, work.count, work.run.count, runs_across(grid, work.run.strides.back()));
  const std::uint32_t parts = parts_for(traits, lines, work);
  const std::uint32_t part_size = pieces(work.run.count, parts);
  const bool whole = parts == 1;
  const Work second = combine(work, parts);
  const View partial =
      whole ? View{} : encoder.scratch({parts, std::int64_t{work.count}}, r.x.dtype);

  struct {
    Sizes shape;
    Steps x_strides, y_strides;
    Sizes run;
    Steps run_strides;
    std::uint32_t x = 0, y = 0, count, size, parts, part_size, part_stride;
  } push{
      .shape = work.shape,
      .x_strides = work.x_strides,
      .y_strides = whole ? work.out_strides : second.x_strides,
      .run = work.run.shape,
      .run_strides = work.run.strides,
      .count = work.count,
      .size = work.run.count,
      .parts = parts,
      .part_size = part_size,
      .part_stride = work.count,
  };
  Dispatch d(traits, *r.shader, r.op);
  push.x = d.read(r.x);
  push.y = d.write(whole ? r.out : partial);
  Constants constants = constants_of(lines, work.shape);
  constants.push_back(rank_of(work.run.shape));
  d.push(push).constants(constants);
  encoder.run(d, groups_for(traits, std::uint64_t{work.count} * parts * lines.lanes, lines.group));
  if (!whole) encode({r.op, r.shader, partial, r.out}, second, encoder);
}

bool is_reduced(const Reduction& r, std::size_t d) { return r.out.shape[d] != r.x.shape[d]; }

void reduce_view(const Reduction& r, Encoder& encoder);

/// One half of x after the other, if one binding does not reach all of it.
void reduce_halves(const Reduction& r, Encoder& encoder) {
  const std::size_t d = longest(r.x);
  const std::int64_t size = r.x.shape[d];
  const bool reduced = is_reduced(r, d);
  Shape shape = r.out.shape;
  if (reduced) shape[d] = 2;
  const View partial = reduced ? encoder.scratch(shape, r.x.dtype) : r.out;
  const std::array<std::int64_t, 3> ends{0, size / 2, size};
  for (std::size_t half = 0; half < 2; ++half) {
    const auto i = static_cast<std::int64_t>(half);
    const View x = narrowed(r.x, d, ends[half], ends[half + 1]);
    const View out =
        reduced ? narrowed(partial, d, i, i + 1) : narrowed(r.out, d, ends[half], ends[half + 1]);
    reduce_view({r.op, r.shader, x, out}, encoder);
  }
  if (reduced) reduce_view({r.op, r.shader, partial, r.out}, encoder);
}

void reduce_view(const Reduction& r, Encoder& encoder) {
  if (too_far(r.x, encoder.traits().max_range)) return reduce_halves(r, encoder);
  View kept = r.x;
  Shape shape;
  Strides strides;
  for (std::size_t d = 0; d < kept.shape.size(); ++d) {
    if (!is_reduced(r, d)) continue;
    shape.push_back(kept.shape[d]);
    strides.push_back(kept.strides[d]);
    kept.shape[d] = 1;
  }
  const auto run = merge_run(shape, strides);
  if (!run) return reduce_view({r.op, r.shader, packed(r.x, encoder), r.out}, encoder);
  const std::array views{kept, r.out};
  for_each_grid(
      views, encoder.traits().max_range, [&](const Grid& grid, std::span<const View> part) {
        Reduction some{r.op, r.shader, part[0], part[1]};
        for (std::size_t d = 0; d < kept.shape.size(); ++d)
          if (is_reduced(r, d)) some.x.shape[d] = r.x.shape[d];
        encode(some, {grid.shape, grid.strides[0], grid.strides[1], grid.count, *run}, encoder);
      });
}

void reduce(const Command& command, Encoder& encoder) {
  const View& x = command.in[0];
  reduce_view({command.op, &reduce_shader(command.op, x.dtype), x, command.out[0]}, encoder);
}

void argmax_views(const View& x, const View& out, std::size_t axis, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  const auto halves = [&](std::span<const View> half) {
    argmax_views(half[0], half[1], axis, encoder);
  };
  if (in_halves(std::array{x, out}, axis, traits.max_range, halves)) return;
  for_each_grid(std::array{starts_of_lines(x, axis), out}, traits.max_range,
                [&](const Grid& grid, std::span<const View> part) {
                  struct {
                    Sizes shape;
                    Steps x_strides, y_strides;
                    std::uint32_t x = 0, y = 0, count, size;
                    std::int32_t step;
                  } push{
                      .shape = grid.shape,
                      .x_strides = grid.strides[0],
                      .y_strides = grid.strides[1],
                      .count = grid.count,
                      .size = size_along(x, axis),
                      .step = step_along(x, axis),
                  };
                  const Lines lines =
                      choose_lines(traits, grid.count, push.size, runs_across(grid, push.step));
                  check_steps(traits, Op::argmax, push.size, pieces(push.size, lines.lanes));
                  Dispatch d(traits, argmax_shader(x.dtype), Op::argmax);
                  push.x = place_of(part[0], x, d.read(x));
                  push.y = place_of(part[1], out, d.write(out));
                  d.push(push).constants(constants_of(lines, grid.shape));
                  encoder.run(
                      d, groups_for(traits, std::uint64_t{grid.count} * lines.lanes, lines.group));
                });
}

void argmax(const Command& command, Encoder& encoder) {
  argmax_views(command.in[0], command.out[0], static_cast<std::size_t>(command.attributes.axes[0]),
               encoder);
}

/// Packed elements of one tensor, cut where one binding ends.
void append_pieces(const View& view, std::uint64_t max_range, std::vector<View>& to) {
  const std::int64_t most = static_cast<std::int64_t>(max_range / size_of(view.dtype)) / 2;
  View flat = view;
  flat.shape = {view.shape.numel()};
  flat.strides = {1};
  for (std::int64_t begin = 0; begin < flat.shape[0]; begin += most)
    to.push_back(narrowed(flat, 0, begin, std::min(begin + most, flat.shape[0])));
}

constexpr std::size_t tensors_at_once = max_bindings - 1;

/// Of up to seven tensors the norms of parts of `part_size` elements.
void norms_of_parts(std::span<const View> tensors, const Lines& lines, std::uint32_t part_size,
                    const View& norms, Encoder& encoder) {
  struct {
    std::array<std::uint32_t, tensors_at_once> places{}, counts{}, lines{};
    std::uint32_t y = 0, part_size = 0;
  } push;
  push.part_size = part_size;
  Dispatch d(encoder.traits(), shaders::norms_f32, Op::global_norm);
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < tensors_at_once; ++i) {
    // What is not used is bound to something, too.
    const View& tensor = tensors[std::min(i, tensors.size() - 1)];
    push.places[i] = d.read(tensor);
    push.counts[i] = static_cast<std::uint32_t>(tensor.shape[0]);
    if (i < tensors.size()) count += pieces(push.counts[i], part_size);
    push.lines[i] = count;
  }
  push.y = d.write(norms);
  d.push(push).constants(constants_of(lines, {1, 1, 1, count}));
  encoder.run(d, groups_for(encoder.traits(), std::uint64_t{count} * lines.lanes, lines.group));
}

/// The norm of the norms of parts, which are cut into parts again as long as they are many.
void norm_of(const std::vector<View>& tensors, const View& out, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  // One invocation a part on a processor, a work group on a GPU.
  const Lines lines = traits.software ? Lines{8, 1, false} : Lines{256, 256, false};
  const std::uint32_t part_size = traits.software ? 2048 : 4096;
  const auto parts_of = [&](std::span<const View> some) {
    std::int64_t parts = 0;
    for (const View& tensor : some)
      parts += pieces(static_cast<std::uint64_t>(tensor.shape[0]), part_size);
    return parts;
  };
  const std::int64_t parts = parts_of(tensors);
  const View norms = parts == 1 ? out : encoder.scratch({parts}, DType::f32);
  std::int64_t done = 0;
  const std::span<const View> all(tensors);
  for (std::size_t first = 0; first < all.size(); first += tensors_at_once) {
    const auto some = all.subspan(first, std::min(tensors_at_once, all.size() - first));
    const auto count = parts_of(some);
    norms_of_parts(some, lines, part_size, narrowed(norms, 0, done, done + count), encoder);
    done += count;
  }
  if (parts > 1) norm_of({norms}, out, encoder);
}

void global_norm(const Command& command, Encoder& encoder) {
  std::vector<View> copies;
  std::vector<View> tensors;
  for (const View& x : command.in) {
    if (!x.contiguous()) copies.push_back(packed(x, encoder));
    append_pieces(x.contiguous() ? x : copies.back(), encoder.traits().max_range, tensors);
  }
  View out = command.out[0];
  out.shape = {1};
  out.strides = {1};
  if (tensors.empty())
    encoder.fill_words(out, 0);
  else
    norm_of(tensors, out, encoder);
}

bool takes_numbers(const Signature& signature, const Traits&) {
  return signature.in[0].dtype != DType::boolean;
}

}  // namespace

KernelEntry reduce_kernel(Op op) {
  switch (op) {
    case Op::sum:
    case Op::max:
    case Op::min:
      return {reduce, takes_numbers};
    case Op::argmax:
      return {argmax, takes_numbers};
    case Op::global_norm:
      return {global_norm, nullptr};
    default:
      return {};
  }
}

}  // namespace varve::vulkan
