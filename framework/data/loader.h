#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "framework/core/array.h"
#include "framework/data/dataset.h"
#include "framework/data/transforms.h"

namespace varve {

/// One batch in host memory.
struct Batch {
  Array input;                        ///< f32 [batch, ...]: what the model sees
  Array target;                       ///< f32 [batch, ...]: what it should produce; empty (shape
                                      ///< {0}) when there is no corruption: then it is `input`
  Array labels;                       ///< i32 [batch], -1 where there is none
  std::vector<std::int64_t> indices;  ///< which examples of the dataset
  std::int64_t epoch = 0;
  std::int64_t number = 0;  ///< position in the epoch, from 0

  std::int64_t size() const { return static_cast<std::int64_t>(indices.size()); }
};

struct LoaderOptions {
  std::int64_t batch_size = 128;
  bool shuffle = true;
  bool drop_last = false;
  std::uint64_t seed = 0;
  Transforms transforms{};   ///< applied to every example
  Transforms corruptions{};  ///< applied after them to `input` only (denoising, inpainting)
  int prefetch = 2;          ///< batches prepared ahead by one background thread; 0: none
};

/// Turns a dataset into batches. The order is a permutation that is a function of (seed, epoch),
/// and each example's random stream one of (seed, epoch, index): nothing needs to be stored for a
/// resume.
class Loader {
 public:
  Loader(std::shared_ptr<const Dataset> dataset, LoaderOptions options);
  ~Loader();
  Loader(Loader&&) noexcept;
  Loader& operator=(Loader&&) noexcept;

  /// Batches an epoch.
  std::int64_t batches() const;
  /// Shape of one example after the transforms.
  Shape shape() const;
  const Dataset& dataset() const;

  /// Begins an epoch at batch `first_batch`.
  void start(std::int64_t epoch, std::int64_t first_batch = 0);
  /// The next batch, nullptr at the end of the epoch. It stays valid until the following call.
  /// An exception of a transform or dataset comes out here.
  const Batch* next();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace varve
