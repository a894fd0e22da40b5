#include "backends/vulkan/stream.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "backends/vulkan/queue.h"
#include "backends/vulkan/staging.h"
#include "backends/vulkan/writer.h"
#include "framework/backend/host.h"
#include "framework/core/error.h"
#include "framework/ops/op.h"

namespace varve::vulkan {

namespace {

// A batch is short while the device has nothing to do, then grows: few submissions, early starts.
constexpr std::uint32_t first_batch = 8;
constexpr std::uint32_t last_batch = 64;
// Submissions that may wait for the device before the host waits for it, too.
constexpr std::uint64_t most_pending = 64;
constexpr std::size_t most_inline_bytes = 4096;       // of vkCmdUpdateBuffer
constexpr std::size_t least_waiting_bytes = 1 << 20;  // worth to wait for rather than to copy twice
constexpr std::size_t readback_bytes = 8 << 20;
constexpr std::int64_t least_ring = 1 << 16;
constexpr std::size_t status_words = 8;
constexpr std::size_t status_bytes = status_words * sizeof(std::uint32_t);
constexpr std::uint64_t recording = std::numeric_limits<std::uint64_t>::max();

/// A command buffer that is recorded, submitted, and used again.
struct Slot {
  Slot(const Context& c, VkDescriptorSetLayout layout) : context(c), sets(c, layout) {
    VkCommandPoolCreateInfo pool_info{};
    pool_info.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
    pool_info.flags = VK_COMMAND_POOL_CREATE_TRANSIENT_BIT;
    pool_info.queueFamilyIndex = context.queue_family();
    context.check(context.api().vkCreateCommandPool(context.device(), &pool_info, nullptr, &pool),
                  "vkCreateCommandPool");
    VkCommandBufferAllocateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
    info.commandPool = pool;
    info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    info.commandBufferCount = 1;
    context.check(context.api().vkAllocateCommandBuffers(context.device(), &info, &commands),
                  "vkAllocateCommandBuffers");
  }
  ~Slot() { context.api().vkDestroyCommandPool(context.device(), pool, nullptr); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  const Context& context;
  VkCommandPool pool = VK_NULL_HANDLE;
  VkCommandBuffer commands = VK_NULL_HANDLE;
  DescriptorSets sets;
  std::uint64_t number = 0;  ///< the submission that it is part of
};

Binding range_of(const Allocation& memory, std::size_t offset, std::size_t bytes,
                 Binding::Access access) {
  return {memory.block, memory.offset + offset, bytes, access};
}

}  // namespace

class Stream::Impl {
 public:
  Impl(Context& c, Pipelines& p, Memory& m)
      : context(c), pipelines(p), memory(m), queue(c), staging(m, queue), writer(c, p) {
    memory.on_pressure([this] {
      flush();
      queue.wait(queue.submitted());
    });
  }
  ~Impl() {
    memory.on_pressure({});
    context.api().vkDeviceWaitIdle(context.device());
    context.api().vkDestroyQueryPool(context.device(), clock, nullptr);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Slot& acquire();
  CommandWriter& record();
  void after(std::string_view what);
  std::uint64_t submit(std::span<const VkCommandBuffer> more);
  void flush() { static_cast<void>(submit({})); }
  bool idle() { return slot == nullptr && queue.done(queue.submitted()); }
  void finish();
  void check_status();
  void check_status(std::span<const std::uint32_t, status_words> words);
  void stage(const Allocation& to, std::size_t offset, std::span<const std::byte> from);
  void start_clock();
  void timestamp(std::uint32_t which, VkCommandBuffer commands);
  void read_clock();

  Context& context;
  Pipelines& pipelines;
  Memory& memory;
  Queue queue;
  Staging staging;
  CommandWriter writer;
  std::vector<std::unique_ptr<Slot>> slots;
  Slot* slot = nullptr;  ///< the one that is being recorded
  std::uint32_t batch = first_batch;
  Buffer status, status_copy, readback;
  Buffer ring;  ///< for counters()
  std::int64_t ring_size = 0, ring_next = 0;
  bool flagged = false;  ///< something that was submitted may have left words in `status`
  VkQueryPool clock = VK_NULL_HANDLE;
  double busy_us = 0;
  Counts counts;
};

Slot& Stream::Impl::acquire() {
  const auto free = std::find_if(slots.begin(), slots.end(), [&](const auto& candidate) {
    return candidate->number != recording && queue.done(candidate->number);
  });
  if (free == slots.end()) {
    slots.push_back(std::make_unique<Slot>(context, pipelines.set_layout()));
    return *slots.back();
  }
  context.check(context.api().vkResetCommandPool(context.device(), (*free)->pool, 0),
                "vkResetCommandPool");
  (*free)->sets.reset();
  return **free;
}

/// The writer, at work on an open command buffer.
CommandWriter& Stream::Impl::record() {
  context.check(VK_SUCCESS, "recording");  // throws on a lost device
  if (slot == nullptr) {
    Slot& next = acquire();
    writer.begin(next.commands, next.sets, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT);
    next.number = recording;
    slot = &next;
    if (clock != VK_NULL_HANDLE) {
      context.api().vkCmdResetQueryPool(slot->commands, clock, 0, 2);
      timestamp(0, slot->commands);
    }
  }
  return writer;
}

/// Call it when something was recorded.
void Stream::Impl::after(std::string_view what) {
  queue.note(what);
  if (context.options().serialize) {
    finish();
  } else if (writer.count() >= batch) {
    flush();
    batch = std::min(2 * batch, last_batch);
  }
}

/// Submits what is recorded, and more. Returns the number of the last submission.
std::uint64_t Stream::Impl::submit(std::span<const VkCommandBuffer> more) {
  context.check(VK_SUCCESS, "submitting");
  if (slot == nullptr && more.empty()) return queue.submitted();
  if (clock != VK_NULL_HANDLE) record();  // the clock starts in it
  std::vector<VkCommandBuffer> all;
  std::vector<Slot*> used;
  if (slot != nullptr) {
    counts.dispatches += writer.count();
    counts.barriers += writer.barriers();
    flagged = flagged || writer.flags();
    used.push_back(std::exchange(slot, nullptr));
    all.push_back(used.back()->commands);
    writer.end();
  }
  all.insert(all.end(), more.begin(), more.end());
  if (clock != VK_NULL_HANDLE) {
    Slot& end = acquire();
    writer.begin(end.commands, end.sets, VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT);
    timestamp(1, end.commands);
    writer.end();
    used.push_back(&end);
    all.push_back(end.commands);
  }
  const std::uint64_t number = queue.submit(all);
  ++counts.submissions;
  for (Slot* part : used) part->number = number;
  if (clock != VK_NULL_HANDLE) {
    queue.wait(number);
    read_clock();
  } else if (number > most_pending) {
    queue.wait(number - most_pending);
  }
  return number;
}

/// Waits for everything and throws what an index op reported.
void Stream::Impl::finish() {
  const bool check = flagged || (slot != nullptr && writer.flags());
  if (check && allocation(status).mapped == nullptr) {
    const Allocation& words = allocation(status);
    if (!status_copy) status_copy = memory.allocate(words.bytes, MemoryKind::readback);
    record().copy(range_of(words, 0, words.bytes, Binding::Access::read),
                  range_of(allocation(status_copy), 0, words.bytes, Binding::Access::write));
  }
  flush();
  queue.wait(queue.submitted());
  batch = first_batch;
  if (check) check_status();
}

/// After a wait.
void Stream::Impl::check_status() {
  flagged = false;
  const Allocation& own = allocation(status);
  std::array<std::uint32_t, status_words> words{};
  std::memcpy(words.data(), own.mapped != nullptr ? own.mapped : allocation(status_copy).mapped,
              sizeof(words));
  check_status(words);
}

/// Throws what they report, once.
void Stream::Impl::check_status(std::span<const std::uint32_t, status_words> words) {
  if (words[0] == 0) return;
  record().fill(range_of(allocation(status), 0, status_bytes, Binding::Access::write), 0);
  const auto index =
      static_cast<std::int64_t>(static_cast<std::uint64_t>(words[3]) << 32 | words[2]);
  fail(ErrorKind::usage, "[{}] index {} is outside of an axis of {}",
       varve::name(static_cast<Op>(words[1])), index, words[4]);
}

/// By way of host memory that is put aside.
void Stream::Impl::stage(const Allocation& to, std::size_t offset,
                         std::span<const std::byte> from) {
  while (!from.empty()) {
    const std::size_t bytes = std::min(from.size(), Staging::chunk_bytes);
    auto place = staging.take(bytes);
    if (!place) {
      flush();
      place = staging.take(bytes);
    }
    std::memcpy(place->host, from.data(), bytes);
    record().copy(place->binding, range_of(to, offset, bytes, Binding::Access::write));
    after("upload");
    from = from.subspan(bytes);
    offset += bytes;
  }
}

void Stream::Impl::start_clock() {
  VkQueryPoolCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO;
  info.queryType = VK_QUERY_TYPE_TIMESTAMP;
  info.queryCount = 2;
  context.check(context.api().vkCreateQueryPool(context.device(), &info, nullptr, &clock),
                "vkCreateQueryPool");
}

void Stream::Impl::timestamp(std::uint32_t which, VkCommandBuffer commands) {
  context.api().vkCmdWriteTimestamp(
      commands,
      which == 0 ? VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT : VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, clock,
      which);
}

void Stream::Impl::read_clock() {
  std::array<std::uint64_t, 2> ticks{};
  context.check(context.api().vkGetQueryPoolResults(
                    context.device(), clock, 0, 2, sizeof(ticks), ticks.data(), sizeof(ticks[0]),
                    VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT),
                "vkGetQueryPoolResults");
  busy_us += static_cast<double>(ticks[1] - ticks[0]) * context.timestamp_period_ns() / 1000;
}

Stream::Stream(Context& context, Pipelines& pipelines, Memory& memory)
    : impl_(std::make_unique<Impl>(context, pipelines, memory)) {}
Stream::~Stream() = default;

const Traits& Stream::traits() const { return impl_->context.traits(); }

void Stream::run(const Dispatch& dispatch, Groups groups) {
  impl_->record().run(dispatch, groups);
  impl_->after(varve::name(dispatch.op()));
}

void Stream::fill_words(const View& out, std::uint32_t word) {
  if (out.shape.numel() == 0) return;
  impl_->record().fill(range_of(out, Binding::Access::write), word);
  impl_->after("fill");
}

void Stream::copy_bytes(const View& from, const View& to) {
  if (to.shape.numel() == 0) return;
  impl_->record().copy(range_of(from, Binding::Access::read), range_of(to, Binding::Access::write));
  impl_->after("copy");
}

View Stream::scratch(Shape shape, DType dtype) {
  const auto bytes = static_cast<std::size_t>(shape.numel()) * size_of(dtype);
  return {impl_->memory.allocate(bytes), shape, contiguous_strides(shape), 0, dtype};
}

/// From a ring, so that dispatches side by side have counters of their own: one that meets
/// another's waits for it, as for any memory.
View Stream::counters(std::uint64_t count) {
  Impl& s = *impl_;
  const auto wanted = static_cast<std::int64_t>(count);
  if (!s.ring || s.ring_size < wanted) {
    s.ring_size = std::max(least_ring, 4 * wanted);
    s.ring = s.memory.allocate(static_cast<std::size_t>(s.ring_size) * sizeof(std::uint32_t));
    const Allocation& words = allocation(s.ring);
    s.record().fill(range_of(words, 0, words.bytes, Binding::Access::write), 0);
    s.flush();  // before any program that is being recorded
    s.ring_next = 0;
  }
  if (s.ring_next + wanted > s.ring_size) s.ring_next = 0;
  View view{s.ring, {wanted}, {1}, s.ring_next, DType::i32};
  s.ring_next += (wanted + 63) / 64 * 64;
  return view;
}

const Buffer& Stream::status() {
  Impl& s = *impl_;
  if (!s.status) {
    s.status = s.memory.allocate(status_bytes);
    const Allocation& words = allocation(s.status);
    s.record().fill(range_of(words, 0, words.bytes, Binding::Access::write), 0);
  }
  return s.status;
}

void Stream::upload(const Buffer& to, std::size_t offset, std::span<const std::byte> from) {
  Impl& s = *impl_;
  if (from.empty()) return;
  s.context.check(VK_SUCCESS, "upload");
  const Allocation& memory = allocation(to);
  if (memory.mapped != nullptr && (from.size() >= least_waiting_bytes || s.idle())) {
    s.flush();
    s.queue.wait(s.queue.submitted());
    std::memcpy(memory.mapped + offset, from.data(), from.size());
  } else if (from.size() <= most_inline_bytes && from.size() % 4 == 0 && offset % 4 == 0) {
    s.record().update(range_of(memory, offset, from.size(), Binding::Access::write), from);
    s.after("upload");
  } else {
    s.stage(memory, offset, from);
  }
}

void Stream::download(const Buffer& from, std::size_t offset, std::span<std::byte> to) {
  Impl& s = *impl_;
  if (to.empty()) return;
  s.context.check(VK_SUCCESS, "download");
  const Allocation& memory = allocation(from);
  if (memory.mapped != nullptr) {
    s.finish();
    std::memcpy(to.data(), memory.mapped + offset, to.size());
    return;
  }
  if (!s.readback) s.readback = s.memory.allocate(readback_bytes, MemoryKind::readback);
  while (!to.empty()) {
    const std::size_t bytes = std::min(to.size(), readback_bytes);
    s.record().copy(range_of(memory, offset, bytes, Binding::Access::read),
                    range_of(allocation(s.readback), 0, bytes, Binding::Access::write));
    s.queue.note("download");
    s.finish();
    std::memcpy(to.data(), allocation(s.readback).mapped, bytes);
    to = to.subspan(bytes);
    offset += bytes;
  }
}

Download Stream::start_download(const Buffer& from, std::size_t offset, std::size_t bytes) {
  Impl& s = *impl_;
  s.context.check(VK_SUCCESS, "download");
  Download download{s.memory.allocate(status_bytes + bytes, MemoryKind::readback), bytes};
  const Allocation& to = allocation(download.memory);
  const auto copy = [&](const Allocation& source, std::size_t begin, std::size_t count,
                        std::size_t place) {
    s.record().copy(range_of(source, begin, count, Binding::Access::read),
                    range_of(to, place, count, Binding::Access::write));
  };
  download.flagged = s.flagged || (s.slot != nullptr && s.writer.flags());
  if (download.flagged) copy(allocation(s.status), 0, status_bytes, 0);
  if (bytes > 0) copy(allocation(from), offset, bytes, status_bytes);
  download.submission = s.slot == nullptr ? s.queue.submitted() : s.queue.submitted() + 1;
  s.after("download");
  return download;
}

std::vector<std::byte> Stream::finish(const Download& download) {
  Impl& s = *impl_;
  if (download.submission > s.queue.submitted()) s.flush();
  s.queue.wait(download.submission);
  const std::byte* words = allocation(download.memory).mapped;
  if (download.flagged) {
    std::array<std::uint32_t, status_words> status{};
    std::memcpy(status.data(), words, sizeof(status));
    s.check_status(status);
  }
  return {words + status_bytes, words + status_bytes + download.bytes};
}

void Stream::flush() { impl_->flush(); }

std::uint64_t Stream::submit(std::span<const VkCommandBuffer> commands, bool flags,
                             std::string_view label) {
  impl_->queue.note(label);
  impl_->flagged = impl_->flagged || flags;
  return impl_->submit(commands);
}

void Stream::wait(std::uint64_t submission) { impl_->queue.wait(submission); }

void Stream::synchronize() { impl_->finish(); }

double Stream::busy_us() {
  impl_->finish();
  if (impl_->clock == VK_NULL_HANDLE) impl_->start_clock();
  return std::exchange(impl_->busy_us, 0.0);
}

Stream::Counts Stream::counts() const { return impl_->counts; }

}  // namespace varve::vulkan
