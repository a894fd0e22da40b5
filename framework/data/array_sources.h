#pragma once

#include <string>
#include <vector>

#include "framework/data/file_sources.h"
#include "framework/data/labels.h"
#include "framework/data/stored_dataset.h"
#include "framework/io/stored_array.h"

namespace varve::detail {

/// The rule by which the rows of arrays are examples; they must be alike but for their numbers of
/// rows. What was a choice goes into the report. Throws ErrorKind::input, naming `where`, for
/// shapes that are no examples.
RowRule row_rule(const std::vector<io::StoredArrayPtr>& parts, const DataReading& reading,
                 const std::string& where, DataReport& report);

/// "u8 (600, 28, 28)".
std::string describe(const io::StoredArray& array);

}  // namespace varve::detail
