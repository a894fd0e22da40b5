#include "framework/program/step_program.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "framework/backend/layout.h"

namespace varve {
namespace {

std::size_t number_of(const View& view) { return view.buffer.storage()->recorded; }

/// All of a buffer as one row.
View whole(const Buffer& buffer, DType dtype) {
  const auto count = static_cast<std::int64_t>(buffer.bytes() / size_of(dtype));
  return {buffer, {count}, {1}, 0, dtype};
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

}  // namespace

void execute_step(Backend& backend, RecordedStep& step, const BufferUses& uses) {
  for (std::size_t i = 0; i < step.buffers.size(); ++i)
    if (!uses.escapes[i]) step.buffers[i] = {};
  for (auto& command : step.commands) {
    for_each_view(command, [&](const View& view, bool) {
      if (number_of(view) > 0) backend.fulfil(view.buffer);
    });
    backend.execute(command);
    command = {};  // and with it the memory that nothing reads any more
  }
}

StepProgram::StepProgram(Backend& backend, const StepKey& key, const RecordedStep& step,
                         const BufferUses& uses)
    : backend_(backend), words_(key.words), constants_(key.constants.size()) {
  for (const auto& command : step.commands)
    for_each_view(command, [&](const View& view, bool) {
      if (number_of(view) == 0 &&
          std::find(others_.begin(), others_.end(), view.buffer) == others_.end())
        others_.push_back(view.buffer);
    });
  compile(step, uses);
}

void StepProgram::run(const StepKey& key, const RecordedStep& step, const BufferUses& uses) {
  bool known = true;
  for (std::size_t i = 0; i < constants_.size(); ++i) {
    auto& [fill, varies] = constants_[i];
    if (same_bits(fill.attributes.value, key.constants[i])) continue;
    known = known && varies;
    varies = true;
    fill.attributes.value = key.constants[i];
    if (known) backend_.execute(fill);
  }
  if (!known) compile(step, uses);
  program_->run();
  for (const auto& [number, view] : results_) {
    const auto& buffer = step.buffers[number];
    backend_.fulfil(buffer);
    Attributes attributes;
    attributes.dtype = view.dtype;
    backend_.execute({Op::copy, {view}, {whole(buffer, view.dtype)}, attributes});
  }
}

void StepProgram::compile(const RecordedStep& step, const BufferUses& uses) {
  program_.reset();
  results_.clear();
  Recording recording;
  auto constant = constants_.begin();
  for (const auto& command : step.commands) {
    const auto number = number_of(command.out[0]);
    if (number > 0 && uses.constants[number - 1]) {
      keep_constant(*constant++, command, recording);
      continue;
    }
    Command placed_command = command;
    for_each_view(placed_command, [&](View& view, bool) { view = placed(view, uses); });
    recording.commands.push_back(std::move(placed_command));
  }
  for (std::size_t i = 0; i < step.buffers.size(); ++i)
    if (!uses.escapes[i] && !uses.constants[i]) recording.temporaries.push_back(step.buffers[i]);
  for (const auto& result : results_) recording.kept.push_back(result.view.buffer);
  program_ = backend_.compile(std::move(recording));
}

/// Writes a constant, for good or until it changes.
void StepProgram::keep_constant(Constant& constant, const Command& fill, Recording& recording) {
  constant.fill = fill;
  const auto& buffer = fill.out[0].buffer;
  backend_.fulfil(buffer);
  backend_.execute(fill);
  recording.kept.push_back(buffer);
  if (!constant.varies) recording.constants.push_back(fill);
}

/// What escapes lies in the program's own memory: the step's buffer is one call's.
View StepProgram::placed(const View& view, const BufferUses& uses) {
  const auto number = number_of(view);
  if (number == 0 || !uses.escapes[number - 1]) return view;
  const auto known = std::find_if(results_.begin(), results_.end(), [&](const Result& result) {
    return result.number == number - 1;
  });
  const Buffer own =
      known != results_.end() ? known->view.buffer : backend_.allocate(view.buffer.bytes());
  if (known == results_.end()) results_.push_back({number - 1, whole(own, view.dtype)});
  View moved = view;
  moved.buffer = own;
  return moved;
}

}  // namespace varve
