#include "tests/hostile/disk.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace varve::test {

namespace fs = std::filesystem;

std::vector<Done> parse_journal(std::string_view text) {
  std::vector<Done> journal;
  while (!text.empty()) {
    Done done;
    std::string size;
    for (auto* field : {&done.kind, &done.path, &done.to, &size}) {
      const auto end = text.find_first_of("\t\n");
      *field = text.substr(0, end);
      text.remove_prefix(end + 1);
    }
    done.bytes = text.substr(0, std::stoul(size));
    text.remove_prefix(done.bytes.size());
    journal.push_back(std::move(done));
  }
  return journal;
}

Disk::Disk(const std::string& root) : root_(root), nodes_(1) { nodes_[0].folder = true; }

int Disk::find(const std::string& path) const {
  int node = 0;
  for (const auto& name : fs::path(path).lexically_normal().lexically_relative(root_)) {
    if (name == ".") continue;
    const auto& entries = nodes_[static_cast<std::size_t>(node)].entries;
    const auto entry = entries.find(name.string());
    if (entry == entries.end()) return -1;
    node = entry->second;
  }
  return node;
}

Disk::Node& Disk::parent_of(const std::string& path) {
  const int node = find(fs::path(path).parent_path().string());
  if (node < 0) throw std::logic_error("the journal lacks the folder of " + path);
  return nodes_[static_cast<std::size_t>(node)];
}

void Disk::change(Node& folder, Change change) {
  for (const auto& [name, node] : change.entries) {
    if (node < 0)
      folder.entries.erase(name);
    else
      folder.entries[name] = node;
  }
  folder.changes.push_back(std::move(change));
}

void Disk::make(const std::string& path, bool folder) {
  const int node = static_cast<int>(nodes_.size());
  nodes_.emplace_back().folder = folder;
  change(parent_of(path), {{{fs::path(path).filename().string(), node}}});
}

void Disk::apply(const Done& done) {
  const std::string name = fs::path(done.path).filename().string();
  const int found = find(done.path);
  if (done.kind == "create" || done.kind == "folder") {
    if (found < 0) make(done.path, done.kind == "folder");
  } else if (done.kind == "remove") {
    change(parent_of(done.path), {{{name, -1}}});
  } else if (done.kind == "rename") {
    const std::string to = fs::path(done.to).filename().string();
    Node& from_folder = parent_of(done.path);
    Node& to_folder = parent_of(done.to);
    if (&from_folder == &to_folder) {
      change(from_folder, {{{name, -1}, {to, found}}});
    } else {
      change(from_folder, {{{name, -1}}});
      change(to_folder, {{{to, found}}});
    }
  } else if (found >= 0) {
    Node& node = nodes_[static_cast<std::size_t>(found)];
    if (done.kind == "write") {
      node.writes.push_back({node.size, done.bytes});
      node.size += done.bytes.size();
    } else if (done.kind == "sync") {
      for (const auto& [offset, bytes] : node.writes) {
        node.synced.resize(std::max(node.synced.size(), offset + bytes.size()));
        node.synced.replace(offset, bytes.size(), bytes);
      }
      node.writes.clear();
      node.synced_entries = node.entries;
      node.changes.clear();
    } else {
      throw std::logic_error("the disk does not know '" + done.kind + "'");
    }
  }
}

std::set<std::string> Disk::certain(const std::string& folder) const {
  std::set<std::string> names;
  const int found = find(folder);
  if (found < 0) return names;
  const Node& node = nodes_[static_cast<std::size_t>(found)];
  for (const auto& [name, entry] : node.synced_entries) {
    const bool stays = std::ranges::none_of(node.changes, [&, &key = name](const Change& change) {
      return std::ranges::any_of(change.entries,
                                 [&](const auto& other) { return other.first == key; });
    });
    if (stays) names.insert(name);
  }
  return names;
}

void Disk::lose_power(std::mt19937& random, const fs::path& to) const { restore(0, random, to); }

void Disk::restore(int index, std::mt19937& random, const fs::path& to) const {
  const Node& node = nodes_[static_cast<std::size_t>(index)];
  const bool any = random() % 4 != 0;  // now and then nothing of it has reached the disk
  if (!node.folder) {
    std::string content = node.synced;
    for (const auto& [offset, bytes] : node.writes) {
      if (!any || random() % 2 == 0) continue;
      content.resize(std::max(content.size(), offset + bytes.size()));
      content.replace(offset, bytes.size(), bytes);
    }
    std::ofstream(to, std::ios::binary) << content;
    return;
  }
  fs::create_directories(to);
  auto entries = node.synced_entries;
  auto changes = node.changes;
  std::shuffle(changes.begin(), changes.end(), random);
  for (const auto& change : changes) {
    if (!any || random() % 2 == 0) continue;
    for (const auto& [name, entry] : change.entries) {
      if (entry < 0)
        entries.erase(name);
      else
        entries[name] = entry;
    }
  }
  for (const auto& [name, entry] : entries) restore(entry, random, to / name);
}

}  // namespace varve::test
