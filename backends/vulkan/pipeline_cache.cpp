#include "backends/vulkan/pipeline_cache.h"

#include <fmt/format.h>

#include <cstdlib>

#include "framework/core/error.h"
#include "framework/platform/platform.h"

namespace varve::vulkan {
namespace {

namespace fs = std::filesystem;

/// Far above what all of Varve's pipelines take; entries of older versions add up.
constexpr std::size_t largest_file = 64UL << 20;

/// FNV-1a.
std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

/// A line of text before the data. The driver that finds its shaders by their content needs no
/// version of Varve here.
std::string header(const CacheKey& key, std::string_view data) {
  return fmt::format("varve vulkan pipelines 1 {} {} {:08x} {} {:016x}\n", key.device, key.driver,
                     key.driver_version, data.size(), checksum(data));
}

fs::path absolute_variable(const char* name) {
  const char* value = std::getenv(name);
  const fs::path path = value == nullptr ? "" : value;
  return path.is_absolute() ? path : fs::path();
}

}  // namespace

std::string CacheKey::file_name() const {
  return fmt::format("{}-{}-{:08x}.bin", device, driver, driver_version);
}

fs::path pipeline_cache_folder() {
  fs::path base = absolute_variable("XDG_CACHE_HOME");
  if (base.empty()) {
    base = absolute_variable("HOME");
    if (base.empty()) return {};
    base /= ".cache";
  }
  return base / "varve" / "vulkan";
}

std::string encode_pipeline_cache(const CacheKey& key, std::string_view data) {
  return header(key, data).append(data);
}

std::string_view decode_pipeline_cache(const CacheKey& key, std::string_view file) {
  const auto end = file.find('\n');
  if (end == std::string_view::npos) return {};
  const auto data = file.substr(end + 1);
  return file.substr(0, end + 1) == header(key, data) ? data : std::string_view();
}

std::string load_pipeline_cache(const CacheKey& key) {
  const auto folder = pipeline_cache_folder();
  if (folder.empty()) return "";
  try {
    const auto file = platform::read_file(folder / key.file_name(), largest_file);
    return std::string(decode_pipeline_cache(key, file));
  } catch (const Error&) {
    return "";  // not there yet, or not for us to read
  }
}

void save_pipeline_cache(const CacheKey& key, std::string_view data) {
  const auto folder = pipeline_cache_folder();
  if (folder.empty() || data.size() > largest_file - 4096) return;
  try {
    platform::make_directories(folder);
    platform::write_file_atomically(folder / key.file_name(), encode_pipeline_cache(key, data));
  } catch (const Error&) {
    // A cache that cannot be kept costs time at the next start, and nothing else.
  }
}

}  // namespace varve::vulkan
