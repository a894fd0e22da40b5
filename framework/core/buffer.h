#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace varve {

/// Memory that a backend owns. A backend derives from it; the destructor frees.
struct Storage {
  std::size_t bytes = 0;
  std::byte* host = nullptr;  ///< where the bytes lie if the host can address them, else nullptr
  virtual ~Storage() = default;
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
  /// How many handles there are; the recorder tells temporaries from results by it.
  long use_count() const { return storage_.use_count(); }

  friend bool operator==(const Buffer& a, const Buffer& b) { return a.storage_ == b.storage_; }

 private:
  std::shared_ptr<Storage> storage_;
};

}  // namespace varve
