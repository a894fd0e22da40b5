#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace varve {

struct Moved;

/// Memory that a backend owns. A backend derives from it; the destructor frees.
struct Storage {
  std::size_t bytes = 0;
  std::byte* host = nullptr;  ///< where the bytes lie if the host can address them, else nullptr
  virtual ~Storage() = default;

  // What the framework notes about it; a backend neither reads nor writes these.
  std::atomic<std::uint64_t> version{0};  ///< counts the writes in place; see autograd
  std::size_t recorded = 0;  ///< its number, from 1, in the recording that has promised it; else 0
  std::shared_ptr<Moved> moved;  ///< where its content has gone for good, if it has
};

/// The place in other memory that has taken the place of a Storage.
struct Moved {
  std::shared_ptr<Storage> to;
  std::size_t at = 0;                     ///< byte
  std::atomic<std::uint64_t> version{0};  ///< goes on from the Storage's
};

/// A shared handle to Storage. The memory goes back when the last handle does.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::shared_ptr<Storage> storage) : storage_(std::move(storage)) {}

  explicit operator bool() const { return storage_ != nullptr; }
  std::size_t bytes() const { return storage_ ? storage_->bytes : 0; }
  std::byte* host() const { return storage_ ? storage_->host : nullptr; }
  Storage* storage() const { return storage_.get(); }
  const std::shared_ptr<Storage>& shared() const { return storage_; }
  /// How many handles there are; the recorder tells temporaries from results by it.
  long use_count() const { return storage_.use_count(); }

  friend bool operator==(const Buffer& a, const Buffer& b) { return a.storage_ == b.storage_; }

 private:
  std::shared_ptr<Storage> storage_;
};

}  // namespace varve
