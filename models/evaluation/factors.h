#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/philox.h"
#include "models/evaluation/codes.h"

namespace varve::evaluation {

/// Mean codes of examples whose factors of variation are known: what the disentanglement scores
/// draw from. The codes of an example never change, so that each is encoded once and the scores,
/// which look at millions of draws, draw from these.
struct FactorCodes {
  Matrix codes;                          ///< [N, latent]: E[z|x]
  std::vector<Factor> factors;           ///< those that take two values or more here
  std::vector<std::vector<int>> values;  ///< by factor, then by example

  std::size_t size() const { return codes.rows; }
};

/// Encodes the loader's first `limit` examples (0: all). A factor that has one value in all of them
/// is left out: there is nothing to find about it. Throws ErrorKind::usage for data whose factors
/// are not known, saying which data have them; `what` names who asks.
FactorCodes factor_codes(Model& model, Loader& examples, std::int64_t limit,
                         const std::string& what);

/// Throws as factor_codes() for data without factors.
void require_factors(const Dataset& data, const std::string& what);

/// Draws examples with one factor fixed.
class FactorSampler {
 public:
  /// `codes` must outlive this.
  explicit FactorSampler(const FactorCodes& codes);

  /// Any example.
  std::size_t any(PhiloxStream& rng) const;
  /// An example whose `factor` has the value that it has in `like` (which may come out itself).
  std::size_t alike(std::size_t factor, std::size_t like, PhiloxStream& rng) const;

 private:
  const FactorCodes& codes_;
  std::vector<std::vector<std::vector<std::uint32_t>>> members_;  ///< by factor and value
};

}  // namespace varve::evaluation
