#include <algorithm>
#include <map>
#include <utility>

#include "framework/backend/decorators.h"
#include "framework/core/error.h"

namespace varve {

Buffer Record::allocate(std::size_t bytes) {
  allocated_.push_back(inner().allocate(bytes));
  return allocated_.back();
}

void Record::upload(const Buffer&, std::size_t, std::span<const std::byte>) {
  fail(ErrorKind::usage,
       "[capture] a host value was written while recording: every replay would use this one; "
       "make the tensor before the captured function and upload() to it between calls");
}

void Record::download(const Buffer&, std::size_t, std::span<std::byte>) {
  fail(ErrorKind::usage,
       "[capture] a value was read back while recording: it would not change from replay to "
       "replay; return the tensor and read it outside of the captured function");
}

void Record::execute(const Command& command) {
  inner().execute(command);
  commands_.push_back(command);
}

std::unique_ptr<Program> Record::compile(Recording recording) {
  return inner().compile(std::move(recording));
}

Recording Record::finish() {
  struct Use {
    long views = 0;
    int writes = 0;
  };
  std::map<const Storage*, Use> uses;
  for (const auto& command : commands_) {
    for (const auto& view : command.in) ++uses[view.buffer.storage()].views;
    for (const auto& view : command.out) {
      ++uses[view.buffer.storage()].views;
      ++uses[view.buffer.storage()].writes;
    }
  }
  // A buffer that only the recording holds is a temporary.
  std::map<const Storage*, bool> temporary;
  for (const auto& buffer : allocated_)
    temporary[buffer.storage()] = buffer.use_count() == 1 + uses[buffer.storage()].views;
  const auto is_constant = [&](const Command& command) {
    if (!command.in.empty() || command.out.size() != 1) return false;
    const auto* storage = command.out[0].buffer.storage();
    const auto found = temporary.find(storage);
    return found != temporary.end() && found->second && uses[storage].writes == 1;
  };
  Recording recording;
  for (auto& command : commands_) {
    const bool constant = is_constant(command);
    if (constant) temporary[command.out[0].buffer.storage()] = false;
    (constant ? recording.constants : recording.commands).push_back(std::move(command));
  }
  for (const auto& buffer : allocated_)
    (temporary[buffer.storage()] ? recording.temporaries : recording.kept).push_back(buffer);
  commands_.clear();
  allocated_.clear();
  return recording;
}

}  // namespace varve
