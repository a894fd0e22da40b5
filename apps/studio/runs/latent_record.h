#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/data/loader.h"
#include "framework/train/callback.h"
#include "models/model.h"

namespace varve::studio {

/// How the codes lie, as means over examples and dimensions of q(z | x).
struct LatentSpread {
  std::int64_t epoch = 0;     ///< 0: before the first
  double sigma = 0;           ///< standard deviation of q(z_j | x)
  double least_sigma = 0;     ///< of the dimension in which it is smallest
  double greatest_sigma = 0;  ///< of the dimension in which it is greatest
  double mu = 0;              ///< absolute value of the mean of q(z_j | x)
};

/// Looks at the same examples after each epoch of training, and before the first. Nothing of the
/// training changes by it. A model whose codes are points has no such record.
class LatentRecord : public Callback {
 public:
  /// Looks at the first thousand of the examples, fewer if they are large. With a `path` the record
  /// is a file as well: epoch,sigma,least_sigma,greatest_sigma,mu.
  LatentRecord(Model& model, Loader examples, std::filesystem::path path = {});

  void on_start(const StartReport& report) override;
  void on_epoch(const EpochReport& report) override;

  const std::vector<LatentSpread>& rows() const { return rows_; }

 private:
  void add(std::int64_t epoch);
  void drop_from(std::int64_t epoch) const;

  Model& model_;
  std::filesystem::path path_;
  Array images_;
  std::vector<int> labels_;
  std::vector<LatentSpread> rows_;
};

}  // namespace varve::studio
