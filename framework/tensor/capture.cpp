#include "framework/tensor/capture.h"

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "framework/backend/decorators.h"
#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "framework/tensor/random.h"

namespace varve {
namespace {

constexpr int recordings_until_error = 4;

bool same_memory(const Tensor& a, const Tensor& b) {
  return a.view().buffer == b.view().buffer && a.view().offset == b.view().offset &&
         a.view().strides == b.view().strides;
}

/// Compares two recordings. Buffers that were made while recording may be others, one for one; all
/// else must be the same.
class Comparison {
 public:
  Comparison(const Recording& a, const Recording& b) : a_(a), b_(b) {
    for (const auto& buffer : a.temporaries) made_.insert(buffer.storage());
    for (const auto& buffer : a.kept) made_.insert(buffer.storage());
  }

  /// What differs first, in words; nothing if the recordings agree.
  std::optional<std::string> difference() {
    auto found = difference(a_.commands, b_.commands);
    return found ? found : difference(a_.constants, b_.constants);
  }

 private:
  std::optional<std::string> difference(const std::vector<Command>& a,
                                        const std::vector<Command>& b) {
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i)
      if (i >= a.size() || i >= b.size() || !same(a[i], b[i]))
        return fmt::format("command {} was {} and became {}", i, describe(a, i), describe(b, i));
    return {};
  }
  static std::string describe(const std::vector<Command>& commands, std::size_t index) {
    if (index >= commands.size()) return "the end";
    const auto& command = commands[index];
    const auto shape = command.out.empty() ? Shape{} : command.out[0].shape;
    if (command.op == Op::fill)
      return fmt::format("fill({}) {}", command.attributes.value, shape.str());
    return fmt::format("{} {}", name(command.op), shape.str());
  }
  bool same(const Command& a, const Command& b) {
    return a.op == b.op && a.attributes == b.attributes && same(a.in, b.in) && same(a.out, b.out);
  }
  bool same(const std::vector<View>& a, const std::vector<View>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (a[i].shape != b[i].shape || a[i].strides != b[i].strides || a[i].offset != b[i].offset ||
          a[i].dtype != b[i].dtype || !same(a[i].buffer.storage(), b[i].buffer.storage()))
        return false;
    return true;
  }
  bool same(const Storage* a, const Storage* b) {
    if (!made_.contains(a)) return a == b;
    return renamed_.try_emplace(a, b).first->second == b;
  }

  const Recording& a_;
  const Recording& b_;
  std::set<const Storage*> made_;
  std::map<const Storage*, const Storage*> renamed_;
};

}  // namespace

class Captured::Impl {
 public:
  Impl(Function function, Device device)
      : device_(std::move(device)), function_(std::move(function)) {
    device_.generator().prepare();
  }

  Tensors call(const Tensors& given) {
    if (!matches(given)) restart(given);
    stage(given);
    if (program_) {
      program_->run();
      return results_;
    }
    return record();
  }

  bool compiled() const { return program_ != nullptr; }

 private:
  bool matches(const Tensors& given) const {
    if (given.size() != inputs_.size()) return false;
    for (std::size_t i = 0; i < given.size(); ++i)
      if (!(given[i].spec() == inputs_[i].spec()) || !(given[i].device() == device_)) return false;
    return true;
  }

  void restart(const Tensors& given) {
    for (const auto& input : given)
      if (!(input.device() == device_))
        fail(ErrorKind::usage, "[capture] an input is on {}, the captured function on {}",
             input.device().name(), device_.name());
    program_.reset();
    previous_.reset();
    results_.clear();
    recordings_ = 0;
    inputs_.clear();
    private_.assign(given.size(), false);
    for (const auto& input : given) inputs_.push_back(input.detach());
  }

  /// The caller's tensors serve as inputs as long as they stay the same; when others come, private
  /// ones take their place.
  void stage(const Tensors& given) {
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (same_memory(given[i], inputs_[i])) continue;
      if (private_[i]) {
        inputs_[i].assign(given[i]);
      } else {
        inputs_[i] = given[i].detach().clone();
        private_[i] = true;
        previous_.reset();
        program_.reset();
        recordings_ = 0;
      }
    }
  }

  Tensors record() {
    if (dynamic_cast<Record*>(&device_.backend()))
      fail(ErrorKind::usage, "[capture] a captured function was called inside of another");
    device_.push(std::make_unique<Record>(device_.backend()));
    Tensors results;
    Recording recording;
    try {
      for (const auto& result : function_(inputs_)) results.push_back(result.detach());
      recording = static_cast<Record&>(device_.backend()).finish();
    } catch (...) {
      device_.pop();
      throw;
    }
    device_.pop();
    ++recordings_;
    const auto difference =
        previous_ ? Comparison(*previous_, recording).difference() : std::nullopt;
    if (previous_ && !difference) {
      results_ = results;
      previous_.reset();
      program_ = device_.backend().compile(std::move(recording));
      return results;
    }
    if (difference && recordings_ == recordings_until_error)
      fail(ErrorKind::usage,
           "[capture] the function does not do the same each time: {}; a host number that changes "
           "belongs into a tensor that is written with upload() between calls",
           *difference);
    previous_ = std::move(recording);
    return results;
  }

  Device device_;  // first: it outlives the memory
  Function function_;
  Tensors inputs_;
  std::vector<bool> private_;  ///< which inputs are ours
  Tensors results_;
  std::unique_ptr<Program> program_;
  std::optional<Recording> previous_;
  int recordings_ = 0;
};

Captured::Captured(Function function, Device device)
    : impl_(std::make_unique<Impl>(std::move(function), std::move(device))) {}
Captured::~Captured() = default;
Captured::Captured(Captured&&) noexcept = default;
Captured& Captured::operator=(Captured&&) noexcept = default;
Tensors Captured::operator()(const Tensors& inputs) { return impl_->call(inputs); }
bool Captured::compiled() const { return impl_->compiled(); }

Captured capture(Captured::Function function, const Device& device) {
  return Captured(std::move(function), device);
}

}  // namespace varve
