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

std::unique_ptr<Reading> Backend::start_reading(const Buffer& from, std::size_t offset,
                                                std::size_t bytes) {
  class Done : public Reading {
   public:
    explicit Done(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}
    std::vector<std::byte> wait() override { return std::move(bytes_); }

   private:
    std::vector<std::byte> bytes_;
  };
  std::vector<std::byte> out(bytes);
  if (bytes > 0) download(from, offset, out);
  return std::make_unique<Done>(std::move(out));
}

std::unique_ptr<Program> Backend::compile(Recording recording) {
  for (const auto& buffer : recording.temporaries) fulfil(buffer);
  return std::make_unique<CommandLoop>(*this, std::move(recording.commands));
}

}  // namespace varve
