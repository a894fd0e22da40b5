#include "framework/io/checkpoint.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "framework/core/error.h"
#include "framework/io/json.h"
#include "framework/io/safetensors.h"
#include "framework/io/text.h"
#include "framework/platform/platform.h"

namespace varve {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int64_t schema = 1;
constexpr std::string_view temporary_prefix = ".saving-";

std::string checksum(std::string_view bytes) {
  const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
  return fmt::format("{:08x}", ::crc32_z(0, data, bytes.size()));
}

std::string checksum_of(const fs::path& path) {
  platform::InputFile file(path);
  std::vector<std::byte> block(1 << 18);
  uLong sum = 0;
  while (const std::size_t count = file.read(block))
    sum = ::crc32_z(sum, reinterpret_cast<const Bytef*>(block.data()), count);
  return fmt::format("{:08x}", sum);
}

/// "step-00000120", "step-00000120-2": the steps done, and which save at this step.
struct Name {
  std::int64_t step = 0;
  std::int64_t save = 1;
  friend auto operator<=>(const Name&, const Name&) = default;

  std::string str() const {
    return save == 1 ? fmt::format("step-{:08}", step) : fmt::format("step-{:08}-{}", step, save);
  }
  static std::optional<Name> parse(std::string_view text) {
    Name name;
    constexpr std::string_view prefix = "step-";
    if (!text.starts_with(prefix)) return {};
    const auto* end = text.data() + text.size();
    auto at = std::from_chars(text.data() + prefix.size(), end, name.step).ptr;
    if (at != end && *at == '-') at = std::from_chars(at + 1, end, name.save).ptr;
    return at == end && name.str() == text ? std::optional(name) : std::nullopt;
  }
};

/// The checkpoints in a folder, oldest first.
std::vector<Name> list(const fs::path& folder) {
  std::vector<Name> names;
  for (const auto& entry : platform::list_folder(folder))
    if (const auto name = Name::parse(entry)) names.push_back(*name);
  std::sort(names.begin(), names.end());
  return names;
}

// ---- state.json ----

[[noreturn]] void fail_damaged(const fs::path& file, std::string_view what) {
  fail(ErrorKind::input,
       "[checkpoint] {}: {}; the file is damaged, use another checkpoint or copy it here again",
       file.string(), what);
}

/// A checkpoint's state.json while it is read: every entry is checked, errors name it.
class Reader {
 public:
  Reader(const json& object, const fs::path& file) : object_(object), file_(file) {}

  const json& at(const char* key) const {
    const auto found = object_.is_object() ? object_.find(key) : object_.end();
    if (found == object_.end()) fail_damaged(file_, fmt::format("'{}' is missing", key));
    return *found;
  }
  std::int64_t count(const char* key) const {
    return io::whole_number(object_, key, 0, INT64_MAX,
                            fmt::format("[checkpoint] {}", file_.string()));
  }
  std::uint64_t bits(const char* key) const {
    const json& value = at(key);
    if (!value.is_number_unsigned())
      fail_damaged(file_, fmt::format("'{}' is no whole number from 0", key));
    return value.get<std::uint64_t>();
  }
  double number(const char* key) const {
    const json& value = at(key);
    if (!value.is_number()) fail_damaged(file_, fmt::format("'{}' is no number", key));
    return value.get<double>();
  }
  std::string text(const char* key) const {
    const json& value = at(key);
    if (!value.is_string()) fail_damaged(file_, fmt::format("'{}' is no text", key));
    return value.get<std::string>();
  }
  const json& array(const char* key) const {
    const json& value = at(key);
    if (!value.is_array()) fail_damaged(file_, fmt::format("'{}' is no list", key));
    return value;
  }

