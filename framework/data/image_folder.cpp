#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "framework/core/error.h"
#include "framework/data/file_sources.h"
#include "framework/data/parallel.h"
#include "framework/data/picture_set.h"
#include "framework/io/content.h"
#include "framework/platform/platform.h"

namespace varve::detail {
namespace {

namespace fs = std::filesystem;

struct File {
  fs::path path;
  std::string format;  ///< "PNG"; empty: no picture
  Picture look{};      ///< without samples
};

/// What lies below a folder, at any depth.
struct Tree {
  std::vector<fs::path> files;
  std::size_t hidden = 0;
};

/// Throws what the system says of a folder that cannot be listed.
void check_listing(const std::error_code& error, const fs::path& folder) {
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)
    fail(ErrorKind::input, "[data] {}: {}; name a folder of pictures", folder.string(),
         error.message());
  if (error)
    fail(ErrorKind::io, "[data] {}: cannot be listed: {}", folder.string(), error.message());
}

/// Adds what is below `folder`. Links to folders are followed, but none twice.
void collect(const fs::path& folder, std::set<fs::path>& visited, Tree& tree) {
  std::error_code error;
  if (!visited.insert(fs::canonical(folder, error)).second) return;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code unreadable;
    if (entry->path().filename().string().starts_with('.') ||
        entry->path().filename() == "__MACOSX")
      ++tree.hidden;
    else if (entry->is_directory(unreadable))
      collect(entry->path(), visited, tree);
    else
      tree.files.push_back(entry->path());
  }
  check_listing(error, folder);
}

std::string small_letters(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return text;
}

bool is_called_picture(const fs::path& path) {
  static constexpr std::array<std::string_view, 16> ends{
      ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".tif",  ".tiff",
      ".gif", ".bmp", ".pbm",  ".pgm", ".ppm",  ".heic", ".avif", ".jp2"};
  return std::ranges::find(ends, small_letters(path.extension().string())) != ends.end();
}

/// Looks at a file's head. Throws ErrorKind::input if it is called a picture and is none, or is one
/// that is not read.
void look_at(File& file) {
  const std::string bytes = platform::read_file(file.path);
  const std::string_view head = std::string_view(bytes).substr(0, 256);
  const auto* format = picture_format(head);
  if (format == nullptr) {
    if (is_called_picture(file.path))
      fail(ErrorKind::input, "[data] {}: is called a picture and {}; remove or repair it",
           file.path.string(), io::what_else(head));
    return;
  }
  file.format = format->name;
  file.look = look_at_picture(bytes, file.path.string());
}

/// The part of `path` below `root`, cut into names.
std::vector<std::string> names_below(const fs::path& path, const fs::path& root) {
  std::vector<std::string> names;
  for (const auto& name : path.lexically_relative(root)) names.push_back(name.string());
  return names;
}

/// Numbers by value, everything else by its letters.
void sort_names(std::vector<std::string>& names) {
  const auto number = [](const std::string& text) {
    std::int64_t value = -1;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    return result.ec == std::errc() && result.ptr == text.data() + text.size() ? value : -1;
  };
  const bool numbers = std::ranges::all_of(names, [&](const auto& n) { return number(n) >= 0; });
  if (numbers)
    std::ranges::sort(names, {}, number);
  else
    std::ranges::sort(names);
}

/// The pictures of one part of the folder.
struct Part {
  std::vector<fs::path> files;
  std::vector<std::string> classes;  ///< of each file; "" for one that lies in no sub-folder
};

/// All of a folder.
struct Folder {
  fs::path root;
  std::map<Split, Part> parts;  ///< train alone if it says nothing of parts
  std::vector<std::string> class_names;
  PictureRule rule;
  DataReport report;
};

/// Whether the names of the folders in it are those of parts: train and another one.
bool has_parts(const std::vector<File>& files, const fs::path& root) {
  std::set<Split> seen;
  for (const auto& file : files)
    if (const auto names = names_below(file.path, root); names.size() > 1)
      if (const auto part = part_named(names[0])) seen.insert(*part);
  return seen.contains(Split::train) && seen.size() > 1;
}

void sort_into_parts(const std::vector<File>& files, Folder& folder) {
  const bool parted = has_parts(files, folder.root);
  std::vector<std::string> outside;
  for (const auto& file : files) {
    auto names = names_below(file.path, folder.root);
    Split split = Split::train;
    if (parted) {
      const auto part = names.size() > 1 ? part_named(names[0]) : std::nullopt;
      if (!part) {
        outside.push_back(file.path.lexically_relative(folder.root).string());
        continue;
      }
      split = *part;
      names.erase(names.begin());
    }
    Part& part = folder.parts[split];
    part.files.push_back(file.path);
    part.classes.push_back(names.size() > 1 ? names[0] : "");
  }
  if (!outside.empty())
    folder.report.left_out.push_back(fmt::format("{} outside of the folders of parts: {}",
                                                 counted(outside.size(), "picture"),
                                                 listed(outside)));
}

