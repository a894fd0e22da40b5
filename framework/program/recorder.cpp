#include "framework/program/recorder.h"

#include <utility>

#include "framework/core/error.h"
#include "framework/program/follower.h"

namespace varve {

Recorder* Recorder::of(const Device& device) {
  return dynamic_cast<Recorder*>(Redirection::find(device));
}

Buffer Recorder::allocate(std::size_t bytes) {
  step_.buffers.push_back(inner().promise(bytes));
  step_.buffers.back().storage()->recorded = step_.buffers.size();
  return step_.buffers.back();
}

void Recorder::upload(const Buffer&, std::size_t, std::span<const std::byte>) {
  fail(ErrorKind::usage,
       "[capture] a host value was written while recording; make the tensor before the captured "
       "function and upload() to it between calls, or write a number as a number: x * 0.5");
}

void Recorder::download(const Buffer&, std::size_t, std::span<std::byte>) {
  fail(ErrorKind::usage,
       "[capture] a value was read back while recording: nothing is computed before the function "
       "has returned; return the tensor and read it outside of the captured function");
}

std::unique_ptr<Reading> Recorder::start_reading(const Buffer& buffer, std::size_t, std::size_t) {
  download(buffer, 0, {});
  return nullptr;
}

void Recorder::submit(Command&& command) {
  if (follower_ != nullptr && follower_->follows(command)) return;
  step().commands.push_back(std::move(command));
}

RecordedStep& Recorder::step() {
  if (auto* follower = std::exchange(follower_, nullptr))
    step_.commands = follower->commands(step_.buffers);
  return step_;
}

void Recorder::fail_step() {
  for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) (*undo)();
  undo_.clear();
  follower_ = nullptr;
  step_ = {};
}

}  // namespace varve