 private:
  const json& object_;
  const fs::path& file_;
};

json to_json(const std::vector<PartialSum>& sums) {
  json list = json::array();
  for (const auto& [name, sum] : sums) list.push_back({{"name", name}, {"sum", sum}});
  return list;
}

std::vector<PartialSum> sums_from(const json& list, const fs::path& file) {
  std::vector<PartialSum> sums;
  for (const json& entry : list) {
    const Reader sum(entry, file);
    sums.push_back({sum.text("name"), sum.number("sum")});
  }
  return sums;
}

json to_json(const TrainingState& state) {
  return {{"step", state.step},
          {"epoch", state.epoch},
          {"batch", state.batch},
          {"batches", state.batches},
          {"seed", state.seed},
          {"configuration", state.configuration},
          {"sums", to_json(state.sums)},
          {"examples", state.examples},
          {"seconds", state.seconds},
          {"best", state.best ? json(*state.best) : json()},
          {"best_epoch", state.best_epoch},
          {"best_checkpoint", state.best_checkpoint},
          {"stale_epochs", state.stale_epochs},
          {"judged", to_json(state.judged)}};
}

TrainingState state_from(const json& object, const fs::path& file) {
  const Reader in(object, file);
  TrainingState state;
  state.step = in.count("step");
  state.epoch = in.count("epoch");
  state.batch = in.count("batch");
  state.batches = in.count("batches");
  state.seed = in.bits("seed");
  state.configuration = in.text("configuration");
  state.sums = sums_from(in.array("sums"), file);
  state.examples = in.count("examples");
  state.seconds = in.number("seconds");
  if (!in.at("best").is_null()) state.best = in.number("best");
  state.best_epoch = in.count("best_epoch");
  state.best_checkpoint = in.text("best_checkpoint");
  state.stale_epochs = in.count("stale_epochs");
  if (object.contains("judged")) state.judged = sums_from(in.array("judged"), file);  // since 0.2
  return state;
}

/// The whole of state.json, with a checksum of its own.
std::string seal(json content) {
  content["checksum"] = checksum(content.dump());
  return content.dump(2) + "\n";
}

json unseal(std::string_view text, const fs::path& file) {
  json content = io::parse_json(text, fmt::format("[checkpoint] {}", file.string()));
  const std::string stored = Reader(content, file).text("checksum");
  content.erase("checksum");
  if (stored != checksum(content.dump())) fail_damaged(file, "its checksum does not match");
  if (const auto version = Reader(content, file).count("schema"); version != schema)
    fail(ErrorKind::input,
         "[checkpoint] {}: has schema {}, this program reads {}; use the version of Varve that "
         "wrote it",
         file.string(), version, schema);
  return content;
}

json read_state(const fs::path& directory) {
  const fs::path file = directory / "state.json";
  return unseal(io::read_text(file, "[checkpoint]", io::JsonLimits{}.bytes), file);
}

// ---- the files of arrays ----

struct ArrayFile {
  const char* name;
  Checkpoint::Arrays Checkpoint::*arrays;
  bool optional;
};
constexpr ArrayFile array_files[] = {
    {"model.safetensors", &Checkpoint::model, false},
    {"average.safetensors", &Checkpoint::average, true},
    {"optimizer.safetensors", &Checkpoint::optimizer, false},
};

/// Whether state.json lists the file. Throws ErrorKind::input if its checksum is another.
bool verified(const fs::path& directory, const json& state, const ArrayFile& file) {
  const fs::path state_path = directory / "state.json";
  const json& files = Reader(state, state_path).at("files");
  if (file.optional && files.is_object() && !files.contains(file.name)) return false;
  if (checksum_of(directory / file.name) != Reader(files, state_path).text(file.name))
    fail_damaged(directory / file.name, "its checksum is not the one in state.json");
  return true;
}

void verify_files(const fs::path& directory) {
  const json state = read_state(directory);
  for (const auto& file : array_files) verified(directory, state, file);
}

// ---- finding a checkpoint ----

/// A checkpoint that is damaged has one before it. One that the system fails to read at the moment,
/// or that does not fit in memory, is as good as ever: an older one in its place would undo it.
void require_damage(const Error& error) {
  if (error.kind() == ErrorKind::io || error.kind() == ErrorKind::memory) throw error;
}

std::optional<Name> pointed_to(const fs::path& folder) {
  try {
    auto text = platform::read_file(folder / "LATEST", 256);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return Name::parse(text);
  } catch (const Error& error) {
    require_damage(error);
    return {};  // the names order the checkpoints as well
  }
}

/// In the order in which to try them.
std::vector<Name> newest_first(const fs::path& folder) {
  auto names = list(folder);
  std::reverse(names.begin(), names.end());
  if (const auto latest = pointed_to(folder))
    std::stable_partition(names.begin(), names.end(),
                          [&](const Name& name) { return name == *latest; });
  return names;
}

// ---- saving ----

void require_finite(const Checkpoint::Arrays& arrays, const fs::path& folder) {
  const auto check = [&](const std::string& path, auto values) {
    for (const auto value : values)
      if (!std::isfinite(value))
        fail(ErrorKind::non_finite,
             "[checkpoint] {}: the weight {} is not finite ({}), so nothing was saved; go on from "
             "the last checkpoint with a lower learning rate or clipped gradients",
             folder.string(), path, value);
  };
  for (const auto& [path, array] : arrays) {
    if (array.dtype == DType::f32) check(path, array.as<float>());
    if (array.dtype == DType::f64) check(path, array.as<double>());
  }
}

/// Removes a checkpoint, or what a save left of one: the files that a save writes and then the
/// folder, if nothing else is in it. What cannot be removed now can be later.
void remove_checkpoint(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& file : array_files) names.emplace_back(file.name);
  names.emplace_back("state.json");  // last: until then the others are known for a checkpoint's
  platform::remove_own_folder(directory, names);
}

