#include "backends/vulkan/kernel.h"
#include "backends/vulkan/lines.h"
#include "backends/vulkan/parts.h"
#include "backends/vulkan/shaders.h"

namespace varve::vulkan {

namespace {

constexpr std::uint32_t group_size = 256;
constexpr std::uint32_t block = 4;  // elements of one Philox counter

struct RandomPush {
  std::uint32_t count, state;
  std::int32_t state_stride;
  std::uint32_t out, block_low, block_high;
};

void random(const Command& command, Encoder& encoder) {
  const View& state = command.in[0];
  const View& out = command.out[0];
  const View to = out.contiguous() ? out : encoder.scratch(out.shape, out.dtype);
  const Traits& traits = encoder.traits();
  const bool four = to.shape.numel() % 4 == 0 && to.offset % 4 == 0;
  for_each_part(
      traits, out.shape.numel(), size_of(out.dtype), [&](std::int64_t begin, std::int64_t count) {
        Dispatch d(traits, four ? shaders::random_x4 : shaders::random, Op::random);
        RandomPush push{};
        push.count = static_cast<std::uint32_t>(count);
        push.state = d.read(state);
        push.state_stride = static_cast<std::int32_t>(state.strides[0]);
        push.out = d.write(run_of(to, begin, count));
        const auto first = static_cast<std::uint64_t>(begin / block);
        push.block_low = static_cast<std::uint32_t>(first);
        push.block_high = static_cast<std::uint32_t>(first >> 32U);
        d.push(push).constants({static_cast<std::uint32_t>(command.attributes.distribution)});
        encoder.run(d, groups_for(traits, pieces(push.count, block), group_size));
      });
  if (!out.contiguous()) copy_view(to, out, encoder);
}

bool takes(const Signature& s, const Traits&) {
  return s.in[0].dtype == DType::i32 && s.out[0].dtype == DType::f32;
}

}  // namespace

KernelEntry random_kernel(Op op) {
  if (op != Op::random) return {};
  return {random, takes};
}

}  // namespace varve::vulkan
