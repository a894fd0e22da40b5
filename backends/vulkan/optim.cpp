#include <algorithm>
#include <array>
#include <cmath>

#include "backends/vulkan/kernel.h"
#include "backends/vulkan/lines.h"
#include "backends/vulkan/links.h"
#include "backends/vulkan/parts.h"
#include "backends/vulkan/shaders.h"

namespace varve::vulkan {

namespace {

constexpr std::uint32_t group_size = 256;

struct AdamPush {
  std::uint32_t count, p, g, m, v, rate, step, non_finite, may_stop;
  float beta1, one_less_beta1, log_beta1;
  float beta2, one_less_beta2, log_beta2;
  float epsilon, decay, decoupled_decay;
};

AdamPush push_of(const Attributes& a) {
  AdamPush push{};
  push.beta1 = static_cast<float>(a.beta1);
  push.one_less_beta1 = static_cast<float>(1 - a.beta1);
  push.log_beta1 = static_cast<float>(std::log(a.beta1));
  push.beta2 = static_cast<float>(a.beta2);
  push.one_less_beta2 = static_cast<float>(1 - a.beta2);
  push.log_beta2 = static_cast<float>(std::log(a.beta2));
  push.epsilon = static_cast<float>(a.epsilon);
  push.decay = static_cast<float>(a.decoupled ? 0 : a.weight_decay);
  push.decoupled_decay = static_cast<float>(a.decoupled ? a.weight_decay : 0);
  return push;
}

/// The packed view in which an output is updated: itself, if it can be, holding the input.
View target(const View& in, const View& out, Encoder& encoder) {
  if (!out.contiguous()) return packed(in, encoder);
  if (!same_elements(in, out)) copy_view(in, out, encoder);
  return out;
}

void adam_step(const Command& command, Encoder& encoder) {
  const Traits& traits = encoder.traits();
  // Parameters and both moments; the gradient lies between them.
  constexpr std::array<std::size_t, 3> updated{0, 2, 3};
  std::array<View, 3> to;
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = target(command.in[updated[i]], command.out[i], encoder);
  }
  const View& g = command.in[1];
  const View gradient = g.contiguous() ? g : packed(g, encoder);
  const auto aligned = [](const View& view) { return view.offset % 4 == 0; };
  const bool four =
      g.shape.numel() % 4 == 0 && aligned(gradient) && std::all_of(to.begin(), to.end(), aligned);
  const std::uint32_t unit = four ? 4 : 1;
  for_each_part(traits, g.shape.numel(), sizeof(float), [&](std::int64_t begin, std::int64_t n) {
    Dispatch d(traits, four ? shaders::adam_x4 : shaders::adam, Op::adam_step);
    AdamPush push = push_of(command.attributes);
    push.count = static_cast<std::uint32_t>(n) / unit;
    push.p = d.update(run_of(to[0], begin, n)) / unit;
    push.g = d.read(run_of(gradient, begin, n)) / unit;
    push.m = d.update(run_of(to[1], begin, n)) / unit;
    push.v = d.update(run_of(to[2], begin, n)) / unit;
    push.rate = d.read(command.in[4]);
    push.step = d.read(command.in[5]);
    push.may_stop = command.in.size() > 6 ? 1 : 0;
    push.non_finite = d.read(command.in[push.may_stop != 0 ? 6 : 4]);
    d.push(push);
    encoder.run(d, groups_for(traits, push.count, group_size));
  });
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (!command.out[i].contiguous()) copy_view(to[i], command.out[i], encoder);
  }
}

bool takes(const Signature& s, const Traits&) {
  return s.out[0].dtype == DType::f32 && s.in[4].dtype == DType::f32;
}

}  // namespace

KernelEntry optim_kernel(Op op) {
  if (op != Op::adam_step) return {};
  return {adam_step, takes};
}

}  // namespace varve::vulkan
