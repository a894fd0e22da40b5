#include <string>

#include "framework/tensor/functional.h"
#include "tests/backends/vulkan/testing.h"
#include "tests/forked.h"

using namespace varve;
using namespace varve::testing;

namespace {

/// 0 if `f` is refused as a device that is not there, with `part` in the message.
template <class F>
int refused(const F& f, std::string_view part) {
  try {
    f();
  } catch (const Error& error) {
    const bool says = std::string_view(error.what()).find(part) != std::string_view::npos;
    return error.kind() == ErrorKind::device && says ? 0 : 2;
  }
  return 1;
}

}  // namespace

TEST_CASE("a child of the process that opened a device is told so, and ends in peace") {
  if (!can_fork()) return;
  auto backend = make_backend(vulkan::options_from_environment());
  if (!backend) return;
  Device device(std::move(backend));
  Tensor x = Tensor::full({3000}, 2, DType::f32, device);
  CHECK(sum(x).item() == 6000);
  const auto program = [&] {
    Recording recording;
    const View view = x.view();
    recording.commands.push_back({Op::add, {view, view}, {view}, {}});
    return device.backend().compile(std::move(recording));
  };
  std::unique_ptr<Program> captured = program();
  const Tensor pending = x * 3.0;  // not submitted yet
  constexpr std::string_view why = "was opened before fork()";
  // Ended by _exit(): exit() runs the driver's handlers, and Mesa's do not bear to be in a child.
  const End end = End::at_once;
  CHECK(in_child(end, [&] { return refused([&] { x + x; }, why); }) == 0);
  CHECK(in_child(end, [&] { return refused([&] { sum(pending).item(); }, why); }) == 0);
  CHECK(in_child(end, [&] { return refused([&] { captured->run(); }, why); }) == 0);
  CHECK(in_child(end, [&] { return refused([&] { device.backend().synchronize(); }, why); }) == 0);
  CHECK(in_child(end, [&] {
          captured.reset();
          x = Tensor();
          return 0;
        }) == 0);
  // The cpu backend works there.
  CHECK(in_child(end, [] {
          const Tensor y = Tensor::full({3000}, 2, DType::f32, Device::open("cpu"));
          return sum(y).item() == 6000 ? 0 : 1;
        }) == 0);
  captured->run();
  CHECK(sum(x).item() == 12000);
  CHECK(sum(pending).item() == 18000);
}

TEST_CASE("drivers do not survive fork(), so that a child cannot open a device anew") {
  if (!can_fork()) return;
  try {
    vulkan::instance();
  } catch (const Error& error) {
    MESSAGE("not tested: " << std::string(error.what()));
    return;
  }
  CHECK(in_child(End::at_once, [] {
          return refused([] { Device::open("vulkan"); }, "Vulkan unavailable: this process was");
        }) == 0);
}
