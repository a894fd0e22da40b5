#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace varve {

/// Memory of one size that a thread has freed and will soon want again.
template <std::size_t bytes>
class FreeList {
 public:
  static void* take() {
    if (first == nullptr) return nullptr;
    --count;
    return std::exchange(first, first->next);
  }
  /// False when there is enough already, or the thread is ending.
  static bool give(void* memory) {
    if (count == most || !open()) return false;
    first = new (memory) Link{first};
    ++count;
    return true;
  }

 private:
  struct Link {
    Link* next;
  };
  struct Closer {
    bool& closed;
    ~Closer() {
      closed = true;
      while (void* memory = take()) ::operator delete(memory);
    }
  };
  static bool open() {
    static thread_local Closer closer{closed};
    return !closer.closed;
  }
  static constexpr std::size_t most = 4096;
  static inline thread_local Link* first = nullptr;
  static inline thread_local std::size_t count = 0;
  static inline thread_local bool closed = false;
};

/// An allocator for what comes and goes by the hundred in every step: tensors, nodes of the graph,
/// buffers. Sanitizers see each object come and go.
template <class T>
struct Recycled {
  using value_type = T;
  Recycled() = default;
  template <class U>
  Recycled(const Recycled<U>&) {}  // NOLINT: allocators convert

  T* allocate(std::size_t n) {
    void* memory = keeps(n) ? FreeList<sizeof(T)>::take() : nullptr;
    return static_cast<T*>(memory != nullptr ? memory : ::operator new(n * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t n) {
    if (!keeps(n) || !FreeList<sizeof(T)>::give(memory)) ::operator delete(memory);
  }
  friend bool operator==(const Recycled&, const Recycled&) { return true; }

 private:
  static constexpr bool keeps(std::size_t n) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    static_cast<void>(n);
    return false;
#else
    return n == 1;
#endif
  }
};

/// std::make_shared from recycled memory.
template <class T, class... Args>
std::shared_ptr<T> make_recycled(Args&&... args) {
  return std::allocate_shared<T>(Recycled<T>(), std::forward<Args>(args)...);
}

}  // namespace varve
