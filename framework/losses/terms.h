#pragma once

#include <string>
#include <vector>

#include "framework/tensor/tensor.h"

namespace varve {

/// One named scalar of a training objective, a mean over the batch.
struct Term {
  std::string name;
  Tensor value;
};

/// What a step computes: the first term is minimised ("loss"), the others are its parts
/// ("reconstruction", "kl"), for people to watch.
using Terms = std::vector<Term>;

}  // namespace varve
