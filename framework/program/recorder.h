#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "framework/backend/decorators.h"

namespace varve {

/// What one step asked of a device, and the buffers that it has promised (their `recorded` is their
/// place in the list, from 1).
struct RecordedStep {
  std::vector<Command> commands;
  std::vector<Buffer> buffers;
};

class Follower;

/// Notes commands instead of executing them, once they are others than a follower expects. Reading
/// or writing values from the host throws ErrorKind::usage: nothing has been computed yet.
class Recorder : public Decorator {
 public:
  Recorder(Backend& inner, Follower& follower) : Decorator(inner), follower_(&follower) {}

  /// The recorder that this thread's commands for a device go to, or null.
  static Recorder* of(const Device& device);

  Buffer allocate(std::size_t bytes) override;
  Buffer promise(std::size_t bytes) override { return allocate(bytes); }
  void fulfil(const Buffer&) override {}
  void upload(const Buffer&, std::size_t, std::span<const std::byte>) override;
  void download(const Buffer&, std::size_t, std::span<std::byte>) override;
  std::unique_ptr<Reading> start_reading(const Buffer&, std::size_t, std::size_t) override;
  void execute(const Command& command) override { submit(Command(command)); }
  void submit(Command&& command) override;

  /// Takes back, if the step fails, what was noted on the host: its commands are then dropped. What
  /// was noted last is taken back first.
  void on_failure(std::function<void()> undo) { undo_.push_back(std::move(undo)); }
  void fail_step();

  /// Whether all commands were as expected; then none is kept.
  bool follows() const { return follower_ != nullptr; }
  /// The buffers that were promised so far.
  const std::vector<Buffer>& buffers() const { return step_.buffers; }
  /// All that was recorded so far. From now on nothing is followed.
  RecordedStep& step();

 private:
  RecordedStep step_;
  Follower* follower_;  ///< null: the step is another one
  std::vector<std::function<void()>> undo_;
};

}  // namespace varve
