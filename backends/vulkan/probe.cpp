#include "backends/vulkan/probe.h"

#include <algorithm>
#include <chrono>

#include "backends/vulkan/context.h"
#include "backends/vulkan/instance.h"
#include "backends/vulkan/memory.h"
#include "backends/vulkan/pipelines.h"
#include "backends/vulkan/shaders.h"
#include "backends/vulkan/stream.h"

namespace varve {

double vulkan_peak_flops(std::string_view argument) {
  using namespace vulkan;
  const auto vulkan = instance();
  Context context(vulkan, vulkan->choose(argument));
  Pipelines pipelines(context);
  Memory memory(context);
  Stream stream(context, pipelines, memory);

  constexpr std::uint32_t group = 256;
  constexpr double flops_a_round = 16 * 8 * 4 * 2;  // unrolled, chains, vec4, multiply and add
  const std::uint32_t groups = context.traits().software ? 64 : 16 * context.traits().compute_units;
  const std::uint32_t rounds = context.traits().software ? 64 : 2048;
  const double flops = flops_a_round * rounds * groups * group;

  const View out{memory.allocate(std::size_t{groups} * group * sizeof(float)),
                 {groups * group},
                 {1},
                 0,
                 DType::f32};
  Dispatch dispatch(context.traits(), shaders::fma_peak, Op::fill);
  dispatch.write(out);
  dispatch.constants({rounds});
  stream.busy_us();
  double best = 0;
  for (int run = 0; run < 6; ++run) {  // the first one compiles
    const auto start = std::chrono::steady_clock::now();
    stream.run(dispatch, {groups});
    stream.synchronize();
    const double host =
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
    const double device = stream.busy_us();
    best = std::max(best, flops / (device > 0 ? device : host) * 1e6);
  }
  return best;
}

}  // namespace varve
