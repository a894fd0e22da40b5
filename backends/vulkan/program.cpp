#include "backends/vulkan/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backends/vulkan/chains.h"
#include "backends/vulkan/kernel.h"
#include "backends/vulkan/schedule.h"
#include "backends/vulkan/writer.h"
#include "framework/backend/layout.h"
#include "framework/backend/memory_plan.h"
#include "framework/ops/op.h"

namespace varve::vulkan {

namespace {

constexpr std::size_t arena_alignment = 256;
// Dispatches of one submission: drivers end what seems to hang.
constexpr std::uint32_t most_dispatches = 2000;
// How far a step may move ahead to run beside others.
constexpr std::size_t reach_ahead = 8;

/// Command buffers that are recorded once and submitted many times.
class Reel {
 public:
  Reel(const Context& context, Pipelines& pipelines)
      : context_(context), sets_(context, pipelines.set_layout()) {
    VkCommandPoolCreateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
    info.queueFamilyIndex = context_.queue_family();
    context_.check(context_.api().vkCreateCommandPool(context_.device(), &info, nullptr, &pool_),
                   "vkCreateCommandPool");
  }
  ~Reel() { context_.api().vkDestroyCommandPool(context_.device(), pool_, nullptr); }
  Reel(const Reel&) = delete;
  Reel& operator=(const Reel&) = delete;

  /// Starts the next command buffer. A replay may be submitted before the last one is done.
  void begin(CommandWriter& writer) {
    VkCommandBufferAllocateInfo info{};
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
    info.commandPool = pool_;
    info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    info.commandBufferCount = 1;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    context_.check(context_.api().vkAllocateCommandBuffers(context_.device(), &info, &commands),
                   "vkAllocateCommandBuffers");
    writer.begin(commands, sets_, VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT);
    commands_.push_back(commands);
  }
  const std::vector<VkCommandBuffer>& commands() const { return commands_; }

 private:
  const Context& context_;
  DescriptorSets sets_;
  VkCommandPool pool_ = VK_NULL_HANDLE;
  std::vector<VkCommandBuffer> commands_;
};

/// Encodes into a reel.
class Recorder : public Encoder {
 public:
  Recorder(const Context& context, Pipelines& pipelines, Memory& memory, Stream& stream, Reel& reel)
      : memory_(memory), stream_(stream), reel_(reel), writer_(context, pipelines) {}

  const Traits& traits() const override { return stream_.traits(); }
  void run(const Dispatch& dispatch, Groups groups) override { writer().run(dispatch, groups); }
  void fill_words(const View& out, std::uint32_t word) override {
    if (out.shape.numel() > 0) writer().fill(range_of(out, Binding::Access::write), word);
  }
  void copy_bytes(const View& from, const View& to) override {
    if (to.shape.numel() == 0) return;
    writer().copy(range_of(from, Binding::Access::read), range_of(to, Binding::Access::write));
  }
  View scratch(Shape shape, DType dtype) override;
  View counters(std::uint64_t count) override { return stream_.counters(count); }
  const Buffer& status() override { return stream_.status(); }

  /// Steps until the next call may run side by side.
  void begin_batch() { ++batch_; }
  void finish() {
    if (writer_.commands() == VK_NULL_HANDLE) return;
    flags_ = flags_ || writer_.flags();
    dispatches_ += writer_.count();
    writer_.end();
  }
  bool flags() const { return flags_; }
  std::uint64_t dispatches() const { return dispatches_; }
  /// Memory that the recorded work uses between its steps.
  std::vector<Buffer> take_scratch() {
    std::vector<Buffer> buffers;
    for (Scratch& scratch : scratch_) buffers.push_back(std::move(scratch.buffer));
    return buffers;
  }

 private:
  CommandWriter& writer() {
    if (writer_.commands() != VK_NULL_HANDLE && writer_.count() >= most_dispatches) finish();
    if (writer_.commands() == VK_NULL_HANDLE) reel_.begin(writer_);
    return writer_;
  }

  Memory& memory_;
  Stream& stream_;
  Reel& reel_;
  CommandWriter writer_;
  struct Scratch {
    Buffer buffer;
    std::size_t batch = 0;  ///< that used it last
  };
  std::vector<Scratch> scratch_;
  std::size_t batch_ = 0;
  bool flags_ = false;
  std::uint64_t dispatches_ = 0;
};

/// What kernels of earlier batches have dropped serves the next ones: the smallest that is long
/// enough.
View Recorder::scratch(Shape shape, DType dtype) {
  const auto bytes = static_cast<std::size_t>(shape.numel()) * size_of(dtype);
  Scratch* best = nullptr;
  for (Scratch& scratch : scratch_) {
    const bool free = scratch.buffer.use_count() == 1 && scratch.batch < batch_;
    if (!free || scratch.buffer.bytes() < bytes) continue;
    if (best == nullptr || scratch.buffer.bytes() < best->buffer.bytes()) best = &scratch;
  }
  if (best == nullptr) {
    scratch_.push_back({memory_.allocate(bytes)});
    best = &scratch_.back();
  }
  best->batch = batch_;
  return {best->buffer, shape, contiguous_strides(shape), 0, dtype};
}

class RecordedProgram : public Program {
 public:
  RecordedProgram(std::unique_ptr<Reel> reel, std::vector<Buffer> buffers, bool flags,
                  std::string label, const Context& context, Stream& stream, std::mutex& mutex)
      : buffers_(std::move(buffers)),
        reel_(std::move(reel)),
        flags_(flags),
        label_(std::move(label)),
        context_(context),
        stream_(stream),
        mutex_(mutex) {}

