#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "framework/program/step_key.h"

namespace varve {

/// Executes a step's commands one by one; memory goes as soon as nobody needs it. Of the step's
/// buffers those that escape stay.
void execute_step(Backend& backend, RecordedStep& step, const BufferUses& uses);

/// A step that was compiled, for all steps of the same key. Numbers of its constants may differ:
/// one that does is from then on written anew whenever it changes.
class StepProgram {
 public:
  StepProgram(Backend& backend, StepKey key, const RecordedStep& step, BufferUses uses);

  const StepKey& key() const { return key_; }
  /// Runs it for a step of an equal key: buffers that escape get memory of their own, and the
  /// results in it.
  void run(std::span<const double> constants, const std::vector<Buffer>& buffers);
  /// The first `count` commands of such a step.
  std::vector<Command> commands(std::size_t count, std::span<const double> constants,
                                const std::vector<Buffer>& buffers) const;

 private:
  /// A buffer that holds one number.
  struct Constant {
    std::size_t command;
    Command fill;         ///< of the program's own buffer
    bool varies = false;  ///< an input of the program; else a part of it
  };
  /// Where the program leaves what escapes.
  struct Result {
    std::size_t number;  ///< of the step's buffer
    View view;
  };
  void compile(std::span<const double> constants, const std::vector<Buffer>& buffers);
  void keep_constant(Constant& constant, const Command& fill, Recording& recording);
  View placed(const View& view);

  Backend& backend_;
  StepKey key_;
  BufferUses uses_;
  std::vector<Command> commands_;  ///< in place of promised buffers, what bears their numbers
  std::vector<Constant> constants_;
  std::vector<Result> results_;
  std::unique_ptr<Program> program_;
};

}  // namespace varve
