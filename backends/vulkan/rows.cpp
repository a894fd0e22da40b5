#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "backends/vulkan/kernel.h"
#include "backends/vulkan/lines.h"
#include "backends/vulkan/shaders.h"
#include "framework/core/error.h"

namespace varve::vulkan {

namespace {

/// Runs a shader that walks each line three times.
void run_lines(Dispatch& d, std::uint32_t length, bool across, const Grid& grid, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  const Lines lines = choose_lines(traits, grid.count, length, across);
  check_steps(traits, d.op(), length, 3 * std::uint64_t{pieces(length, lines.lanes)});
  d.constants(constants_of(lines, grid.shape));
  encoder.run(d, groups_for(traits, std::uint64_t{grid.count} * lines.lanes, lines.group));
}

void softmax_views(Op op, const View& x, const View& y, std::size_t axis, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  const auto halves = [&](std::span<const View> half) {
    softmax_views(op, half[0], half[1], axis, encoder);
  };
  if (in_halves(std::array{x, y}, axis, traits.max_range, halves)) return;
  const auto encode = [&](const Grid& grid, std::span<const View> part) {
    struct {
      Sizes shape;
      Steps x_strides, y_strides;
      std::uint32_t x = 0, y = 0, count, size;
      std::int32_t x_step, y_step;
    } push{
        .shape = grid.shape,
        .x_strides = grid.strides[0],
        .y_strides = grid.strides[1],
        .count = grid.count,
        .size = size_along(x, axis),
        .x_step = step_along(x, axis),
        .y_step = step_along(y, axis),
    };
    Dispatch d(traits, op == Op::softmax ? shaders::softmax_f32 : shaders::log_softmax_f32, op);
    push.x = place_of(part[0], x, d.read(x));
    push.y = place_of(part[1], y, d.write(y));
    d.push(push);
    run_lines(d, push.size, runs_across(grid, push.x_step), grid, encoder);
  };
  for_each_grid(std::array{starts_of_lines(x, axis), starts_of_lines(y, axis)}, traits.max_range,
                encode);
}

void softmax(const Command& command, Encoder& encoder) {
  softmax_views(command.op, command.in[0], command.out[0],
                static_cast<std::size_t>(command.attributes.axes[0]), encoder);
}

struct NormOperands {
  View x, weight, bias, y;
  float epsilon;
};

void layer_norm_views(const NormOperands& in, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  const std::size_t axis = in.x.shape.size() - 1;
  const auto halves = [&](std::span<const View> half) {
    layer_norm_views({half[0], in.weight, in.bias, half[1], in.epsilon}, encoder);
  };
  if (in_halves(std::array{in.x, in.y}, axis, traits.max_range, halves)) return;
  const auto encode = [&](const Grid& grid, std::span<const View> part) {
    struct {
      Sizes shape;
      Steps x_strides, y_strides;
      std::uint32_t x = 0, weight = 0, bias = 0, y = 0, count, size;
      std::int32_t x_step, weight_step, bias_step, y_step;
      float epsilon;
    } push{
        .shape = grid.shape,
        .x_strides = grid.strides[0],
        .y_strides = grid.strides[1],
        .count = grid.count,
        .size = size_along(in.x, axis),
        .x_step = step_along(in.x, axis),
        .weight_step = step_along(in.weight, 0),
        .bias_step = step_along(in.bias, 0),
        .y_step = step_along(in.y, axis),
        .epsilon = in.epsilon,
    };
    Dispatch d(traits, shaders::layer_norm_f32, Op::layer_norm);
    push.x = place_of(part[0], in.x, d.read(in.x));
    push.weight = d.read(in.weight);
    push.bias = d.read(in.bias);
    push.y = place_of(part[1], in.y, d.write(in.y));
    d.push(push);
    run_lines(d, push.size, runs_across(grid, push.x_step), grid, encoder);
  };
  for_each_grid(std::array{starts_of_lines(in.x, axis), starts_of_lines(in.y, axis)},
                traits.max_range, encode);
}

void layer_norm(const Command& command, Encoder& encoder) {
  layer_norm_views({command.in[0], command.in[1], command.in[2], command.out[0],
                    static_cast<float>(command.attributes.epsilon)},
                   encoder);
}

// So many rows are one part of a feature, as long as there are not too many parts.
constexpr std::uint32_t rows_at_once = 1024;
constexpr std::uint32_t most_parts = 64;
constexpr std::uint32_t rows_applied = 256;

/// As in batch_norm.comp.
struct BatchNormPush {
  Sizes run;
  Steps x_strides, y_strides;
  std::uint32_t x, weight, bias, y, mean, variance;
  std::int32_t x_step, weight_step, bias_step, y_step, mean_step, variance_step;
  std::uint32_t count, size, part_size;
  float epsilon;
};

/// A batch norm whose rows a shader can walk.
struct BatchNorm {
  View x, weight, bias, y, mean, variance;
  BatchNormPush push;
  Lines lines;

