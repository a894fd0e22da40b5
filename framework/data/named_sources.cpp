#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "framework/core/error.h"
#include "framework/core/nearest.h"
#include "framework/data/array_sources.h"
#include "framework/io/named_arrays.h"

// Sources of archives: which of their arrays are the examples and which the classes, by their
// names.

namespace varve::detail {
namespace {

using Kind = io::ArrayInfo::Kind;

/// What names of examples and labels are, without the name of a part; the first that is there is
/// taken.
constexpr std::array<std::string_view, 13> example_names{
    "images",  "image",    "imgs",   "img",   "pictures", "x", "data",
    "samples", "features", "inputs", "input", "arr_0",    ""};
constexpr std::array<std::string_view, 7> label_names{"labels", "label",   "y",    "targets",
                                                      "target", "classes", "class"};

/// An array by its name: "x_train" is x of the training part.
struct Entry {
  std::string name;
  std::string role{};  ///< the name in small letters without the part
  std::optional<Split> part{};
  io::ArrayInfo info{};

  bool is_numbers() const { return info.kind == Kind::numbers; }
  bool may_be_examples() const { return is_numbers() && info.shape.size() >= 2; }
};

Entry make_entry(const std::string& name) {
  Entry entry{.name = name};
  std::string word;
  const auto end_word = [&] {
    const auto part = part_named(word);
    if (part && !entry.part)
      entry.part = part;
    else if (!word.empty())
      entry.role += (entry.role.empty() ? "" : "_") + word;
    word.clear();
  };
  for (const char c : name) {
    if (c == '_' || c == '-' || c == '.' || c == '/')
      end_word();
    else
      word += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  end_word();
  return entry;
}

/// The arrays of one role, by part; one alone under Split::all.
using Group = std::map<Split, const Entry*>;

class Archive {
 public:
  Archive(std::unique_ptr<io::NamedArrays> file, std::string where)
      : file_(std::move(file)), where_(std::move(where)) {
    for (const auto& name : file_->names()) {
      Entry entry = make_entry(name);
      try {
        entry.info = file_->info(name);
      } catch (const Error& error) {  // one that nobody asks for hurts nobody
        if (error.kind() != ErrorKind::input) throw;
        entry.info.type = "unreadable";
      }
      entries_.push_back(std::move(entry));
    }
  }

  io::NamedArrays& file() { return *file_; }
  const std::string& where() const { return where_; }

  const Entry* find(const std::string& name) const {
    const auto at = std::ranges::find(entries_, name, &Entry::name);
    return at == entries_.end() ? nullptr : &*at;
  }

  /// The arrays of a role that may serve; with parts if there is one for training, else the one
  /// without a part.
  template <class F>
  Group group(std::string_view role, F may_serve) const {
    Group parts, alone;
    for (const auto& entry : entries_)
      if (entry.role == role && may_serve(entry))
        (entry.part ? parts : alone)[entry.part.value_or(Split::all)] = &entry;
    return parts.contains(Split::train) ? parts : alone;
  }

  Group find_examples(const std::string& key) const {
    const auto may = [](const Entry& entry) { return entry.may_be_examples(); };
    if (!key.empty()) return find_asked_for(key, "key", may);
    for (const auto role : example_names)
      if (auto found = group(role, may); !found.empty()) return found;
    std::set<std::string> roles;
    for (const auto& entry : entries_)
      if (may(entry) && !is_label_name(entry.role)) roles.insert(entry.role);
    std::vector<Group> groups;
    for (const auto& role : roles)
      if (auto found = group(role, may); !found.empty()) groups.push_back(std::move(found));
    if (groups.size() == 1) return groups.front();
    fail(ErrorKind::input,
         "[data] {}: {} (of {}); name the examples with --key NAME, or store them as images",
         where_,
         groups.empty() ? "no array has a shape of [examples, ...]"
                        : "which array holds the examples cannot be seen by its name",
         list());
  }

  Group find_labels(const std::string& label) const {
    const auto may = [](const Entry& entry) { return entry.info.kind != Kind::other; };
    if (label == "-") return {};
    if (!label.empty()) return find_asked_for(label, "label", may);
    for (const auto role : label_names)
      if (auto found = group(role, may); !found.empty()) return found;
    return {};
  }

  /// Those that are not among `taken`: "ids u16 (600)".
  std::vector<std::string> others(const std::set<std::string>& taken) const {
    std::vector<std::string> out;
    for (const auto& entry : entries_)
      if (!taken.contains(entry.name)) out.push_back(describe_entry(entry));
    return out;
  }

 private:
  static bool is_label_name(const std::string& role) {
    return std::ranges::find(label_names, role) != label_names.end();
  }

  static std::string describe_entry(const Entry& entry) {
    return entry.info.kind == Kind::other
               ? fmt::format("{} ({})", entry.name, entry.info.type)
               : fmt::format("{} {} {}", entry.name, entry.info.type, entry.info.shape.str());
  }

  std::string list() const {
    std::vector<std::string> out;
    for (const auto& entry : entries_) out.push_back(describe_entry(entry));
    return out.empty() ? "none" : listed(out, 8);
  }

  /// By name, with the other parts of the same role, or by role.
  template <class F>
  Group find_asked_for(const std::string& name, const char* flag, F may_serve) const {
    const Entry* entry = find(name);
    const Group found =
        entry != nullptr && !entry->part
            ? Group{{Split::all, entry}}
            : group(entry != nullptr ? entry->role : make_entry(name).role, may_serve);
    if (found.empty() || !may_serve(*found.begin()->second))
      fail(ErrorKind::input,
           "[data] {}: --{} {}: there is no such array that could be it, among {}", where_, flag,
           name, list());
    return found;
  }

  std::unique_ptr<io::NamedArrays> file_;
  std::string where_;
  std::vector<Entry> entries_;
};

/// What an archive knows of the factors of variation of its examples.
struct KnownFactors {
  std::vector<Factor> factors;
  std::vector<int> values;
};

/// The names that dSprites and 3dshapes give to their factors; numbers for those of any other.
void name_factors(std::vector<Factor>& factors) {
  struct Known {
    std::vector<int> cardinalities;
    std::vector<const char*> names;
  };
  static const std::array<Known, 2> sets{{
      {{1, 3, 6, 40, 32, 32}, {"color", "shape", "scale", "orientation", "x", "y"}},
      {{10, 10, 10, 8, 4, 15},
       {"floor_hue", "wall_hue", "object_hue", "scale", "shape", "orientation"}},
  }};
  const auto known = std::ranges::find_if(sets, [&](const Known& set) {
    return std::ranges::equal(factors, set.cardinalities, {}, &Factor::cardinality);
  });
  for (std::size_t f = 0; f < factors.size(); ++f)
    factors[f].name = known != sets.end() ? known->names[f] : "factor" + std::to_string(f);
}

/// dSprites' latents_classes: for each example the number of the value of each factor.
KnownFactors read_factor_classes(Archive& archive) {
  const auto classes = archive.file().open("latents_classes");
  const std::string name = archive.where() + ": latents_classes";
  if (classes->shape().size() != 2)
    fail(ErrorKind::input, "[data] {}: has shape {}; it must be [examples, factors]", name,
         classes->shape().str());
  KnownFactors out;
  out.factors.resize(static_cast<std::size_t>(classes->shape()[1]));
  for (const double value : io::read_all(*classes)) {
    constexpr double most = 65536;
    if (!(value >= 0 && value < most) || value != std::floor(value))
      fail(ErrorKind::input, "[data] {}: {} is not a whole number from 0 to {}", name, value,
           most - 1);
    auto& cardinality = out.factors[out.values.size() % out.factors.size()].cardinality;
    out.values.push_back(static_cast<int>(value));
    cardinality = std::max(cardinality, out.values.back() + 1);
  }
  name_factors(out.factors);
  return out;
}

/// Values [examples, factors] of a full grid, as 3dshapes': every combination once. Nothing if they
/// are none.
std::optional<KnownFactors> factors_of_grid(const io::StoredArray& array) {
  if (array.shape().size() != 2 || array.shape()[1] < 2) return std::nullopt;
  const auto values = io::read_all(array);
  const auto width = static_cast<std::size_t>(array.shape()[1]);
  std::vector<std::set<double>> different(width);
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto& seen = different[i % width];
    seen.insert(values[i]);
    if (seen.size() > 4096) return std::nullopt;
  }
  double product = 1;
  KnownFactors out;
  for (const auto& seen : different) {
    product *= static_cast<double>(seen.size());
    out.factors.push_back({"", static_cast<int>(seen.size())});
  }
  if (product != static_cast<double>(array.rows())) return std::nullopt;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& seen = different[i % width];
    out.values.push_back(static_cast<int>(std::distance(seen.begin(), seen.find(values[i]))));
  }
  name_factors(out.factors);
  return out;
}

/// The labels of the same parts as the examples. What cannot be labels is left out if nobody asked
/// for it.
std::optional<Classes> find_classes(Archive& archive, const Group& examples,
                                    const DataReading& reading, DataReport& report,
                                    std::set<std::string>& taken, KnownFactors& known) {
  const Group found = archive.find_labels(reading.label);
  std::vector<RawLabels> parts;
  std::string why, first;  // `first` of them, or the one that is no list of labels
  for (const auto& [split, entry] : examples) {
    const auto labels = found.find(split);
    if (labels == found.end()) {
      if (!found.empty())
        report.left_out.push_back(fmt::format("labels: there are none for {}", entry->name));
      return std::nullopt;
    }
    const std::string& name = labels->second->name;
    auto raw = read_labels(archive.file(), name, why);
    if (!raw || first.empty()) first = name;
    if (!raw) break;
    parts.push_back(std::move(*raw));
  }
  auto classes = parts.size() == examples.size() ? number_classes(parts, why) : std::nullopt;
  if (classes) {
    for (const auto& [split, entry] : examples) taken.insert(found.at(split)->name);
    report.taken.push_back(fmt::format("{} as labels of {} classes", first, classes->count));
    return classes;
  }
  if (!reading.label.empty())
    fail(ErrorKind::input, "[data] {}: {}: {}", archive.where(), first, why);
  const auto info = archive.find(first)->info;
  if (examples.size() == 1 && info.kind == Kind::numbers && known.factors.empty())
    if (auto grid = factors_of_grid(*archive.file().open(first))) {
      known = std::move(*grid);
      taken.insert(first);
      report.taken.push_back(
          fmt::format("{} as {} factors of variation", first, known.factors.size()));
      return std::nullopt;
    }
  report.left_out.push_back(fmt::format("{}: {}", first, why));
  taken.insert(first);
  return std::nullopt;
}

OpenedData open_archive(std::unique_ptr<io::NamedArrays> file, const DataSource& source,
                        const std::string& where) {
  Archive archive(std::move(file), where);
  const Group examples = archive.find_examples(source.reading.key);
  DataReport report;
  std::set<std::string> taken;
  std::vector<io::StoredArrayPtr> values;
  for (const auto& [split, entry] : examples) {
    values.push_back(archive.file().open(entry->name));
    taken.insert(entry->name);
    report.taken.push_back(fmt::format("{} {}", entry->name, describe(*values.back())));
  }
  const std::string first = where + ": " + examples.begin()->second->name;
  const RowRule rule = row_rule(values, source.reading, first, report);
  KnownFactors known;
  const Entry* factors = archive.find("latents_classes");
  if (examples.size() == 1 && factors != nullptr && factors->is_numbers()) {
    known = read_factor_classes(archive);
    taken.insert("latents_classes");
    report.taken.push_back(
        fmt::format("latents_classes as {} factors of variation", known.factors.size()));
  }
  const auto classes = find_classes(archive, examples, source.reading, report, taken, known);
  if (const auto others = archive.others(taken); !others.empty())
    report.left_out.push_back(
        fmt::format("{}: {}", counted(others.size(), "array"), listed(others, 8)));
  std::map<Split, DatasetPtr> parts;
  for (std::size_t i = 0; const auto& [split, entry] : examples) {
    parts[split] =
        stored_dataset({.values = values[i],
                        .rule = rule,
                        .labels = classes ? classes->labels[i] : std::vector<int>{},
                        .num_classes = classes ? classes->count : 0,
                        .class_names = classes ? classes->names : std::vector<std::string>{},
                        .factors = known.factors,
                        .factor_values = known.values,
                        .where = where + ": " + entry->name},
                       &report);
    ++i;
  }
  if (parts.contains(Split::all)) return split_off(parts[Split::all], std::move(report), first);
  return in_parts({parts[Split::train], parts[Split::validation], parts[Split::test]},
                  std::move(report), where);
}

}  // namespace

OpenedData open_npz(const DataSource& source, const std::string& path) {
  return open_archive(io::open_npz(path), source, path);
}

OpenedData open_hdf5(const DataSource& source, const std::string& path) {
  return open_archive(io::open_hdf5(path), source, path);
}

}  // namespace varve::detail