/// Sub-folders are classes, if there are two or more.
void name_classes(Folder& folder) {
  std::set<std::string> found;
  for (const auto& [split, part] : folder.parts)
    found.insert(part.classes.begin(), part.classes.end());
  if (found.size() > 1 && found.contains(""))
    fail(ErrorKind::input,
         "[data] {}: has pictures of its own and in sub-folders; keep either all in the folder or "
         "one sub-folder a class",
         folder.root.string());
  if (found.size() < 2) return;
  folder.class_names.assign(found.begin(), found.end());
  sort_names(folder.class_names);
  folder.report.taken.push_back(fmt::format("{} classes by the names of folders: {}", found.size(),
                                            listed(folder.class_names, 10)));
}

/// "28 x 28".
std::string sides(const Picture& look) { return fmt::format("{} x {}", look.height, look.width); }

/// Counts, the most frequent first.
template <class Key>
std::vector<std::pair<Key, std::size_t>> by_frequency(const std::map<Key, std::size_t>& counts) {
  std::vector<std::pair<Key, std::size_t>> out(counts.begin(), counts.end());
  std::ranges::stable_sort(out, std::greater(), [](const auto& entry) { return entry.second; });
  return out;
}

std::string describe_formats(const std::vector<File>& files) {
  std::map<std::string, std::size_t> formats;
  for (const auto& file : files) ++formats[file.format];
  std::vector<std::string> words;
  for (const auto& [format, count] : by_frequency(formats))
    words.push_back(fmt::format("{} {}", count, format));
  return fmt::format("{} picture{}", fmt::join(words, ", "), files.size() == 1 ? "" : "s");
}

/// Height and width of all. Throws ErrorKind::input, naming what is in the minority, if they differ
/// and no size was asked for.
void set_size(const std::vector<File>& files, const DataReading& reading, Folder& folder) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> counts;
  for (const auto& file : files) ++counts[{file.look.height, file.look.width}];
  const auto sizes = by_frequency(counts);
  const auto [height, width] = sizes.front().first;
  folder.rule.height = height;
  folder.rule.width = width;
  folder.rule.fit = parse_fit(reading.fit);
  if (!reading.size.empty()) {
    const Shape wanted = parse_sides("size", reading.size, 1, 2);
    folder.rule.height = wanted[0];
    folder.rule.width = wanted.back();
    const bool as_they_are = sizes.size() == 1 && height == wanted[0] && width == wanted.back();
    if (!as_they_are)
      folder.report.taken.push_back(fmt::format("{}, made {} x {} ({})",
                                                sizes.size() == 1
                                                    ? fmt::format("all are {} x {}", height, width)
                                                    : fmt::format("{} sizes", sizes.size()),
                                                wanted[0], wanted.back(), reading.fit));
    return;
  }
  if (sizes.size() == 1) return;
  const auto odd = std::ranges::find_if(files, [&](const File& file) {
    return file.look.height != height || file.look.width != width;
  });
  const std::size_t alike = sizes.front().second;
  fail(
      ErrorKind::input,
      "[data] {}: its {} pictures are of {} sizes: {} are {} x {}, and {} not, as {}, which is {}; "
      "make all of one size, as by --size {}x{} (--fit crop, pad or stretch)",
      folder.root.string(), files.size(), sizes.size(), alike, height, width, files.size() - alike,
      odd->path.string(), sides(odd->look), height, width);
}

/// Colour if one is; 16 bits if one has them.
void set_samples(const std::vector<File>& files, const DataReading& reading, Folder& folder) {
  std::size_t color = 0, alpha = 0, deep = 0;
  for (const auto& [path, format, look] : files) {
    color += look.channels >= 3;
    alpha += look.has_alpha();
    deep += look.bits == 16;
  }
  auto& taken = folder.report.taken;
  folder.rule.bits = deep > 0 ? 16 : 8;
  if (deep > 0 && deep < files.size())
    taken.push_back(fmt::format("{} of 16 bits a sample, the rest widened to them", deep));
  else if (deep > 0)
    taken.push_back("samples of 16 bits, 0 to 65535 taken as 0 to 1");
  if (reading.channels < 0 || reading.channels > 4)
    fail(ErrorKind::usage,
         "[data] --channels {}: give 1 (grey), 2 (grey and alpha), 3 (colour) or 4 (colour and "
         "alpha)",
         reading.channels);
  folder.rule.channels = reading.channels > 0 ? static_cast<int>(reading.channels)
                         : color > 0          ? 3
                                              : 1;
  folder.rule.ground = parse_ground(reading.ground);
  const bool keeps_color = folder.rule.channels >= 3, keeps_alpha = folder.rule.channels % 2 == 0;
  if (keeps_color && color < files.size())
    taken.push_back(fmt::format("{} grey, taken as colour", files.size() - color));
  if (!keeps_color && color > 0) taken.push_back(fmt::format("{} in colour, taken as grey", color));
  if (!keeps_alpha && alpha > 0)
    taken.push_back(fmt::format("{} with alpha, laid over {} (--channels {} keeps it)", alpha,
                                reading.ground, keeps_color ? 4 : 2));
  if (keeps_alpha && alpha < files.size())
    taken.push_back(fmt::format("{} without alpha, taken as opaque", files.size() - alpha));
}

