#pragma once

#include <cstdint>
#include <memory>
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
  StepProgram(Backend& backend, const StepKey& key, const RecordedStep& step,
              const BufferUses& uses);

  bool is_for(const StepKey& key) const { return key.words == words_; }
  /// Runs it for `step`, of an equal key: buffers that escape get memory of their own, and the
  /// results in it.
  void run(const StepKey& key, const RecordedStep& step, const BufferUses& uses);

 private:
  /// A buffer that holds one number.
  struct Constant {
    Command fill;
    bool varies = false;  ///< an input of the program; else a part of it
  };
  /// Where the program leaves what escapes.
  struct Result {
    std::size_t number;  ///< of the step's buffer
    View view;
  };
  void compile(const RecordedStep& step, const BufferUses& uses);
  void keep_constant(Constant& constant, const Command& fill, Recording& recording);
  View placed(const View& view, const BufferUses& uses);

  Backend& backend_;
  std::vector<std::uint64_t> words_;
  std::vector<Constant> constants_;
  std::vector<Result> results_;
  std::vector<Buffer> others_;  ///< memory that the key names: its addresses stay taken
  std::unique_ptr<Program> program_;
};

}  // namespace varve
