#include "backends/cpu/elementwise.h"

#include <algorithm>

#include "backends/cpu/simd.h"

namespace varve::cpu {

namespace {

// A slot holds a tile of the widest dtype; the pad keeps slots off the same cache sets.
constexpr std::int64_t slot_bytes = tile_size * 8 + 64;
// A task's share: enough work to pay for handing it out.
constexpr std::int64_t grain = 8 * tile_size;

/// What one task needs to run the links over its tiles.
class Runner {
 public:
  Runner(std::span<const Link> links, int slots, Partial* partials, std::int64_t tiles)
      : links_(links),
        scratch_(static_cast<std::size_t>(slots * slot_bytes)),
        partials_(partials),
        tiles_(tiles) {}

  /// Fills the slots of constant operands with enough for tiles of `size`.
  void prepare(std::int64_t size) {
    for (const Link& link : links_) {
      for (std::size_t i = 0; i < link.arity; ++i) {
        const Operand& operand = link.in[i];
        if (operand.place == Operand::Place::fixed) {
          read_run(operand.walk, 0, size, slot(operand));
        }
      }
    }
  }

  void run_tile(std::int64_t begin, std::int64_t count) {
    Partial* partial = partials_ + begin / tile_size;
    for (const Link& link : links_) {
      const void* in[3];
      for (std::size_t i = 0; i < link.arity; ++i) in[i] = read(link.in[i], begin, count);
      if (link.is_sum()) {
        *partial = sum_tile(link.dtype, count, in[0]);
        partial += tiles_;
        continue;
      }
      std::byte* out = target(link.out, begin);
      link.kernel(count, out, in, *link.attributes);
      if (link.out.place == Operand::Place::staged) write_run(link.out.walk, begin, count, out);
    }
  }

 private:
  std::byte* slot(const Operand& operand) const {
    return scratch_.as() + operand.slot * slot_bytes;
  }
  std::byte* target(const Operand& operand, std::int64_t begin) const {
    if (operand.place != Operand::Place::memory) return slot(operand);
    return operand.walk.data + begin * static_cast<std::int64_t>(operand.walk.item);
  }
  const void* read(const Operand& operand, std::int64_t begin, std::int64_t count) const {
    if (operand.place == Operand::Place::staged) {
      read_run(operand.walk, begin, count, slot(operand));
    }
    return target(operand, begin);
  }

  std::span<const Link> links_;
  Scratch scratch_;
  Partial* partials_;
  std::int64_t tiles_;
};

}  // namespace

FlatKernel flat_kernel(Op op, DType in, DType out, const Attributes& attributes) {
  if (const FlatKernel kernel = arithmetic_kernel(op, in, out)) return kernel;
  return function_kernel(op, in, attributes.activation);
}

Operand make_operand(const View& view, int& slots) {
  Operand operand;
  operand.walk = walk(view);
  if (operand.walk.flat()) return operand;
  operand.place = operand.walk.constant() ? Operand::Place::fixed : Operand::Place::staged;
  operand.slot = slots++;
  return operand;
}

Link make_link(const Command& command, int& slots) {
  Link link;
  const DType out = command.out[0].dtype;
  link.kernel = flat_kernel(command.op, command.in.empty() ? out : command.in.back().dtype, out,
                            command.attributes);
  if (link.kernel == nullptr) {
    fail(ErrorKind::usage, "[{}] the cpu backend does not compute it in {}, cast to f32 first",
         name(command.op), name(out));
  }
  link.attributes = &command.attributes;
  link.arity = command.in.size();
  for (std::size_t i = 0; i < link.arity; ++i) link.in[i] = make_operand(command.in[i], slots);
  link.out = make_operand(command.out[0], slots);
  return link;
}

bool is_full_sum(const Command& command) {
  if (command.op != Op::sum || command.out[0].shape.numel() != 1) return false;
  return command.in[0].dtype == command.out[0].dtype;
}

Link make_sum_link(const Command& command, int& slots) {
  Link link;
  link.attributes = &command.attributes;
  link.dtype = command.out[0].dtype;
  link.arity = 1;
  link.in[0] = make_operand(command.in[0], slots);
  link.out.walk = walk(command.out[0]);
  return link;
}

void run_chain(std::span<const Link> links, std::int64_t count, int slots, ThreadPool& pool) {
  const std::int64_t tiles = pieces(count, tile_size);
  const auto sums =
      std::count_if(links.begin(), links.end(), [](const Link& link) { return link.is_sum(); });
  const Scratch partials(static_cast<std::size_t>(sums * tiles) * sizeof(Partial));
  // A single op over packed memory gains nothing from small tiles.
  const std::int64_t tile = links.size() == 1 && slots == 0 && sums == 0 ? grain : tile_size;
  pool.parallel_for(pieces(count, grain), [&](std::int64_t task) {
    const std::int64_t begin = task * grain;
    const std::int64_t end = std::min(begin + grain, count);
    Runner runner(links, slots, partials.as<Partial>(), tiles);
    runner.prepare(std::min(end - begin, tile));
    for (std::int64_t i = begin; i < end; i += tile) runner.run_tile(i, std::min(tile, end - i));
  });
  const Partial* partial = partials.as<Partial>();
  for (const Link& link : links) {
    if (!link.is_sum()) continue;
    store_total(link.dtype, {partial, static_cast<std::size_t>(tiles)}, link.out.walk.data);
    partial += tiles;
  }
}

void run_elementwise(const Command& command, ThreadPool& pool) {
  int slots = 0;
  const Link link = make_link(command, slots);
  run_chain({&link, 1}, link.out.walk.count, slots, pool);
}

Partial sum_tile(DType dtype, std::int64_t count, const void* from) {
  Partial partial{};
  dispatch(dtype, [&]<class T>() {
    const auto* x = static_cast<const T*>(from);
    if constexpr (std::is_floating_point_v<T>) {
      partial.floating = map_total<T>(
          count, [](const Batch<T>& b) { return b; }, x);
    } else {
      std::uint64_t total = 0;  // wraps around
      for (std::int64_t i = 0; i < count; ++i) total += static_cast<std::uint64_t>(x[i]);
      partial.integer = static_cast<std::int64_t>(total);
    }
  });
  return partial;
}

void store_total(DType dtype, std::span<const Partial> partials, void* to) {
  dispatch(dtype, [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>) {
      double total = 0;
      for (const Partial& p : partials) total += p.floating;
      *static_cast<T*>(to) = static_cast<T>(total);
    } else {
      std::uint64_t total = 0;
      for (const Partial& p : partials) total += static_cast<std::uint64_t>(p.integer);
      *static_cast<T*>(to) = static_cast<T>(total);
    }
  });
}

}  // namespace varve::cpu
