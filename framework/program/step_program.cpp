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

/// Commands that hold on to no promised buffer, only to their numbers. The memory of others they
/// hold: its addresses, which the key names, stay taken.
std::vector<Command> numbered(const RecordedStep& step) {
  std::vector<Buffer> numbers(step.buffers.size());
  auto commands = step.commands;
  for (auto& command : commands)
    for_each_view(command, [&](View& view, bool) {
      const auto number = number_of(view);
      if (number == 0) return;
      auto& bearer = numbers[number - 1];
      if (!bearer) {
        bearer = Buffer(std::make_shared<Storage>());
        bearer.storage()->recorded = number;
      }
      view.buffer = bearer;
    });
  return commands;
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

StepProgram::StepProgram(Backend& backend, StepKey key, const RecordedStep& step, BufferUses uses)
    : backend_(backend), key_(std::move(key)), uses_(std::move(uses)), commands_(numbered(step)) {
  for (std::size_t i = 0; i < commands_.size(); ++i) {
    const auto number = number_of(commands_[i].out[0]);
    if (number > 0 && uses_.constants[number - 1]) constants_.push_back({i, commands_[i]});
  }
  compile(key_.constants, step.buffers);
}

void StepProgram::run(std::span<const double> constants, const std::vector<Buffer>& buffers) {
  bool known = true;
  for (std::size_t i = 0; i < constants_.size(); ++i) {
    auto& [command, fill, varies] = constants_[i];
    if (same_bits(fill.attributes.value, constants[i])) continue;
    known = known && varies;
    varies = true;
    fill.attributes.value = constants[i];
    if (known) backend_.execute(fill);
  }
  if (!known || program_ == nullptr) compile(constants, buffers);  // null: a compile() that threw
  program_->run();
  for (const auto& [number, view] : results_) {
    const auto& buffer = buffers[number];
    backend_.fulfil(buffer);
    Attributes attributes;
    attributes.dtype = view.dtype;
    backend_.execute({Op::copy, {view}, {whole(buffer, view.dtype)}, attributes});
  }
}

std::vector<Command> StepProgram::commands(std::size_t count, std::span<const double> constants,
                                           const std::vector<Buffer>& buffers) const {
  std::vector<Command> out(commands_.begin(),
                           commands_.begin() + static_cast<std::ptrdiff_t>(count));
  for (auto& command : out)
    for_each_view(command, [&](View& view, bool) {
      if (const auto number = number_of(view); number > 0) view.buffer = buffers[number - 1];
    });
  for (std::size_t i = 0; i < constants.size() && constants_[i].command < count; ++i)
    out[constants_[i].command].attributes.value = constants[i];
  return out;
}

void StepProgram::compile(std::span<const double> constants, const std::vector<Buffer>& buffers) {
  program_.reset();
  results_.clear();
  Recording recording;
  auto constant = constants_.begin();
  auto all = commands(commands_.size(), constants, buffers);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (constant != constants_.end() && constant->command == i) {
      keep_constant(*constant++, all[i], recording);
      continue;
    }
    for_each_view(all[i], [&](View& view, bool) { view = placed(view); });
    recording.commands.push_back(std::move(all[i]));
  }
  // What no command touches may have another number of buffers.
  const auto count = std::min(buffers.size(), uses_.escapes.size());
  for (std::size_t i = 0; i < count; ++i)
    if (!uses_.escapes[i] && !uses_.constants[i]) recording.temporaries.push_back(buffers[i]);
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
View StepProgram::placed(const View& view) {
  const auto number = number_of(view);
  if (number == 0 || !uses_.escapes[number - 1]) return view;
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
