#include "backends/vulkan/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "framework/core/error.h"
#include "framework/platform/platform.h"

namespace varve::vulkan {

namespace {

constexpr std::uint64_t grain = 256;
constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::uint64_t device_block = 64 * mebibyte;
constexpr std::uint64_t host_block = 4 * mebibyte;

constexpr VkMemoryPropertyFlags host_flags =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;

/// The longest memory that a block may be.
std::uint64_t longest_buffer(const PhysicalDevice& device) {
  VkPhysicalDeviceMaintenance4Properties sizes{};
  sizes.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES;
  VkPhysicalDeviceProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  vkGetPhysicalDeviceProperties2(device.handle, &properties);
  if (properties.properties.apiVersion >= VK_API_VERSION_1_3) {
    properties.pNext = &sizes;
    vkGetPhysicalDeviceProperties2(device.handle, &properties);
  }
  return sizes.maxBufferSize > 0 ? sizes.maxBufferSize : std::numeric_limits<std::int64_t>::max();
}

/// How large a block may be if the driver is to be asked for no more than it promises to give.
std::uint64_t promised_block(const PhysicalDevice& device) {
  VkPhysicalDeviceMaintenance3Properties sizes{};
  sizes.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES;
  VkPhysicalDeviceProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  properties.pNext = &sizes;
  vkGetPhysicalDeviceProperties2(device.handle, &properties);
  return sizes.maxMemoryAllocationSize;
}

/// How well a memory type serves a kind: less is better, nothing if it does not.
std::optional<int> rank(VkMemoryPropertyFlags flags, MemoryKind kind, bool host_memory) {
  constexpr VkMemoryPropertyFlags unfit = VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT |
                                          VK_MEMORY_PROPERTY_PROTECTED_BIT |
                                          VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD;
  const bool local = (flags & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT) != 0;
  const bool host = (flags & host_flags) == host_flags;
  const bool cached = (flags & VK_MEMORY_PROPERTY_HOST_CACHED_BIT) != 0;
  if ((flags & unfit) != 0) return {};
  switch (kind) {
    case MemoryKind::device:
      if (!local) return {};
      return host_memory ? (host ? (cached ? 0 : 1) : 2) : (host ? 1 : 0);
    case MemoryKind::upload:
      if (!host) return {};
      return (local ? 2 : 0) + (cached ? 1 : 0);
    case MemoryKind::readback:
      if (!host) return {};
      return (cached ? 0 : 2) + (local ? 1 : 0);
  }
  return {};
}

std::string readable(std::uint64_t bytes) {
  if (bytes < mebibyte) return fmt::format("{} bytes", bytes);
  const double mib = static_cast<double>(bytes) / static_cast<double>(mebibyte);
  return mib < 1024 ? fmt::format("{:.1f} MiB", mib) : fmt::format("{:.1f} GiB", mib / 1024);
}

/// One VkBuffer and its memory.
struct Block {
  MemoryKind kind = MemoryKind::device;
  std::uint32_t heap = 0;
  std::uint64_t size = 0;
  VkBuffer buffer = VK_NULL_HANDLE;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  std::byte* mapped = nullptr;
  std::map<std::uint64_t, std::uint64_t> free;  ///< offset to size

  bool unused() const { return free.size() == 1 && free.begin()->second == size; }
};

}  // namespace

struct Memory::State {
  explicit State(const Context& c)
      : context(&c),
        longest(longest_buffer(c.physical())),
        promised(promised_block(c.physical())),
        exact(c.options().validation == Validation::gpu) {}

  struct Part;
  /// A free range as best fit looks for it: kind, size, block, offset.
  using Gap = std::tuple<MemoryKind, std::uint64_t, std::uint64_t, std::uint64_t>;

  platform::ForkMark mark;
  mutable std::mutex mutex;
  const Context* context;  ///< null once the Memory is gone
  std::uint64_t longest, promised;
  /// A block for each allocation: shader instrumentation sees an access out of bounds only where it
  /// leaves the VkBuffer, not where it leaves the bound range.
  bool exact;
  std::map<std::uint64_t, Block> blocks;  ///< by number
  std::set<Gap> gaps;
  std::uint64_t next_block = 0;
  std::uint64_t in_use = 0, reserved = 0;
  long allocations = 0;
  std::function<void()> wait;

