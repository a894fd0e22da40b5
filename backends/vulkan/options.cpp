#include "backends/vulkan/options.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "framework/core/error.h"

namespace varve::vulkan {
namespace {

/// Empty if it is not set.
std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

[[noreturn]] void reject(std::string_view name, std::string_view value, std::string_view allowed) {
  fail(ErrorKind::usage, "[vulkan] {} is '{}'; it takes {}", name, value, allowed);
}

/// The whole of `text` as a number from 1 to 2^31, 0 if it is none.
long positive(std::string_view text) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number > 0 && number <= 0x80000000L ? number : 0;
}

Validation read_validation() {
  const auto value = variable("VARVE_VULKAN_VALIDATION");
  if (value.empty() || value == "off") return Validation::off;
  if (value == "core") return Validation::core;
  if (value == "sync") return Validation::sync;
  if (value == "gpu") return Validation::gpu;
  reject("VARVE_VULKAN_VALIDATION", value, "core, sync, gpu or off");
}

bool read_serialize() {
  const auto value = variable("VARVE_VULKAN_SERIALIZE");
  if (!value.empty() && value != "0" && value != "1")
    reject("VARVE_VULKAN_SERIALIZE", value, "1 or 0");
  return value == "1";
}

bool read_barriers() {
  const auto value = variable("VARVE_VULKAN_BARRIERS");
  if (!value.empty() && value != "all")
    reject("VARVE_VULKAN_BARRIERS", value, "all, or stays unset");
  return value == "all";
}

void read_disabled(Options& options) {
  const std::array<std::pair<std::string_view, bool*>, 8> known{{
      {"push", &options.push_descriptors},
      {"replay", &options.replay},
      {"fusion", &options.fusion},
      {"splitk", &options.split_k},
      {"cache", &options.disk_cache},
      {"int64", &options.int64},
      {"int8", &options.int8},
      {"hostmemory", &options.host_memory},
  }};
  std::string_view rest = variable("VARVE_VULKAN_DISABLE");
  while (!rest.empty()) {
    const auto item = rest.substr(0, rest.find(','));
    rest.remove_prefix(item.size() < rest.size() ? item.size() + 1 : rest.size());
    bool found = false;
    for (const auto& [name, value] : known) {
      if (name != item) continue;
      *value = false;
      found = true;
    }
    if (!found)
      reject("VARVE_VULKAN_DISABLE", item,
             "a list of push, replay, fusion, splitk, cache, int64, int8 and hostmemory, with "
             "commas between");
  }
}

std::string read_tiles() {
  const auto value = variable("VARVE_VULKAN_TILES");
  for (const std::string_view known : {"", "small", "medium", "large", "register"})
    if (value == known) return std::string(value);
  reject("VARVE_VULKAN_TILES", value, "small, medium, large or register");
}

void read_fault(Options& options) {
  const auto value = variable("VARVE_VULKAN_FAULT");
  if (value.empty()) return;
  const auto at = value.find('@');
  const auto kind = value.substr(0, at);
  const long number = at == std::string_view::npos ? 0 : positive(value.substr(at + 1));
  if (number == 0 || (kind != "lost" && kind != "memory"))
    reject("VARVE_VULKAN_FAULT", value, "lost@N or memory@N with N from 1");
  (kind == "lost" ? options.lose_at : options.exhaust_at) = number;
}

}  // namespace

Options options_from_environment() {
  Options options;
  options.validation = read_validation();
  options.device = variable("VARVE_VULKAN_DEVICE");
  options.serialize = read_serialize();
  options.barrier_always = read_barriers();
  read_disabled(options);
  // Shader instrumentation takes what is pushed for uninitialised, and then skips the access.
  if (options.validation == Validation::gpu) options.push_descriptors = false;
  options.tiles = read_tiles();
  if (const auto value = variable("VARVE_VULKAN_TIMEOUT"); !value.empty()) {
    const long seconds = positive(value);
    if (seconds == 0) reject("VARVE_VULKAN_TIMEOUT", value, "a number of seconds from 1");
    options.timeout = std::chrono::seconds(seconds);
  }
  read_fault(options);
  return options;
}

}  // namespace varve::vulkan
