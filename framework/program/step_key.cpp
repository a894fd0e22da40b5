#include "framework/program/step_key.h"

#include "framework/program/step_words.h"

namespace varve {
namespace {

struct Append {
  std::vector<std::uint64_t>& words;
  void operator()(std::uint64_t word) { words.push_back(word); }
  void operator()(const Dims& dims) {
    for (const auto size : dims) words.push_back(static_cast<std::uint64_t>(size));
  }
};

}  // namespace

BufferUses uses_of(const RecordedStep& step) {
  const auto count = step.buffers.size();
  std::vector<long> views(count), writes(count), fills(count);
  const auto number = [](const View& view) { return view.buffer.storage()->recorded; };
  for (const auto& command : step.commands) {
    for (const auto& view : command.in)
      if (number(view) > 0) ++views[number(view) - 1];
    for (const auto& view : command.out) {
      if (number(view) == 0) continue;
      ++views[number(view) - 1];
      ++writes[number(view) - 1];
      if (command.op == Op::fill) ++fills[number(view) - 1];
    }
  }
  BufferUses uses{std::vector<bool>(count), std::vector<bool>(count)};
  for (std::size_t i = 0; i < count; ++i) {
    uses.escapes[i] = step.buffers[i].use_count() > 1 + views[i];
    uses.constants[i] = !uses.escapes[i] && writes[i] == 1 && fills[i] == 1;
  }
  return uses;
}

StepKey key_of(const RecordedStep& step, const BufferUses& uses) {
  StepKey key;
  Append append{key.words};
  StepWords words(append);
  for (const auto& command : step.commands) {
    const auto number = command.out[0].buffer.storage()->recorded;
    const bool constant = number > 0 && uses.constants[number - 1];
    if (constant) key.constants.push_back(command.attributes.value);
    words.put(command, constant);
  }
  for (std::size_t i = 0; i < step.buffers.size(); ++i)
    if (uses.escapes[i]) key.escapes.push_back({i, step.buffers[i].bytes()});
  return key;
}

}  // namespace varve
