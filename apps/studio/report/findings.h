#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "apps/studio/runs/open_run.h"
#include "models/evaluation/doctor.h"

namespace varve::studio {

/// Examples that the doctor looks at, spread over the split.
inline constexpr std::int64_t examined = 2000;

/// What the doctor measures on an open run; `terms` are the means of its objective.
evaluation::Vitals examine(OpenRun& open, const Metrics& terms);

/// The findings as lines of text, or one that says there are none.
void print_findings(const std::vector<evaluation::Finding>& findings);
nlohmann::json to_json(const std::vector<evaluation::Finding>& findings);

}  // namespace varve::studio
