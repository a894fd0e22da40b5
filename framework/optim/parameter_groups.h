#pragma once

#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "framework/tensor/tensor.h"

namespace varve {

/// Parameters that an optimizer treats alike, with numbers of their own where they are set.
struct ParameterGroup {
  Tensors parameters{};
  std::optional<double> learning_rate{};  ///< unset: the optimizer's
  std::optional<double> weight_decay{};   ///< unset: the optimizer's
};

/// What an optimizer moves: tensors, or groups of them, in braces or as vectors.
///
///     Adam all(model.parameters());
///     AdamW tuned({{.parameters = encoder.parameters(), .learning_rate = 1e-4},
///                  {.parameters = head.parameters(), .weight_decay = 0}},
///                 {.learning_rate = 1e-3, .weight_decay = 0.01});
class ParameterGroups {
 public:
  ParameterGroups() = default;
  // Not explicit: tensors are groups wherever groups are asked for.
  ParameterGroups(Tensors parameters) : groups_{{.parameters = std::move(parameters)}} {}  // NOLINT
  ParameterGroups(std::initializer_list<Tensor> parameters)
      : ParameterGroups(Tensors(parameters)) {}
  ParameterGroups(std::vector<ParameterGroup> groups) : groups_(std::move(groups)) {}  // NOLINT
  ParameterGroups(std::initializer_list<ParameterGroup> groups) : groups_(groups) {}

  std::size_t size() const { return groups_.size(); }
  auto begin() const { return groups_.begin(); }
  auto end() const { return groups_.end(); }
  /// Those of all groups, one after the other.
  Tensors parameters() const;

 private:
  std::vector<ParameterGroup> groups_;
};

}  // namespace varve
