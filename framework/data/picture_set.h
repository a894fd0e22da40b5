#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "framework/data/dataset.h"
#include "framework/data/picture_fit.h"

namespace varve {

/// What `picture_set` needs.
struct PictureSetOptions {
  std::vector<std::filesystem::path> files{};
  std::filesystem::path root{};  ///< names of examples are relative to it
  std::vector<int> labels{};     ///< one a file, or none
  std::vector<std::string> class_names{};
  PictureRule rule{};
  std::uint64_t cache_bytes = 0;  ///< for decoded pictures; 0: a quarter of the machine's memory
};

/// Pictures in files, all made by one rule; samples are read as x / 255 or x / 65535. All are
/// decoded once now, on all cores, so that a damaged one is known before anything is done with the
/// others; those that have room in the cache stay decoded, the rest is decoded anew when it is
/// read. Throws ErrorKind::input naming the file that cannot be read.
std::shared_ptr<const Dataset> picture_set(PictureSetOptions options);

}  // namespace varve
