#include "models/evaluation/factors.h"

#include <algorithm>

#include "framework/core/error.h"
#include "framework/tensor/tensor.h"

namespace varve::evaluation {

void require_factors(const Dataset& data, const std::string& what) {
  if (data.factors().empty())
    fail(ErrorKind::usage,
         "[{}] needs data whose factors of variation are known, and these have none: take --data "
         "sprites, or an .npz with latents_classes as dSprites has",
         what);
}

FactorCodes factor_codes(Model& model, Loader& examples, std::int64_t limit,
                         const std::string& what) {
  const Dataset& data = examples.dataset();
  require_factors(data, what);
  const Looking looking(model);
  const Device device = device_of(model);
  const auto all = static_cast<std::size_t>(data.size());
  const std::size_t wanted = limit > 0 ? std::min(all, static_cast<std::size_t>(limit)) : all;
  const auto known = data.factors();
  std::vector<std::vector<int>> values(known.size());
  std::vector<int> of_one(known.size());
  FactorCodes out;
  examples.start(0);
  while (out.codes.rows < wanted) {
    const Batch& batch = *examples.next();
    append(out.codes,
           model.encode(Tensor::from(batch.input, device), Tensor::from(batch.labels, device)));
    for (const auto index : batch.indices) {
      data.factor_values(index, of_one);
      for (std::size_t f = 0; f < known.size(); ++f) values[f].push_back(of_one[f]);
    }
  }
  out.codes.rows = wanted;
  out.codes.values.resize(wanted * out.codes.columns);
  for (std::size_t f = 0; f < known.size(); ++f) {
    values[f].resize(wanted);
    const auto [low, high] = std::ranges::minmax(values[f]);
    if (low == high) continue;
    out.factors.push_back(known[f]);
    out.values.push_back(std::move(values[f]));
  }
  if (out.factors.empty())
    fail(ErrorKind::usage, "[{}] every factor has one value in the {} examples: take more", what,
         wanted);
  return out;
}

FactorSampler::FactorSampler(const FactorCodes& codes)
    : codes_(codes), members_(codes.factors.size()) {
  for (std::size_t f = 0; f < members_.size(); ++f) {
    const auto& values = codes.values[f];
    members_[f].resize(static_cast<std::size_t>(*std::ranges::max_element(values)) + 1);
    for (std::size_t i = 0; i < values.size(); ++i)
      members_[f][static_cast<std::size_t>(values[i])].push_back(static_cast<std::uint32_t>(i));
  }
}

std::size_t FactorSampler::any(PhiloxStream& rng) const {
  return rng.below(static_cast<std::uint32_t>(codes_.size()));
}

std::size_t FactorSampler::alike(std::size_t factor, std::size_t like, PhiloxStream& rng) const {
  const auto& members = members_[factor][static_cast<std::size_t>(codes_.values[factor][like])];
  return members[rng.below(static_cast<std::uint32_t>(members.size()))];
}

}  // namespace varve::evaluation
