#include <algorithm>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "framework/core/error.h"
#include "framework/data/array_dataset.h"
#include "framework/data/file_sources.h"
#include "framework/io/budget.h"
#include "framework/io/image.h"

namespace varve::detail {
namespace {

namespace fs = std::filesystem;

struct Listing {
  std::vector<fs::path> folders;
  std::vector<fs::path> images;
};

bool is_png(const fs::path& path) {
  std::string end = path.extension().string();
  std::ranges::transform(end, end.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return end == ".png";
}

/// The folders and PNGs in a folder, by name; hidden ones are left out.
Listing list(const fs::path& folder) {
  Listing out;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    std::error_code unreadable;
    if (path.filename().string().starts_with('.')) continue;
    if (entry->is_directory(unreadable))
      out.folders.push_back(path);
    else if (is_png(path))
      out.images.push_back(path);
  }
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)
    fail(ErrorKind::input, "[data] {}: {}; name a folder of PNG images", folder.string(),
         error.message());
  if (error)
    fail(ErrorKind::io, "[data] {}: cannot be listed: {}", folder.string(), error.message());
  std::ranges::sort(out.folders);
  std::ranges::sort(out.images);
  return out;
}

struct Examples {
  std::vector<fs::path> images;
  std::vector<int> labels;
  int num_classes = 0;
};

Examples find_examples(const fs::path& folder) {
  Listing top = list(folder);
  Examples out;
  for (const auto& sub : top.folders) {
    const auto images = list(sub).images;
    if (images.empty()) continue;
    out.images.insert(out.images.end(), images.begin(), images.end());
    out.labels.insert(out.labels.end(), images.size(), out.num_classes++);
  }
  if (!out.images.empty() && !top.images.empty())
    fail(
        ErrorKind::input,
        "[data] {}: has images of its own and in sub-folders; keep either all in the folder or one "
        "sub-folder a class",
        folder.string());
  if (out.images.empty()) out.images = std::move(top.images);
  if (out.images.empty())
    fail(ErrorKind::input, "[data] {}: has no PNG image, nor has a folder in it", folder.string());
  return out;
}

/// The bytes of all files. That the others are as large as the first image is but a guess.
std::uint64_t stored_bytes(const Examples& examples) {
  std::uint64_t sum = 0;
  for (const auto& file : examples.images) {
    std::error_code unreadable;  // said when it is read
    const auto size = fs::file_size(file, unreadable);
    if (!unreadable) sum += size;
  }
  return sum;
}

}  // namespace

DatasetPtr open_folder(const fs::path& path, Split split) {
  Examples examples = find_examples(path);
  Array all;
  Shape each;
  for (const auto& file : examples.images) {
    const Array image = load_png(file);
    if (each.empty()) {
      each = image.shape;
      all.bytes.reserve(std::min<std::uint64_t>(examples.images.size() * image.bytes.size(),
                                                io::Budget(stored_bytes(examples)).left()));
    }
    if (!(image.shape == each))
      fail(ErrorKind::input,
           "[data] {}: the image is {}, the first one of the folder {}; all must have one size and "
           "one number of channels",
           file.string(), image.shape.str(), each.str());
    all.bytes.insert(all.bytes.end(), image.bytes.begin(), image.bytes.end());
  }
  all.dtype = DType::u8;
  all.shape = each;
  all.shape.insert(0, static_cast<std::int64_t>(examples.images.size()));
  return split_off(array_dataset({.values = std::move(all),
                                  .labels = std::move(examples.labels),
                                  .num_classes = examples.num_classes,
                                  .where = path.string()}),
                   split, path.string());
}

}  // namespace varve::detail
