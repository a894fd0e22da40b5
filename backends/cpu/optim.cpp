#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "backends/cpu/kernel.h"
#include "backends/cpu/simd.h"

namespace varve::cpu {

namespace {

constexpr std::int64_t grain = 16384;

/// One step's constants, bias correction included. Kingma and Ba, "Adam" (2015), algorithm 1;
/// Loshchilov and Hutter, "Decoupled weight decay regularization" (2019).
template <class T>
struct AdamStep {
  Batch<T> beta1, one_less_beta1, beta2, one_less_beta2;
  Batch<T> rate, scale2, epsilon, decay, shrink;

  AdamStep(const Attributes& a, double lr, double t)
      : beta1(static_cast<T>(a.beta1)),
        one_less_beta1(static_cast<T>(1 - a.beta1)),
        beta2(static_cast<T>(a.beta2)),
        one_less_beta2(static_cast<T>(1 - a.beta2)),
        rate(static_cast<T>(lr / (1 - std::pow(a.beta1, t)))),
        scale2(static_cast<T>(1 / (1 - std::pow(a.beta2, t)))),
        epsilon(static_cast<T>(a.epsilon)),
        decay(static_cast<T>(a.decoupled ? 0 : a.weight_decay)),
        shrink(static_cast<T>(a.decoupled ? 1 - lr * a.weight_decay : 1)) {}

  void operator()(Batch<T>& p, const Batch<T>& gradient, Batch<T>& m, Batch<T>& v) const {
    const Batch<T> g = gradient + decay * p;
    m = beta1 * m + one_less_beta1 * g;
    v = beta2 * v + one_less_beta2 * (g * g);
    p = shrink * p - rate * m / (xsimd::sqrt(v * scale2) + epsilon);
  }
};

template <class T>
void adam_typed(const Command& command, ThreadPool& pool) {
  const Packed p(command.in[0], pool), g(command.in[1], pool), m(command.in[2], pool),
      v(command.in[3], pool);
  const PackedResult p_out(command.out[0], pool), m_out(command.out[1], pool),
      v_out(command.out[2], pool);
  const bool stopped = command.in.size() > 6 && *command.in[6].data<T>() != 0;
  const AdamStep<T> step(command.attributes, *command.in[4].data<T>(),
                         *command.in[5].data<std::int32_t>());
  const std::int64_t count = command.out[0].shape.numel();
  pool.parallel_for(pieces(count, grain), [&](std::int64_t task) {
    std::int64_t i = task * grain;
    const std::int64_t end = std::min(i + grain, count);
    if (stopped) {
      for (const auto& [from, to] : {std::pair(&p, &p_out), {&m, &m_out}, {&v, &v_out}})
        std::copy(from->template as<T>() + i, from->template as<T>() + end,
                  to->template as<T>() + i);
      return;
    }
    for (; i + lanes<T> <= end; i += lanes<T>) {
      Batch<T> bp = load(p.as<T>() + i), bm = load(m.as<T>() + i), bv = load(v.as<T>() + i);
      step(bp, load(g.as<T>() + i), bm, bv);
      bp.store_unaligned(p_out.as<T>() + i);
      bm.store_unaligned(m_out.as<T>() + i);
      bv.store_unaligned(v_out.as<T>() + i);
    }
    if (i < end) {
      const std::int64_t n = end - i;
      Batch<T> bp = load_part(p.as<T>() + i, n), bm = load_part(m.as<T>() + i, n),
               bv = load_part(v.as<T>() + i, n);
      step(bp, load_part(g.as<T>() + i, n), bm, bv);
      store_part(bp, p_out.as<T>() + i, n);
      store_part(bm, m_out.as<T>() + i, n);
      store_part(bv, v_out.as<T>() + i, n);
    }
  });
}

/// Joins `of_block(x, count)` over the blocks of all inputs, in a fixed order, starting at 0.
template <class T, class F, class Join>
double over_blocks(const Command& command, ThreadPool& pool, const F& of_block, const Join& join) {
  double total = 0;
  for (const View& view : command.in) {
    const Packed x(view, pool);
    const std::int64_t count = view.shape.numel();
    const std::int64_t blocks = pieces(count, grain);
    const Scratch values(static_cast<std::size_t>(blocks) * sizeof(double));
    pool.parallel_for(blocks, [&](std::int64_t block) {
      const std::int64_t begin = block * grain;
      values.as<double>()[block] = of_block(x.as<T>() + begin, std::min(grain, count - begin));
    });
    for (std::int64_t block = 0; block < blocks; ++block)
      total = join(total, values.as<double>()[block]);
  }
  return total;
}

template <class T>
double sum_of_squares(const T* x, std::int64_t count) {
  constexpr std::int64_t tile = 1024;  // longer sums in the element's precision would drift
  double sum = 0;
  for (std::int64_t i = 0; i < count; i += tile)
    sum += map_sum<T>(
        std::min(tile, count - i), [](const Batch<T>& b) { return b * b; }, x + i);
  return sum;
}

/// Where squares leave the range of T, they are taken of x over the greatest |x|.
template <class T>
void global_norm_typed(const Command& command, ThreadPool& pool) {
  double norm = std::sqrt(over_blocks<T>(command, pool, sum_of_squares<T>, std::plus<>()));
  constexpr double least = std::numeric_limits<T>::min() / std::numeric_limits<T>::epsilon();
  if (norm * norm < least || std::isinf(norm)) {
    const auto peak_of = [](const T* x, std::int64_t count) {
      double peak = 0;
      for (std::int64_t i = 0; i < count; ++i) peak = std::max(peak, std::abs(double{x[i]}));
      return peak;
    };
    const double peak =
        over_blocks<T>(command, pool, peak_of, [](double a, double b) { return std::max(a, b); });
    const auto scaled = [peak](const T* x, std::int64_t count) {
      double sum = 0;
      for (std::int64_t i = 0; i < count; ++i) sum += (x[i] / peak) * (x[i] / peak);
      return sum;
    };
    if (peak > 0 && !std::isinf(peak))
      norm = peak * std::sqrt(over_blocks<T>(command, pool, scaled, std::plus<>()));
  }
  *command.out[0].data<T>() = static_cast<T>(norm);
}

void adam_step(const Command& command, ThreadPool& pool) {
  dispatch_floating(command.out[0].dtype, [&]<class T>() { adam_typed<T>(command, pool); });
}
void global_norm(const Command& command, ThreadPool& pool) {
  dispatch_floating(command.out[0].dtype, [&]<class T>() { global_norm_typed<T>(command, pool); });
}

}  // namespace

Kernel optim_kernel(Op op) {
  if (op == Op::adam_step) return adam_step;
  return op == Op::global_norm ? global_norm : nullptr;
}

}  // namespace varve::cpu
