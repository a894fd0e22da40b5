#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "framework/backend/decorators.h"
#include "framework/backend/host.h"

namespace varve {
namespace {

using Clock = std::chrono::steady_clock;

double microseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

}  // namespace

Trace::Trace(Backend& inner) : Decorator(inner), origin_(Clock::now()) {}

void Trace::execute(const Command& command) {
  inner().synchronize();  // what was still running is not this op's time
  inner().busy_us();
  const auto start = Clock::now();
  inner().execute(command);
  inner().synchronize();
  const double elapsed = microseconds(Clock::now() - start);
  entries_.push_back({command.op, microseconds(start - origin_),
                      inner().busy_us().value_or(elapsed), str(command)});
}

std::string Trace::summary() const {
  struct Line {
    Op op{};
    std::size_t calls = 0;
    double time = 0;
  };
  std::array<Line, op_count> lines;
  double total = 0;
  for (const auto& entry : entries_) {
    auto& line = lines[static_cast<std::size_t>(entry.op)];
    line.op = entry.op;
    ++line.calls;
    line.time += entry.duration_us;
    total += entry.duration_us;
  }
  std::sort(lines.begin(), lines.end(),
            [](const Line& a, const Line& b) { return a.time > b.time; });
  std::string out =
      fmt::format("{:<26}{:>8}{:>12}{:>11}{:>8}\n", "op", "calls", "total ms", "mean us", "share");
  for (const auto& line : lines)
    if (line.calls > 0)
      out += fmt::format("{:<26}{:>8}{:>12.3f}{:>11.1f}{:>7.1f}%\n", varve::name(line.op),
                         line.calls, line.time / 1e3, line.time / static_cast<double>(line.calls),
                         total > 0 ? 100 * line.time / total : 0);
  return out + fmt::format("{:<26}{:>8}{:>12.3f}\n", "all", entries_.size(), total / 1e3);
}

std::string Trace::chrome_json() const {
  auto events = nlohmann::json::array();
  for (const auto& entry : entries_)
    events.push_back({{"name", varve::name(entry.op)},
                      {"cat", "op"},
                      {"ph", "X"},  // a complete event: it has a start and a duration
                      {"ts", entry.start_us},
                      {"dur", entry.duration_us},
                      {"pid", 1},
                      {"tid", 1},
                      {"args", {{"shapes", entry.detail}}}});
  return nlohmann::json{{"traceEvents", events}, {"displayTimeUnit", "ms"}}.dump();
}

}  // namespace varve
