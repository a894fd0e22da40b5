#include <array>

#include "backends/vulkan/kernel.h"
#include "backends/vulkan/lines.h"
#include "backends/vulkan/shaders.h"

namespace varve::vulkan {

namespace {

using Pair = std::array<std::int32_t, 2>;

/// Dimensions d and d + 1 of a shape or of strides.
Pair pair_of(const Dims& dims, std::size_t d) {
  return {static_cast<std::int32_t>(dims[d]), static_cast<std::int32_t>(dims[d + 1])};
}

Pair pair_of(const std::int64_t (&values)[2]) {
  return {static_cast<std::int32_t>(values[0]), static_cast<std::int32_t>(values[1])};
}

/// Strides of the first four dimensions.
Steps outer_steps(const View& view) {
  Steps steps{};
  for (std::size_t d = 0; d < steps.size(); ++d)
    steps[d] = static_cast<std::int32_t>(view.strides[d]);
  return steps;
}

void unfold_images(const View& x, const View& y, const Attributes& attributes, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  struct {
    Steps x_strides, y_strides;
    Pair y_inner, image, stride, padding;
    std::uint32_t x = 0, y = 0, count;
    float outside;
  } push{
      .x_strides = outer_steps(x),
      .y_strides = outer_steps(y),
      .y_inner = pair_of(y.strides, 4),
      .image = pair_of(x.shape, 1),
      .stride = pair_of(attributes.window.stride),
      .padding = pair_of(attributes.window.padding),
      .count = static_cast<std::uint32_t>(y.shape.numel()),
      .outside = static_cast<float>(attributes.value),
  };
  Dispatch d(traits, shaders::unfold_f32, Op::unfold);
  push.x = d.read(x);
  push.y = d.write(y);
  const std::uint32_t group = single_lines(traits).group;
  Constants constants{group};
  for (std::size_t i = 5; i >= 1; --i) constants.push_back(static_cast<std::uint32_t>(y.shape[i]));
  const std::uint32_t run = elements_at_once(traits);
  constants.push_back(run);
  d.push(push).constants(constants);
  encoder.run(d, groups_for(traits, push.count, group * run));
}

void fold_images(const View& x, const View& y, const Attributes& attributes, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  const Window& window = attributes.window;
  struct {
    Steps x_strides, y_strides;
    Pair x_inner, windows, kernel, padding;
    std::uint32_t x = 0, y = 0, count;
  } push{
      .x_strides = outer_steps(x),
      .y_strides = outer_steps(y),
      .x_inner = pair_of(x.strides, 4),
      .windows = pair_of(x.shape, 1),
      .kernel = pair_of(window.kernel),
      .padding = pair_of(window.padding),
      .count = static_cast<std::uint32_t>(y.shape.numel()),
  };
  Dispatch d(traits, shaders::fold_f32, Op::fold);
  push.x = d.read(x);
  push.y = d.write(y);
  const std::uint32_t group = single_lines(traits).group;
  Constants constants{group};
  for (std::size_t i = 3; i >= 1; --i) constants.push_back(static_cast<std::uint32_t>(y.shape[i]));
  constants.push_back(static_cast<std::uint32_t>(window.stride[1]));
  constants.push_back(static_cast<std::uint32_t>(window.stride[0]));
  d.push(push).constants(constants);
  encoder.run(d, groups_for(traits, push.count, group));
}

/// As many images at once as bindings can reach.
void run_images(const View& x, const View& y, const Attributes& attributes, Encoder& encoder,
                void (*run)(const View&, const View&, const Attributes&, Encoder&)) {
  const std::uint64_t max_range = encoder.traits().max_range;
  const std::int64_t n = x.shape[0];
  if (n == 1 || (!too_far(x, max_range) && !too_far(y, max_range)))
    return run(x, y, attributes, encoder);
  for (const auto& [begin, end] : {std::pair(std::int64_t{0}, n / 2), std::pair(n / 2, n)})
    run_images(narrowed(x, 0, begin, end), narrowed(y, 0, begin, end), attributes, encoder, run);
}

void unfold(const Command& command, Encoder& encoder) {
  run_images(command.in[0], command.out[0], command.attributes, encoder, unfold_images);
}

void fold(const Command& command, Encoder& encoder) {
  run_images(command.in[0], command.out[0], command.attributes, encoder, fold_images);
}

}  // namespace

KernelEntry window_kernel(Op op) {
  if (op == Op::unfold) return {unfold, nullptr};
  if (op == Op::fold) return {fold, nullptr};
  return {};
}

}  // namespace varve::vulkan