/// Looks at all files; those that are no pictures go into the report.
std::vector<File> look_at_all(const Tree& tree, Folder& folder) {
  std::vector<File> files;
  for (const auto& path : tree.files) files.push_back({path, {}, {}});
  std::ranges::sort(files, {}, &File::path);
  for_each_on_all_cores(static_cast<std::int64_t>(files.size()),
                        [&](std::int64_t i) { look_at(files[static_cast<std::size_t>(i)]); });
  std::vector<std::string> others;
  for (const auto& file : files)
    if (file.format.empty()) others.push_back(file.path.lexically_relative(folder.root).string());
  std::erase_if(files, [](const File& file) { return file.format.empty(); });
  auto& left_out = folder.report.left_out;
  if (!others.empty())
    left_out.push_back(fmt::format(
        "{} no picture: {}",
        others.size() == 1 ? "1 file that is" : fmt::format("{} files that are", others.size()),
        listed(others)));
  if (tree.hidden > 0) left_out.push_back(fmt::format("{} hidden", counted(tree.hidden, "file")));
  if (files.empty())
    fail(ErrorKind::input, "[data] {}: has no picture ({}), nor has a folder in it{}",
         folder.root.string(), readable_formats(), others.empty() ? "" : ", but " + listed(others));
  return files;
}

DatasetPtr pictures(const Folder& folder, const Part& part,
                    const std::vector<std::int64_t>& chosen) {
  PictureSetOptions options{
      .root = folder.root, .class_names = folder.class_names, .rule = folder.rule};
  for (const auto index : chosen) {
    const auto at = static_cast<std::size_t>(index);
    options.files.push_back(part.files[at]);
    if (folder.class_names.empty()) continue;
    const auto name = std::ranges::find(folder.class_names, part.classes[at]);
    options.labels.push_back(static_cast<int>(name - folder.class_names.begin()));
  }
  return picture_set(std::move(options));
}

/// The places of all examples of a part.
std::vector<std::int64_t> all_of(const Part& part) {
  std::vector<std::int64_t> out(part.files.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::int64_t>(i);
  return out;
}

}  // namespace

OpenedData open_folder(const DataSource& source, const std::string& path) {
  auto folder = std::make_shared<Folder>();
  folder->root = path;
  Tree tree;
  std::set<fs::path> visited;
  collect(folder->root, visited, tree);
  const std::vector<File> files = look_at_all(tree, *folder);
  folder->report.taken.push_back(describe_formats(files));
  sort_into_parts(files, *folder);
  name_classes(*folder);
  set_size(files, source.reading, *folder);
  set_samples(files, source.reading, *folder);
  auto& parts = folder->parts;
  if (!parts.contains(Split::test) && parts.contains(Split::validation)) {
    parts[Split::test] = std::move(parts[Split::validation]);
    parts.erase(Split::validation);
    folder->report.taken.push_back("the validation part is the test part: there is no other");
  }
  const bool parted = parts.contains(Split::test);
  if (parted)
    folder->report.taken.push_back(
        fmt::format("{} for training, {} for tests, {} for validation",
                    parts[Split::train].files.size(), parts[Split::test].files.size(),
                    parts.contains(Split::validation) ? parts[Split::validation].files.size() : 0));
  const auto open = [folder, parted, path](Split split) -> DatasetPtr {
    const Part& first = folder->parts.at(Split::train);
    if (!parted && split != Split::validation) {
      if (split == Split::all) return pictures(*folder, first, all_of(first));
      return pictures(*folder, first,
                      parts_of_one(static_cast<std::int64_t>(first.files.size()), split, path));
    }
    if (split == Split::all) {
      Part all;
      for (const auto& [name, part] : folder->parts) {
        all.files.insert(all.files.end(), part.files.begin(), part.files.end());
        all.classes.insert(all.classes.end(), part.classes.begin(), part.classes.end());
      }
      return pictures(*folder, all, all_of(all));
    }
    const auto part = folder->parts.find(split);
    if (part == folder->parts.end()) fail_no_validation(path);
    return pictures(*folder, part->second, all_of(part->second));
  };
  return {folder->report, parted, parts.contains(Split::validation), open};
}

}  // namespace varve::detail
