#pragma once

#include <cstddef>
#include <list>
#include <vector>

#include "framework/program/step_program.h"

namespace varve {

/// The programs that are known of a function.
using StepPrograms = std::list<StepProgram>;

/// Compares the commands of a step, as they come, with those of the known programs: as long as one
/// of them begins as the step does, none of its commands need be kept.
class Follower {
 public:
  /// The programs, the likeliest first, stay what they are until the step ends.
  explicit Follower(StepPrograms& programs) : programs_(programs), program_(programs.end()) {}

  /// Whether a program goes on with this command.
  bool follows(const Command& command);
  /// The commands that were followed, of the step with these buffers.
  std::vector<Command> commands(const std::vector<Buffer>& buffers) const;
  /// The program of the step, which has ended and has these buffers; the programs' end() if it is
  /// none of theirs.
  StepPrograms::iterator finish(const std::vector<Buffer>& buffers) const;

  /// The numbers of the constants so far.
  const std::vector<double>& constants() const { return constants_; }

 private:
  /// Whether a program has begun as that which is followed.
  bool began_alike(const StepProgram& program) const;
  /// Whether the command is the program's next one, which is then followed.
  bool goes_on(const StepProgram& program, const Command& command);

  StepPrograms& programs_;
  StepPrograms::iterator program_;        ///< that which is followed
  std::size_t words_ = 0, commands_ = 0;  ///< how many so far
  std::vector<double> constants_;
};

}  // namespace varve