/// A directory that vanishes again unless it is renamed.
class TemporarySibling {
 public:
  explicit TemporarySibling(fs::path path) : path_(std::move(path)) {
    remove_checkpoint(path_);
    platform::make_own_folder(path_);
  }
  ~TemporarySibling() { remove_checkpoint(path_); }
  TemporarySibling(const TemporarySibling&) = delete;
  TemporarySibling& operator=(const TemporarySibling&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void write_files(const fs::path& directory, const Checkpoint& checkpoint) {
  json files = json::object();
  for (const auto& file : array_files) {
    const auto& arrays = checkpoint.*file.arrays;
    if (file.optional && arrays.empty()) continue;
    const std::string bytes = encode_safetensors({arrays, {}});
    files[file.name] = checksum(bytes);
    platform::write_file_atomically(directory / file.name, bytes);
  }
  json content = to_json(checkpoint.state);
  content["schema"] = schema;
  content["files"] = std::move(files);
  platform::write_file_atomically(directory / "state.json", seal(std::move(content)));
}

}  // namespace

Checkpoint load_checkpoint(const fs::path& directory) {
  const json state = read_state(directory);
  Checkpoint checkpoint;
  checkpoint.state = state_from(state, directory / "state.json");
  for (const auto& file : array_files)
    if (verified(directory, state, file))
      checkpoint.*file.arrays = load_safetensors(directory / file.name).tensors;
  return checkpoint;
}

LoadedCheckpoint load_latest_checkpoint(const fs::path& folder) {
  const auto names = newest_first(folder);
  if (names.empty())
    fail(ErrorKind::input,
         "[checkpoint] {}: holds no checkpoint; correct the path or train anew without resuming",
         folder.string());
  std::vector<std::string> notes;
  for (const auto& name : names) {
    const fs::path path = folder / name.str();
    try {
      return {load_checkpoint(path), path, std::move(notes)};
    } catch (const Error& error) {
      require_damage(error);
      notes.push_back(fmt::format("{} (falling back to the checkpoint before it)", error.what()));
    }
  }
  fail(ErrorKind::input,
       "[checkpoint] {}: none of its checkpoints can be read ({}); train anew in another folder",
       folder.string(), notes.front());
}

LoadedCheckpoint load_best_checkpoint(const fs::path& folder) {
  auto latest = load_latest_checkpoint(folder);
  const std::string& best = latest.checkpoint.state.best_checkpoint;
  if (best.empty() || best == latest.path.filename().string()) return latest;
  try {
    if (!Name::parse(best))
      fail_damaged(latest.path / "state.json", "'best_checkpoint' is no name");
    return {load_checkpoint(folder / best), folder / best, std::move(latest.notes)};
  } catch (const Error& error) {
    require_damage(error);
    latest.notes.push_back(fmt::format("{} (taking the newest instead of the best)", error.what()));
    return latest;
  }
}

bool has_checkpoint(const fs::path& folder) { return !list(folder).empty(); }

CheckpointWriter::CheckpointWriter(fs::path folder, int keep)
    : folder_(std::move(folder)), keep_(keep) {
  if (keep < 1) fail(ErrorKind::usage, "[checkpoint] keep = {}: at least 1 is needed", keep);
  platform::make_own_folder(folder_);
  for (const auto& name : platform::list_folder(folder_))
    if (name.starts_with(temporary_prefix) && Name::parse(name.substr(temporary_prefix.size())))
      remove_checkpoint(folder_ / name);
  platform::remove_leftovers(folder_);
}

fs::path CheckpointWriter::save(Checkpoint checkpoint, bool best) {
  require_finite(checkpoint.model, folder_);
  require_finite(checkpoint.average, folder_);
  // An older save at this step may be the only good one: it is not written over.
  Name name{checkpoint.state.step, 1};
  std::error_code ignored;
  while (fs::exists(folder_ / name.str(), ignored)) ++name.save;
  if (best) checkpoint.state.best_checkpoint = name.str();

  const fs::path path = folder_ / name.str();
  {
    const TemporarySibling temporary(folder_ / (std::string(temporary_prefix) + name.str()));
    write_files(temporary.path(), checkpoint);
    platform::sync_directory(temporary.path());
    platform::rename_durably(temporary.path(), path);
  }
  try {
    verify_files(path);
  } catch (const Error& error) {
    fail(ErrorKind::io,
         "[checkpoint] {}: was written and reads back otherwise ({}); check the disk",
         path.string(), error.what());
  }
  platform::write_file_atomically(folder_ / "LATEST", name.str() + "\n");
  rotate(name.str(), checkpoint.state.best_checkpoint);
  return path;
}

/// Runs when `newest` has been read back: whatever else goes, a good checkpoint stays.
void CheckpointWriter::rotate(const std::string& newest, const std::string& best) {
  const auto names = list(folder_);
  const auto end = std::upper_bound(names.begin(), names.end(), *Name::parse(newest));
  const auto begin = end - std::min<std::ptrdiff_t>(keep_, end - names.begin());
  std::set<std::string> kept{best};
  for (auto name = begin; name != end; ++name) kept.insert(name->str());
  for (const auto& name : names)
    if (!kept.contains(name.str())) remove_checkpoint(folder_ / name.str());
}

}  // namespace varve
