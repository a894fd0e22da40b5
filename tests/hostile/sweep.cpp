#include "tests/hostile/sweep.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace varve::test {
namespace {

namespace fs = std::filesystem;

/// The first column of a table, as text.
std::string epochs_in(const std::string& table) {
  std::string epochs;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) epochs += line.substr(0, line.find(',')) + " ";
  return epochs;
}

}  // namespace

Outcome varve_under(const Place& place, const Faults& faults, std::string_view arguments) {
  std::string settings;
  for (const auto& [name, value] : faults)
    settings += fmt::format("VARVE_FAULT_{}='{}' ", name, value);
  return place.shell(fmt::format("timeout 100 env {} LD_PRELOAD='{}' \"$varve\" {}", settings,
                                 VARVE_FAULTS_LIBRARY, arguments));
}

std::int64_t count_calls(const Place& place, std::string_view family, std::string_view path,
                         std::string_view arguments) {
  const auto counted = varve_under(
      place, {{"CALLS", std::string(family)}, {"PATH", std::string(path)}, {"COUNT", "count.txt"}},
      arguments);
  REQUIRE_MESSAGE(counted.code == 0, counted.err);
  return std::stoll(place.read("count.txt"));
}

std::vector<std::int64_t> points(std::int64_t count, std::int64_t usual) {
  const char* set = std::getenv("VARVE_SWEEP_POINTS");
  const std::int64_t wanted =
      std::min<std::int64_t>(count, set == nullptr ? usual : std::atoll(set));
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 0; i < wanted; ++i) numbers.push_back(1 + i * count / wanted);
  return numbers;
}

void check_recovers(const Place& place, const std::string& weights) {
  const bool begun = fs::exists(place / "run/config.json");
  const auto done = place.varve(begun ? "train --resume run --progress none" : small_run);
  CHECK_MESSAGE(done.code == 0, done.err);
  CHECK(place.weights("run") == weights);
  CHECK(epochs_in(place.read("run/metrics.csv")) == "epoch 1 2 3 ");
  CHECK(epochs_in(place.read("run/latent.csv")) == "epoch 0 1 2 3 ");
  for (const auto& entry : fs::recursive_directory_iterator(place / "run")) {
    const std::string name = entry.path().filename().string();
    CHECK_MESSAGE((name[0] != '.' || name == ".lock"), name);
  }
}

}  // namespace varve::test
