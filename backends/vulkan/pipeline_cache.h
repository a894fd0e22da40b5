#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace varve::vulkan {

/// Whose compiled pipelines a file holds.
struct CacheKey {
  std::string device, driver;  ///< UUIDs
  std::uint32_t driver_version = 0;

  /// The file's name within the folder.
  std::string file_name() const;
};

/// $XDG_CACHE_HOME/varve/vulkan, else ~/.cache/varve/vulkan; empty if neither is known.
std::filesystem::path pipeline_cache_folder();

/// What a file holds: a header with format, key, size and checksum, and what the driver made.
std::string encode_pipeline_cache(const CacheKey& key, std::string_view data);
/// The driver's part of a file; empty unless all of it is as it was written, for this key. Drivers
/// check little of what they are given, so damage must not reach them.
std::string_view decode_pipeline_cache(const CacheKey& key, std::string_view file);

/// The same from and to the folder: what cannot be read is empty, what cannot be written is not.
std::string load_pipeline_cache(const CacheKey& key);
void save_pipeline_cache(const CacheKey& key, std::string_view data);

}  // namespace varve::vulkan
