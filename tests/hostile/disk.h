#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace varve::test {

/// An entry of a journal (see faults.cpp): "kind\tpath\tother\tsize\n" and the bytes of a write.
struct Done {
  std::string kind;  ///< create, folder, write, truncate, sync, rename, remove
  std::string path;
  std::string to;
  std::string bytes;
};
std::vector<Done> parse_journal(std::string_view text);

/// A disk that keeps what was synced and may lose, of everything else, any part in any order: the
/// writes to a file until the file is synced, the entries of a folder until the folder is. All that
/// POSIX promises, and no more.
class Disk {
 public:
  /// Everything lies below the folder `root`, which is there.
  explicit Disk(const std::string& root);

  void apply(const Done& done);
  /// The names in a folder that a loss of power cannot take; none if it may not be there itself.
  std::set<std::string> certain(const std::string& folder) const;
  /// What may be there after a loss of power now, written below `to`.
  void lose_power(std::mt19937& random, const std::filesystem::path& to) const;

 private:
  struct Write {
    std::size_t offset = 0;
    std::string bytes;
  };
  struct Change {  ///< of the entries of a folder, as one: name to file, -1: none
    std::vector<std::pair<std::string, int>> entries;
  };
  struct Node {
    bool folder = false;
    std::string synced;                                  // of a file
    std::vector<Write> writes;                           // since
    std::size_t size = 0;                                // now
    std::map<std::string, int> entries, synced_entries;  // of a folder
    std::vector<Change> changes;                         // since
  };

  int find(const std::string& path) const;
  Node& parent_of(const std::string& path);
  void change(Node& folder, Change change);
  void make(const std::string& path, bool folder);
  void restore(int node, std::mt19937& random, const std::filesystem::path& to) const;

  std::string root_;
  std::vector<Node> nodes_;  // the first is the root
};

}  // namespace varve::test