  void add_gap(std::uint64_t number, std::uint64_t offset, std::uint64_t size);
  void remove_gap(std::uint64_t number, std::uint64_t offset);
  void reserve(Part& part, MemoryKind kind);
  bool take(Part& part, std::uint64_t bytes, MemoryKind kind);
  void give(const Part& part);
  bool grow(std::uint64_t bytes, MemoryKind kind);
  bool add_block(std::uint64_t size, MemoryKind kind, std::uint32_t type);
  bool make(Block& block, std::uint32_t type, bool visible) const;
  std::uint64_t left(std::uint32_t heap) const;
  void destroy(const Block& block) const;
  void trim();
  [[noreturn]] void refuse(std::size_t bytes, MemoryKind kind) const;
};

struct Memory::State::Part : Allocation {
  Part(std::shared_ptr<State> owner, std::size_t wanted) : state(std::move(owner)) {
    bytes = wanted;
  }
  ~Part() override {
    if (capacity > 0) state->give(*this);
  }
  std::shared_ptr<State> state;
  std::uint64_t number = 0;  ///< of the block
};

void Memory::State::add_gap(std::uint64_t number, std::uint64_t offset, std::uint64_t size) {
  Block& block = blocks.at(number);
  block.free.emplace(offset, size);
  gaps.emplace(block.kind, size, number, offset);
}

void Memory::State::remove_gap(std::uint64_t number, std::uint64_t offset) {
  Block& block = blocks.at(number);
  const auto gap = block.free.find(offset);
  gaps.erase({block.kind, gap->second, number, offset});
  block.free.erase(gap);
}

/// Cuts a part from a free range; false if there is none that is long enough.
bool Memory::State::take(Part& part, std::uint64_t bytes, MemoryKind kind) {
  const auto found = gaps.lower_bound({kind, bytes, 0, 0});
  if (found == gaps.end() || std::get<0>(*found) != kind) return false;
  if (exact && std::get<1>(*found) != bytes) return false;
  const auto [_, size, number, offset] = *found;
  remove_gap(number, offset);
  if (size > bytes) add_gap(number, offset + bytes, size - bytes);
  const Block& block = blocks.at(number);
  part.block = block.buffer;
  part.offset = offset;
  part.capacity = bytes;
  part.mapped = block.mapped == nullptr ? nullptr : block.mapped + offset;
  part.number = number;
  in_use += bytes;
  return true;
}

void Memory::State::give(const Part& part) {
  if (mark.forked()) return;  // the parent's, and who held the lock is not here
  const std::lock_guard lock(mutex);
  if (context == nullptr) return;
  in_use -= part.capacity;
  std::uint64_t first = part.offset;
  std::uint64_t last = part.offset + part.capacity;
  const Block& block = blocks.at(part.number);
  const auto after = block.free.find(last);
  if (after != block.free.end()) {
    last += after->second;
    remove_gap(part.number, after->first);
  }
  const auto before = block.free.lower_bound(first);
  if (before != block.free.begin()) {
    const auto [offset, size] = *std::prev(before);
    if (offset + size == first) {
      first = offset;
      remove_gap(part.number, offset);
    }
  }
  add_gap(part.number, first, last - first);
}

/// How much more a heap should give.
std::uint64_t Memory::State::left(std::uint32_t heap) const {
  std::uint64_t used = 0;
  for (const auto& [number, block] : blocks) used += block.heap == heap ? block.size : 0;
  return context->free_bytes(heap, used);
}

/// A new block of at least `bytes`, from the memory type that suits best, else the next.
bool Memory::State::grow(std::uint64_t bytes, MemoryKind kind) {
  const VkPhysicalDeviceMemoryProperties& types = context->memory();
  std::vector<std::pair<int, std::uint32_t>> order;
  for (std::uint32_t i = 0; i < types.memoryTypeCount; ++i) {
    const auto score =
        rank(types.memoryTypes[i].propertyFlags, kind, context->traits().host_memory);
    if (score) order.emplace_back(*score, i);
  }
  std::sort(order.begin(), order.end());
  const std::uint64_t usual = kind == MemoryKind::device ? device_block : host_block;
  const std::uint64_t roomy =
      exact ? bytes : std::max(bytes, std::min(usual, promised / grain * grain));
  for (const std::uint64_t size : {roomy, bytes}) {
    for (const auto& [score, type] : order) {
      if (add_block(size, kind, type)) return true;
    }
  }
  return false;
}

bool Memory::State::add_block(std::uint64_t size, MemoryKind kind, std::uint32_t type) {
  const VkMemoryType& memory_type = context->memory().memoryTypes[type];
  Block block;
  block.kind = kind;
  block.heap = memory_type.heapIndex;
  block.size = size;
  if (!make(block, type, (memory_type.propertyFlags & host_flags) == host_flags)) {
    destroy(block);
    return false;
  }
  context->label(VK_OBJECT_TYPE_BUFFER, reinterpret_cast<std::uint64_t>(block.buffer),
                 fmt::format("block {}", next_block));
  blocks.emplace(next_block, std::move(block));
  add_gap(next_block++, 0, size);
  reserved += size;
  return true;
}

bool Memory::State::make(Block& block, std::uint32_t type, bool visible) const {
  const VolkDeviceTable& api = context->api();
  const VkDevice device = context->device();
  VkBufferCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  info.size = block.size;
  info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
               VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  info.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
  if (api.vkCreateBuffer(device, &info, nullptr, &block.buffer) != VK_SUCCESS) return false;
  VkMemoryRequirements needs{};
  api.vkGetBufferMemoryRequirements(device, block.buffer, &needs);
  if ((needs.memoryTypeBits >> type & 1) == 0 || left(block.heap) < needs.size) return false;
  VkMemoryAllocateInfo allocate{};
  allocate.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  allocate.allocationSize = needs.size;
  allocate.memoryTypeIndex = type;
  if (api.vkAllocateMemory(device, &allocate, nullptr, &block.memory) != VK_SUCCESS) return false;
  if (api.vkBindBufferMemory(device, block.buffer, block.memory, 0) != VK_SUCCESS) return false;
  if (!visible || (block.kind == MemoryKind::device && !context->traits().host_memory)) return true;
  void* mapped = nullptr;
  if (api.vkMapMemory(device, block.memory, 0, VK_WHOLE_SIZE, 0, &mapped) != VK_SUCCESS) {
    return false;
  }
  block.mapped = static_cast<std::byte*>(mapped);
  return true;
}

void Memory::State::destroy(const Block& block) const {
  const VolkDeviceTable& api = context->api();
  api.vkDestroyBuffer(context->device(), block.buffer, nullptr);
  api.vkFreeMemory(context->device(), block.memory, nullptr);
}

void Memory::State::trim() {
  for (auto entry = blocks.begin(); entry != blocks.end();) {
    const auto current = entry++;
    if (!current->second.unused()) continue;
    remove_gap(current->first, 0);
    reserved -= current->second.size;
    destroy(current->second);
    blocks.erase(current);
  }
}

void Memory::State::refuse(std::size_t bytes, MemoryKind kind) const {
  const std::string what = kind == MemoryKind::device ? "device" : "staging";
  fail(ErrorKind::memory,
       "[vulkan] no {} of {} memory left: {} are in use of the {} that {} has; use a smaller batch "
       "or model",
       readable(bytes), what, readable(in_use), readable(context->physical().memory),
       context->physical().name);
}

Memory::Memory(const Context& context) : state_(std::make_shared<State>(context)) {}

Memory::~Memory() {
  const std::lock_guard lock(state_->mutex);
  for (const auto& [number, block] : state_->blocks) state_->destroy(block);
  state_->blocks.clear();
  state_->gaps.clear();
  state_->wait = nullptr;
  state_->context = nullptr;
}

/// Finds memory for a part, waiting for the device if need be.
void Memory::State::reserve(Part& part, MemoryKind kind) {
  std::unique_lock lock(mutex);
  if (kind == MemoryKind::device && ++allocations == context->options().exhaust_at) {
    refuse(part.bytes, kind);
  }
  if (part.bytes > longest - grain) {
    fail(ErrorKind::memory,
         "[vulkan] {} in one tensor are more than the {} that {} can address; use a smaller batch "
         "or model",
         readable(part.bytes), readable(longest), context->physical().name);
  }
  const std::uint64_t wanted = (std::max<std::uint64_t>(part.bytes, 1) + grain - 1) / grain * grain;
  if (take(part, wanted, kind)) return;
  if (grow(wanted, kind) && take(part, wanted, kind)) return;
  if (const auto idle = wait) {
    lock.unlock();
    idle();
    lock.lock();
  }
  trim();
  if (!grow(wanted, kind) || !take(part, wanted, kind)) refuse(part.bytes, kind);
}

Buffer Memory::allocate(std::size_t bytes, MemoryKind kind) {
  auto part = std::make_shared<State::Part>(state_, bytes);
  state_->reserve(*part, kind);
  return Buffer(std::move(part));
}

Buffer Memory::promise(std::size_t bytes) {
  return Buffer(std::make_shared<State::Part>(state_, bytes));
}

void Memory::fulfil(const Buffer& buffer) {
  auto& part = static_cast<State::Part&>(*buffer.storage());
  if (part.capacity == 0) state_->reserve(part, MemoryKind::device);
}

void Memory::trim() {
  const std::lock_guard lock(state_->mutex);
  state_->trim();
}

void Memory::on_pressure(std::function<void()> wait) {
  const std::lock_guard lock(state_->mutex);
  state_->wait = std::move(wait);
}

std::uint64_t Memory::bytes_in_use() const {
  const std::lock_guard lock(state_->mutex);
  return state_->in_use;
}

std::uint64_t Memory::bytes_reserved() const {
  const std::lock_guard lock(state_->mutex);
  return state_->reserved;
}

}  // namespace varve::vulkan
