#include "framework/program/follower.h"

#include <algorithm>
#include <cstdint>

#include "framework/program/step_words.h"

namespace varve {
namespace {

/// Goes through expected words as long as the given ones are the same.
struct Compare {
  const std::uint64_t* next;
  const std::uint64_t* end;
  bool same = true;

  void operator()(std::uint64_t word) {
    if (next != end && *next == word)
      ++next;
    else
      differ();
  }
  void operator()(const Dims& dims) {
    if (dims.empty()) return;
    if (static_cast<std::size_t>(end - next) < dims.size()) return differ();
    for (const auto size : dims)
      if (static_cast<std::uint64_t>(size) != *next++) return differ();
  }
  /// For good: nothing is left to be equal to.
  void differ() {
    same = false;
    next = end;
  }
};

}  // namespace

bool Follower::follows(const Command& command) {
  if (program_ != programs_.end() && goes_on(*program_, command)) return true;
  const auto followed = program_;
  for (auto other = programs_.begin(); other != programs_.end(); ++other) {
    if (other == followed || !began_alike(*other) || !goes_on(*other, command)) continue;
    program_ = other;
    return true;
  }
  return false;
}

bool Follower::began_alike(const StepProgram& program) const {
  if (words_ == 0 || &program == &*program_) return true;
  const auto& words = program.key().words;
  const auto& followed = program_->key().words;
  return words.size() >= words_ &&
         std::equal(followed.data(), followed.data() + words_, words.data());
}

bool Follower::goes_on(const StepProgram& program, const Command& command) {
  const auto& words = program.key().words;
  if (words_ == words.size()) return false;
  const bool constant = is_constant(words[words_]);
  Compare compare{words.data() + words_, words.data() + words.size()};
  StepWords(compare).put(command, constant);
  if (!compare.same) return false;
  words_ = static_cast<std::size_t>(compare.next - words.data());
  ++commands_;
  if (constant) constants_.push_back(command.attributes.value);
  return true;
}

std::vector<Command> Follower::commands(const std::vector<Buffer>& buffers) const {
  if (program_ == programs_.end()) return {};
  return program_->commands(commands_, constants_, buffers);
}

StepPrograms::iterator Follower::finish(const std::vector<Buffer>& buffers) const {
  if (program_ == programs_.end()) return program_;
  std::vector<Escape> escapes;
  for (std::size_t i = 0; i < buffers.size(); ++i)
    if (buffers[i].use_count() > 1) escapes.push_back({i, buffers[i].bytes()});
  const auto whole = [&](const StepProgram& program) {
    return program.key().words.size() == words_ && program.key().escapes == escapes &&
           began_alike(program);
  };
  return whole(*program_) ? program_ : std::find_if(programs_.begin(), programs_.end(), whole);
}

}  // namespace varve
