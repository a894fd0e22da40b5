#include "framework/backend/backend.h"

#include <utility>

namespace varve {
namespace {

class CommandLoop : public Program {
 public:
  CommandLoop(Backend& backend, std::vector<Command> commands)
      : backend_(backend), commands_(std::move(commands)) {}
  void run() override {
    for (const auto& command : commands_) backend_.execute(command);
  }

 private:
  Backend& backend_;
  std::vector<Command> commands_;
};

}  // namespace

bool View::contiguous() const {
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 0) return true;
    if (shape[i] != 1 && strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

std::unique_ptr<Program> Backend::compile(Recording recording) {
  for (const auto& buffer : recording.temporaries) fulfil(buffer);
  return std::make_unique<CommandLoop>(*this, std::move(recording.commands));
}

}  // namespace varve
