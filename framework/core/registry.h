#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/core/error.h"
#include "framework/core/nearest.h"

namespace varve {

/// Things that a user names, in the order in which they were added; T has a member `name`. It is
/// open: a program adds its own before it uses them, and everything that lists or looks up knows
/// them. Entries stay where they are.
///
/// Threads: any number may look up at once; adding needs the registry for itself, as at the start
/// of a program.
template <class T>
class Registry {
 public:
  /// `kind` is what messages call an entry: "model".
  explicit Registry(std::string kind, std::initializer_list<T> entries = {})
      : kind_(std::move(kind)) {
    for (const T& entry : entries) add(entry);
  }

  /// Throws ErrorKind::usage if the name is empty or taken.
  const T& add(T entry) {
    if (entry.name.empty()) fail(ErrorKind::usage, "[{}] a {} needs a name", kind_, kind_);
    if (find(entry.name) != nullptr)
      fail(ErrorKind::usage, "[{}] there is a {} '{}' already; take another name", kind_, kind_,
           entry.name);
    return entries_.emplace_back(std::move(entry));
  }

  /// Null for a name that nothing has.
  const T* find(std::string_view name) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const T& entry) { return entry.name == name; });
    return found == entries_.end() ? nullptr : &*found;
  }
  /// Throws ErrorKind::usage for a name that nothing has, suggesting the nearest.
  const T& at(std::string_view name) const {
    if (const T* found = find(name)) return *found;
    fail(ErrorKind::usage, "[{}] unknown {} '{}'{}", kind_, kind_, name,
         did_you_mean(name, names()));
  }

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const T& entry : entries_) out.emplace_back(entry.name);
    return out;
  }
  std::size_t size() const { return entries_.size(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  std::string kind_;
  std::deque<T> entries_;
};

}  // namespace varve
