#include "backends/vulkan/queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace varve::vulkan {

namespace {

// Of the notes, how much a message shows: as many as fit, and one.
constexpr std::size_t shown_text = 160;

}  // namespace

Queue::Queue(Context& context) : context_(context) {
  VkSemaphoreTypeCreateInfo type{};
  type.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO;
  type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
  VkSemaphoreCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO;
  info.pNext = &type;
  context_.check(context_.api().vkCreateSemaphore(context_.device(), &info, nullptr, &timeline_),
                 "vkCreateSemaphore");
  context_.on_lost([this] { return last(); });
}

Queue::~Queue() {
  context_.on_lost({});
  context_.api().vkDeviceWaitIdle(context_.device());  // a lost device is idle
  context_.api().vkDestroySemaphore(context_.device(), timeline_, nullptr);
}

std::uint64_t Queue::submit(std::span<const VkCommandBuffer> commands) {
  const std::uint64_t number = submitted_ + 1;
  VkTimelineSemaphoreSubmitInfo values{};
  values.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO;
  values.signalSemaphoreValueCount = 1;
  values.pSignalSemaphoreValues = &number;
  VkSubmitInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
  info.pNext = &values;
  info.commandBufferCount = static_cast<std::uint32_t>(commands.size());
  info.pCommandBuffers = commands.data();
  info.signalSemaphoreCount = 1;
  info.pSignalSemaphores = &timeline_;
  if (number == static_cast<std::uint64_t>(context_.options().lose_at)) {
    context_.api().vkDeviceWaitIdle(context_.device());  // nothing runs on a lost device
    context_.check(VK_ERROR_DEVICE_LOST, "vkQueueSubmit");
  }
  context_.check(context_.api().vkQueueSubmit(context_.queue(), 1, &info, VK_NULL_HANDLE),
                 "vkQueueSubmit");
  submitted_ = number;
  // The layers of our day do not follow timelines: only an idle queue is an end to them.
  if (context_.options().validation == Validation::sync) {
    context_.check(context_.api().vkQueueWaitIdle(context_.queue()), "vkQueueWaitIdle");
  }
  return number;
}

bool Queue::done(std::uint64_t number) {
  if (done_ < number) {
    context_.check(context_.api().vkGetSemaphoreCounterValue(context_.device(), timeline_, &done_),
                   "vkGetSemaphoreCounterValue");
  }
  return done_ >= number;
}

void Queue::wait(std::uint64_t number) {
  using std::chrono::nanoseconds;
  using std::chrono::seconds;
  VkSemaphoreWaitInfo info{};
  info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO;
  info.semaphoreCount = 1;
  info.pSemaphores = &timeline_;
  info.pValues = &number;
  seconds patience = context_.options().timeout;
  seconds waited{0};
  while (!done(number)) {
    const auto limit = static_cast<std::uint64_t>(nanoseconds(patience).count());
    const VkResult result = context_.api().vkWaitSemaphores(context_.device(), &info, limit);
    context_.check(result, "vkWaitSemaphores");
    if (result != VK_TIMEOUT) continue;
    waited += patience;
    patience = std::max(seconds(1), waited);
    std::fputs(fmt::format("[vulkan] still waiting for {} after {} s: {}\n",
                           context_.physical().name, waited.count(), last())
                   .c_str(),
               stderr);
  }
}

void Queue::note(std::string_view what) { notes_[noted_++ % notes_.size()] = what; }

std::string Queue::last() const {
  std::string text;
  const std::size_t kept = std::min(noted_, notes_.size());
  for (std::size_t back = 1; back <= kept; ++back) {
    const std::string& note = notes_[(noted_ - back) % notes_.size()];
    if (back > 1 && text.size() + note.size() > shown_text) break;
    text = text.empty() ? note : note + ", " + text;
  }
  return fmt::format("{} (submission {})", text.empty() ? "nothing" : text, submitted_ + 1);
}

}  // namespace varve::vulkan
