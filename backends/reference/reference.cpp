#include "backends/reference/reference.h"

#include <cstring>
#include <new>

#include "backends/reference/kernels.h"

namespace varve {
namespace {

struct HostStorage : Storage {
  std::unique_ptr<std::byte[]> memory;
};

/// What the table has no kernel for runs as its decomposition, made of ops that it has.
class Reference : public Backend {
 public:
  Reference() {
    reference::add_creation(kernels_);
    reference::add_elementwise(kernels_);
    reference::add_reductions(kernels_);
    reference::add_matmul(kernels_);
    reference::add_indexing(kernels_);
    reference::add_windows(kernels_);
  }

  std::string_view name() const override { return "reference"; }

  Buffer allocate(std::size_t bytes) override {
    auto storage = std::make_shared<HostStorage>();
    try {
      storage->memory = std::make_unique_for_overwrite<std::byte[]>(bytes);
    } catch (const std::bad_alloc&) {
      fail(ErrorKind::memory,
           "[reference] {} bytes of memory are not to be had; use a smaller batch", bytes);
    }
    storage->bytes = bytes;
    storage->host = storage->memory.get();
    return Buffer(std::move(storage));
  }

  void upload(const Buffer& to, std::size_t offset, std::span<const std::byte> from) override {
    if (!from.empty()) std::memcpy(to.host() + offset, from.data(), from.size());
  }

  void download(const Buffer& from, std::size_t offset, std::span<std::byte> to) override {
    if (!to.empty()) std::memcpy(to.data(), from.host() + offset, to.size());
  }

  bool supports(Op op, const Signature&) const override {
    return static_cast<bool>(kernels_[static_cast<std::size_t>(op)]);
  }

  void execute(const Command& command) override { reference::at(kernels_, command.op)(command); }

 private:
  reference::KernelTable kernels_;
};

}  // namespace

std::unique_ptr<Backend> make_reference_backend() { return std::make_unique<Reference>(); }

}  // namespace varve
