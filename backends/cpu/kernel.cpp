#include "backends/cpu/kernel.h"

#include <memory>
#include <new>
#include <vector>

#include "backends/cpu/elementwise.h"
#include "framework/ops/table.h"

namespace varve::cpu {

namespace {

constexpr std::align_val_t alignment{64};
constexpr std::int64_t copy_grain = 16384;

struct Free {
  void operator()(std::byte* data) const { ::operator delete(data, alignment); }
};

struct Level {
  std::unique_ptr<std::byte, Free> data;
  std::size_t bytes = 0;
};

struct ScratchStack {
  std::vector<Level> levels;
  std::size_t depth = 0;
};

ScratchStack& scratch_stack() {
  thread_local ScratchStack stack;
  return stack;
}

}  // namespace

Scratch::Scratch(std::size_t bytes) {
  ScratchStack& stack = scratch_stack();
  if (stack.depth == stack.levels.size()) stack.levels.emplace_back();
  Level& level = stack.levels[stack.depth];
  if (level.bytes < bytes) {
    level.data.reset();
    level.bytes = 0;
    auto* memory = static_cast<std::byte*>(::operator new(bytes, alignment, std::nothrow));
    if (memory == nullptr) {
      fail(ErrorKind::memory, "[cpu] no {} bytes of working memory, use a smaller batch or model",
           bytes);
    }
    level.data.reset(memory);
    level.bytes = bytes;
  }
  data_ = level.data.get();
  ++stack.depth;
}

Scratch::~Scratch() { --scratch_stack().depth; }

Packed::Packed(const View& view, ThreadPool& pool) {
  const Walk w = walk(view);
  data_ = w.data;
  if (w.flat()) return;
  copy_.emplace(static_cast<std::size_t>(w.count) * w.item);
  std::byte* to = copy_->as();
  pool.parallel_for(pieces(w.count, copy_grain), [&](std::int64_t task) {
    const std::int64_t begin = task * copy_grain;
    read_run(w, begin, std::min(copy_grain, w.count - begin),
             to + begin * static_cast<std::int64_t>(w.item));
  });
  data_ = to;
}

PackedResult::PackedResult(const View& view, ThreadPool& pool)
    : walk_(walk(view)), pool_(pool), data_(walk_.data) {
  if (walk_.flat()) return;
  copy_.emplace(static_cast<std::size_t>(walk_.count) * walk_.item);
  data_ = copy_->as();
}

PackedResult::~PackedResult() {
  if (!copy_) return;
  pool_.parallel_for(pieces(walk_.count, copy_grain), [&](std::int64_t task) {
    const std::int64_t begin = task * copy_grain;
    write_run(walk_, begin, std::min(copy_grain, walk_.count - begin),
              data_ + begin * static_cast<std::int64_t>(walk_.item));
  });
}

Kernel find_kernel(Op op) {
  if (is_elementwise(op)) return run_elementwise;
  for (const auto family : {reduce_kernel, matmul_kernel, index_kernel, ordering_kernel,
                            window_kernel, conv_kernel, random_kernel, rows_kernel, optim_kernel}) {
    if (const Kernel kernel = family(op)) return kernel;
  }
  return nullptr;
}

}  // namespace varve::cpu
