#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "framework/backend/decorators.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

struct Traced {
  Device device = Device::open("reference");
  Trace* trace;

  Traced() {
    auto decorator = std::make_unique<Trace>(device.backend());
    trace = decorator.get();
    const auto a = Tensor::from({1, 2, 3, 4, 5, 6}, device).reshape({2, 3});
    device.push(std::move(decorator));
    matmul(a, a.transpose());
    exp(a);
    exp(a);
  }
};

}  // namespace

TEST_CASE("trace: an entry a command, in order, with its shapes") {
  const Traced traced;
  const auto& entries = traced.trace->entries();
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].op == Op::matmul);
  CHECK(entries[0].detail == "(2, 3) f32, (3, 2) f32 -> (2, 2) f32");
  CHECK(entries[1].op == Op::exp);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(entries[i].duration_us >= 0);
    if (i > 0) CHECK(entries[i].start_us >= entries[i - 1].start_us + entries[i - 1].duration_us);
  }
}

TEST_CASE("trace: the summary counts calls, and its times add up") {
  const Traced traced;
  const auto summary = traced.trace->summary();
  CHECK(summary.find("op                           calls    total ms    mean us   share") == 0);
  CHECK(summary.find("exp                              2") != std::string::npos);
  CHECK(summary.find("matmul                           1") != std::string::npos);
  CHECK(summary.find("all                              3") != std::string::npos);
}

TEST_CASE("trace: the chrome file holds the same entries") {
  const Traced traced;
  const auto json = nlohmann::json::parse(traced.trace->chrome_json());
  const auto& events = json.at("traceEvents");
  REQUIRE(events.size() == 3);
  double total = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& entry = traced.trace->entries()[i];
    CHECK(events[i].at("name") == name(entry.op));
    CHECK(events[i].at("ph") == "X");
    CHECK(events[i].at("args").at("shapes") == entry.detail);
    CHECK(events[i].at("ts").get<double>() == doctest::Approx(entry.start_us));
    total += events[i].at("dur").get<double>() - entry.duration_us;
  }
  CHECK(total == doctest::Approx(0));
}

TEST_CASE("trace: nothing run is an empty table") {
  const auto device = Device::open("reference");
  const Trace trace(device.backend());
  CHECK(trace.summary().find("all                              0") != std::string::npos);
  CHECK(nlohmann::json::parse(trace.chrome_json()).at("traceEvents").empty());
}

}  // namespace varve
