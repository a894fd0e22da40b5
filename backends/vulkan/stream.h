#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "backends/vulkan/context.h"
#include "backends/vulkan/encoder.h"
#include "backends/vulkan/memory.h"
#include "backends/vulkan/pipelines.h"

namespace varve::vulkan {

/// A copy on its way to host memory: the words of Stream::status(), then the bytes.
struct Download {
  Buffer memory;
  std::size_t bytes = 0;
  std::uint64_t submission = 0;
  bool flagged = false;  ///< the status matters
};

/// The queue as one stream of work, in order. Dispatches are recorded and submitted in batches
/// (every 64, when somebody waits, or before a program); nothing waits but download and
/// synchronize. After a lost device every call throws ErrorKind::device.
class Stream : public Encoder {
 public:
  Stream(Context& context, Pipelines& pipelines, Memory& memory);
  ~Stream() override;

  const Traits& traits() const override;
  void run(const Dispatch& dispatch, Groups groups) override;
  void fill_words(const View& out, std::uint32_t word) override;
  void copy_bytes(const View& from, const View& to) override;
  View scratch(Shape shape, DType dtype) override;
  View counters(std::uint64_t count) override;
  const Buffer& status() override;

  /// The host's bytes are taken before it returns; the device sees them in order.
  void upload(const Buffer& to, std::size_t offset, std::span<const std::byte> from);
  /// Waits for what was encoded before. Throws what an index op reported (see status.glsl).
  void download(const Buffer& from, std::size_t offset, std::span<std::byte> to);
  /// Submits what is recorded.
  /// Starts to copy to host memory. `from` may be written again at once.
  Download start_download(const Buffer& from, std::size_t offset, std::size_t bytes);
  /// Waits for the copy, and throws what an index op before it has reported.
  std::vector<std::byte> finish(const Download& download);
  void flush();
  /// Submits what is recorded and then command buffers that were recorded before; `flags`: they may
  /// report an index; `label` names them in messages. Returns the submission's number.
  std::uint64_t submit(std::span<const VkCommandBuffer> commands, bool flags,
                       std::string_view label);
  /// Waits until a submission is done.
  void wait(std::uint64_t submission);
  /// Waits until the device has done everything. Throws what an index op reported.
  void synchronize();

  /// From the first call on the device's clock runs along, and every submission is waited for:
  /// microseconds that the device worked since the last call. Waits.
  double busy_us();

  /// What the stream has done so far.
  struct Counts {
    std::uint64_t dispatches = 0;  ///< fills and copies included, those of programs not
    std::uint64_t barriers = 0;
    std::uint64_t submissions = 0;
  };
  Counts counts() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace varve::vulkan