  ~RecordedProgram() override {
    if (!context_.usable()) {
      static_cast<void>(reel_.release());
      return;
    }
    const std::lock_guard lock(mutex_);
    try {
      stream_.wait(last_);
    } catch (const std::exception&) {
      // The device is lost, and with it what it was doing.
    }
    reel_.reset();
  }
  RecordedProgram(const RecordedProgram&) = delete;
  RecordedProgram& operator=(const RecordedProgram&) = delete;

  void run() override {
    context_.check_usable();
    const std::lock_guard lock(mutex_);
    for (const VkCommandBuffer& commands : reel_->commands()) {
      last_ = stream_.submit({&commands, 1}, flags_, label_);
    }
  }

 private:
  std::vector<Buffer> buffers_;  ///< all that the command buffers touch
  std::unique_ptr<Reel> reel_;
  bool flags_;
  std::string label_;
  const Context& context_;
  Stream& stream_;
  std::mutex& mutex_;
  std::uint64_t last_ = 0;
};

std::set<const Storage*> storages_of(const std::vector<Buffer>& buffers) {
  std::set<const Storage*> storages;
  for (const Buffer& buffer : buffers) storages.insert(buffer.storage());
  return storages;
}

template <class F>
void for_each_view(std::vector<Batch>& batches, const F& f) {
  for (Batch& batch : batches) {
    for (Step& step : batch) {
      for (Command& command : step.commands) {
        varve::for_each_view(command, [&](View& view, bool) { f(step, view); });
      }
    }
  }
}

/// Puts names in place of temporaries that live in registers, so that their memory can go.
void release_held(Step& step) {
  std::map<const Storage*, Buffer> names;
  for (const Storage* storage : step.held) names[storage] = Buffer(std::make_shared<Storage>());
  for (Command& command : step.commands) {
    varve::for_each_view(command, [&](View& view, bool) {
      const auto found = names.find(view.buffer.storage());
      if (found != names.end()) view.buffer = found->second;
    });
  }
  step.held.clear();
  for (const auto& [storage, name] : names) step.held.insert(name.storage());
}

/// Lays the temporaries out in one arena; those of one batch share nothing, or its steps would wait
/// for each other. Their own memory is given back before that of the arena is allocated: a step
/// must not need twice the memory because it is captured.
void plan_memory(std::vector<Batch>& batches, Recording& recording, Memory& memory,
                 Stream& stream) {
  MemoryPlan plan(recording.temporaries, arena_alignment);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    for (const Step& step : batches[i]) {
      for (const Command& command : step.commands) plan.use(i, command);
    }
  }
  for (Batch& batch : batches) {
    for (Step& step : batch) {
      for (const Storage* storage : step.held) plan.leave_out(storage);
      release_held(step);
    }
  }
  const std::size_t bytes = plan.place();
  std::vector<View*> moved;
  for_each_view(batches, [&](const Step&, View& view) {
    if (plan.move(view, Buffer())) moved.push_back(&view);
  });
  recording.temporaries.clear();
  recording.commands.clear();
  stream.synchronize();
  memory.trim();
  const Buffer arena = memory.allocate(bytes);
  for (View* view : moved) view->buffer = arena;
}

/// Every buffer that the steps touch, once.
std::vector<Buffer> buffers_of(std::vector<Batch>& batches) {
  std::vector<Buffer> buffers;
  std::set<const Storage*> seen;
  for_each_view(batches, [&](const Step& step, const View& view) {
    const Storage* storage = view.buffer.storage();
    if (!step.held.contains(storage) && seen.insert(storage).second) buffers.push_back(view.buffer);
  });
  return buffers;
}

void encode(const Step& step, Encoder& encoder) {
  if (step.chain) return encode_chain(step, encoder);
  const Command& command = step.commands.front();
  find_kernel(command.op).kernel(command, encoder);
}

/// "a captured step of 57 dispatches that ends in matmul, adam_step" for the report of a lost
/// device.
std::string label_of(const std::vector<Batch>& batches, std::uint64_t dispatches) {
  constexpr std::size_t shown = 3;
  std::string names;
  for (std::size_t i = batches.size() - std::min(shown, batches.size()); i < batches.size(); ++i) {
    for (const Step& step : batches[i]) {
      names += fmt::format("{}{}{}", names.empty() ? "" : ", ",
                           varve::name(step.commands.front().op), step.chain ? "..." : "");
    }
  }
  return fmt::format("a captured step of {} dispatches that ends in {}", dispatches, names);
}

}  // namespace

std::unique_ptr<Program> compile(Recording recording, Context& context, Pipelines& pipelines,
                                 Memory& memory, Stream& stream, std::mutex& mutex) {
  remove_copies(recording);
  std::vector<Batch> batches =
      schedule(group(std::move(recording.commands), recording.constants,
                     storages_of(recording.temporaries), stream.traits(), context.options().fusion),
               reach_ahead);
  plan_memory(batches, recording, memory, stream);
  auto reel = std::make_unique<Reel>(context, pipelines);
  Recorder recorder(context, pipelines, memory, stream, *reel);
  for (const Batch& batch : batches) {
    recorder.begin_batch();
    for (const Step& step : batch) encode(step, recorder);
  }
  recorder.finish();
  std::vector<Buffer> buffers = buffers_of(batches);
  for (Buffer& buffer : recorder.take_scratch()) buffers.push_back(std::move(buffer));
  return std::make_unique<RecordedProgram>(std::move(reel), std::move(buffers), recorder.flags(),
                                           label_of(batches, recorder.dispatches()), context,
                                           stream, mutex);
}

}  // namespace varve::vulkan
