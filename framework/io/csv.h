#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/array.h"

namespace varve {

/// A numeric table: `values` is f32 [rows, columns]; `header` has the column names or is empty.
struct Table {
  std::vector<std::string> header;
  Array values;
};

/// Reads numbers separated by tabs, semicolons, bars or commas (the first of these that the first row
/// has), compressed by gzip or not, with or without one header row, of which a cell in quotes may hold
/// line breaks. Where commas separate nothing, they may be decimal. A first row 0, 1, 2, ... of three
/// or more is a header, as pandas writes it. Throws ErrorKind::input naming
/// file, line and column of the first cell that is not a finite number or row of another length.
Table load_csv(const std::filesystem::path& path);
Table decode_csv(std::string_view text, std::string_view where);
/// Writes a table atomically; numbers are printed so that they read back to the same bits.
void save_csv(const std::filesystem::path& path, const Table& table);

}  // namespace varve