  Constants constants(const Lines& of) const {
    return {of.group, of.lanes, of.across ? 1U : 0U, 1, rank_of(push.run)};
  }
};

void norm_at_once(BatchNorm norm, Encoder& encoder) {
  Dispatch d(encoder.traits(), shaders::batch_norm_f32, Op::batch_norm);
  auto& push = norm.push;
  push.x = d.read(norm.x);
  push.weight = d.read(norm.weight);
  push.bias = d.read(norm.bias);
  push.y = d.write(norm.y);
  push.mean = d.write(norm.mean);
  push.variance = d.write(norm.variance);
  d.push(push).constants(norm.constants(norm.lines));
  encoder.run(d, groups_for(encoder.traits(), std::uint64_t{push.count} * norm.lines.lanes,
                            norm.lines.group));
}

/// The moments of parts of the rows, then those of all of them.
void moments_by_parts(BatchNorm norm, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  auto& push = norm.push;
  const Shape shape{pieces(push.size, push.part_size), push.count};
  const View means = encoder.scratch(shape, DType::f32);
  const View spreads = encoder.scratch(shape, DType::f32);

  Dispatch moments(traits, shaders::batch_norm_moments_f32, Op::batch_norm);
  push.x = moments.read(norm.x);
  push.mean = moments.write(means);
  push.variance = moments.write(spreads);
  moments.push(push).constants(norm.constants(norm.lines));
  encoder.run(moments,
              groups_for(traits, static_cast<std::uint64_t>(shape.numel()) * norm.lines.lanes,
                         norm.lines.group));

  const Lines single = single_lines(traits);
  Dispatch combine(traits, shaders::batch_norm_combine_f32, Op::batch_norm);
  push.x = combine.read(means);
  push.y = combine.read(spreads);
  push.mean = combine.write(norm.mean);
  push.variance = combine.write(norm.variance);
  combine.push(push).constants(norm.constants(single));
  encoder.run(combine, groups_for(traits, push.count, single.group));
}

void normalize(BatchNorm norm, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  Dispatch d(traits, shaders::batch_norm_apply_f32, Op::batch_norm);
  auto& push = norm.push;
  push.x = d.read(norm.x);
  push.weight = d.read(norm.weight);
  push.bias = d.read(norm.bias);
  push.y = d.write(norm.y);
  push.mean = d.read(norm.mean);
  push.variance = d.read(norm.variance);
  push.part_size = std::min(push.part_size, rows_applied);
  const std::uint64_t lines = std::uint64_t{push.count} * pieces(push.size, push.part_size);
  d.push(push).constants(norm.constants(norm.lines));
  encoder.run(d, groups_for(traits, lines * norm.lines.lanes, norm.lines.group));
}

/// The rows of x and y, walked together; nothing if a shader cannot.
std::optional<Grid> rows_of(const View& x, const View& y, std::size_t axis, const Traits& traits) {
  std::optional<Grid> rows;
  bool whole = true;
  for_each_grid(std::array{starts_of_lines(x, axis), starts_of_lines(y, axis)}, traits.max_range,
                [&](const Grid& grid, std::span<const View>) {
                  whole = !rows;
                  rows = grid;
                });
  return whole ? rows : std::nullopt;
}

void batch_norm(const Command& command, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  const View& result = command.out[0];
  BatchNorm norm{
      command.in[0], command.in[1], command.in[2], result, command.out[1], command.out[2], {}, {}};
  const std::size_t axis = result.shape.size() - 1;
  auto rows = rows_of(norm.x, norm.y, axis, traits);
  if (!rows) {
    norm.x = packed(norm.x, encoder);
    if (!result.contiguous()) norm.y = encoder.scratch(result.shape, result.dtype);
    rows = rows_of(norm.x, norm.y, axis, traits);
  }
  if (!rows)
    fail(ErrorKind::memory,
         "[batch_norm] a tensor of {} is more than the device's shaders can reach; use a smaller "
         "batch",
         result.shape.str());

  auto& push = norm.push;
  push.run = rows->shape;
  push.x_strides = rows->strides[0];
  push.y_strides = rows->strides[1];
  push.x_step = step_along(norm.x, axis);
  push.weight_step = step_along(norm.weight, 0);
  push.bias_step = step_along(norm.bias, 0);
  push.y_step = step_along(norm.y, axis);
  push.mean_step = step_along(norm.mean, 0);
  push.variance_step = step_along(norm.variance, 0);
  push.count = size_along(norm.x, axis);
  push.size = rows->count;
  push.epsilon = static_cast<float>(command.attributes.epsilon);
  const bool at_once = push.size <= 4 * rows_at_once;
  const std::uint32_t parts = at_once ? 1 : std::min(most_parts, pieces(push.size, rows_at_once));
  push.part_size = pieces(push.size, parts);
  const bool across = std::abs(push.x_step) <= std::abs(push.x_strides.back());
  norm.lines = choose_lines(traits, std::uint64_t{push.count} * parts, push.part_size, across);
  if (at_once) {
    norm_at_once(norm, encoder);
  } else {
    moments_by_parts(norm, encoder);
    normalize(norm, encoder);
  }
  if (!(norm.y.buffer == result.buffer)) copy_view(norm.y, result, encoder);
}

void solve_triangular(const Command& command, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  const View& t = command.in[0];
  const View& b = command.in[1];
  const View& y = command.out[0];
  const std::size_t row = t.shape.size() - 2;
  const std::size_t column = row + 1;
  // One matrix a column of b.
  View matrices = starts_of_lines(t, row);
  matrices.shape[column] = b.shape[column];
  matrices.strides[column] = 0;
  const auto encode = [&](const Grid& grid, std::span<const View> part) {
    struct {
      Sizes shape;
      Steps t_strides, b_strides, y_strides;
      std::uint32_t t = 0, b = 0, y = 0, count, size;
      std::int32_t t_row, t_column, b_row, y_row;
      std::uint32_t lower, begin = 0, end = 0;
    } push{
        .shape = grid.shape,
        .t_strides = grid.strides[0],
        .b_strides = grid.strides[1],
        .y_strides = grid.strides[2],
        .count = grid.count,
        .size = size_along(t, row),
        .t_row = step_along(t, row),
        .t_column = step_along(t, column),
        .b_row = step_along(b, row),
        .y_row = step_along(y, row),
        .lower = command.attributes.lower ? 1U : 0U,
    };
    // Small groups: there are few columns, and each is much work.
    const Lines lines{32, 1, false};
    // Row by row costs a step more each: so many rows that no dispatch takes too long.
    const auto rows =
        static_cast<std::uint32_t>(std::max<std::uint64_t>(1, software_steps / (push.size + 1)));
    for (; push.begin < push.size; push.begin = push.end) {
      push.end = std::min(push.size, push.begin + rows);
      Dispatch d(traits, shaders::solve_triangular_f32, Op::solve_triangular);
      push.t = place_of(part[0], t, d.read(t));
      push.b = place_of(part[1], b, d.read(b));
      push.y = place_of(part[2], y, d.update(y));
      d.push(push).constants(constants_of(lines, grid.shape));
      encoder.run(d, groups_for(traits, grid.count, lines.group));
    }
  };
  for_each_grid(std::array{matrices, starts_of_lines(b, row), starts_of_lines(y, row)},
                traits.max_range, encode);
}

}  // namespace

KernelEntry rows_kernel(Op op) {
  switch (op) {
    case Op::softmax:
    case Op::log_softmax:
      return {softmax, nullptr};
    case Op::layer_norm:
      return {layer_norm, nullptr};
    case Op::batch_norm:
      return {batch_norm, nullptr};
    case Op::solve_triangular:
      return {solve_triangular, nullptr};
    default:
      return {};
  }
}

}  // namespace varve::vulkan
